"""The shape of a request, as pydantic models, so that a refusal names the place the official way."""
