"""A conformance suite for endpoints that claim compatibility with the Messages API."""

__version__ = "0.1.0"
