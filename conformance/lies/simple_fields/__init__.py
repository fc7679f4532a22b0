"""Lies about fields of a request that are no tools, messages or tool_choice."""
