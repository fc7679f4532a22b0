"""Which providers a nightly run measures, and under which name each one's key lies among the secrets."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from conformance.expect.claims.load import load_provider, provider_names
from conformance.rows import BY_ID
from conformance.wire.connection import is_this_machine

PREFIX = "CONFORMANCE_KEY_"


def secret_of(provider: str) -> str:
    """The name of the secret with a provider's key: of letters, digits and underscores, as secrets' names must be. The
    variable that a vendor's documents name will not do: several name it API_KEY."""
    return PREFIX + re.sub(r"[^A-Z0-9]+", "_", provider.upper())


def jobs() -> list[dict[str, str]]:
    """A job for each provider that the suite knows; one whose secret is not set has nothing to measure. Engines that
    serve on the machine itself have none: their runs are those of the repository."""
    known = {name: urlsplit(load_provider(name, known_rows=BY_ID).base_url).hostname or "" for name in provider_names()}
    return [{"provider": name, "secret": secret_of(name)} for name in known if not is_this_machine(known[name])]
