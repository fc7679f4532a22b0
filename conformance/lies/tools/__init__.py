"""Lies about fields and types of tools."""
