"""Endpoints other than /v1/messages."""
