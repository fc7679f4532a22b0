"""Lies about own turns sent back."""
