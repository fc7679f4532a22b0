"""Lies about roles and turns."""
