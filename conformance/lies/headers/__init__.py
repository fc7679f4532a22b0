"""Lies about headers of requests and answers."""
