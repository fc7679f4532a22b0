"""Lies about the forms of tool_choice."""
