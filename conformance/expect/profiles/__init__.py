"""What a use of an endpoint needs, row by row: one TOML file a use. Read by `conformance.expect.profile`."""
