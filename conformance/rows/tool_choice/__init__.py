"""The forms of tool_choice."""
