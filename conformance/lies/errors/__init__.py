"""Lies about what must be refused, and how."""
