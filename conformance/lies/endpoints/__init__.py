"""Lies about endpoints other than /v1/messages."""
