"""Loads the suite's plugin in a checkout; an installed suite brings it along by its entry point."""

pytest_plugins = ("conformance.plugin",)
