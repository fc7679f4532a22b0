"""The only network: one client, its limits, and what stops it."""
