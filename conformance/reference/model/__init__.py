"""A deterministic stand-in for a model: it reads the prompt and obeys plain English instructions."""
