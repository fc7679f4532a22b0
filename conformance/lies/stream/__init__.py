"""Lies about what a stream must look like."""
