"""Lies about content blocks of a request."""
