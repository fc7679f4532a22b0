"""What vendors document about their endpoints, one TOML file a provider, and how those files are read."""

from conformance.expect.claims.load import (
    Claim,
    ClaimsError,
    Document,
    Model,
    Place,
    Provider,
    RateLimit,
    load_provider,
    provider_names,
)

__all__ = [
    "Claim",
    "ClaimsError",
    "Document",
    "Model",
    "Place",
    "Provider",
    "RateLimit",
    "load_provider",
    "provider_names",
]
