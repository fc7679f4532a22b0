"""Runs rows over the wire, and judges what was kept."""
