"""Content blocks of a request."""
