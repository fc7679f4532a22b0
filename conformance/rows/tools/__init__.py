"""Fields and types of tools."""
