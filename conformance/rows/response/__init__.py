"""Fields of an answer."""
