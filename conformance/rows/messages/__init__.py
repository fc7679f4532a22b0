"""Roles and turns."""
