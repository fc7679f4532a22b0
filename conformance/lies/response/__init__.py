"""Lies about fields of an answer."""
