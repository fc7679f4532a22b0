"""Keys that are good, wrong or missing."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.probing import calibrate
from conformance.probing.run import Run
from conformance.protocol.exchange import Request


def with_keys(run: Run, carried: Mapping[str, str]) -> Request:
    """The bare message with these key headers and no other."""
    bare = calibrate.baseline(run).with_headers(x_api_key=None, authorization=None)
    return bare.with_headers(**{name.replace("-", "_"): value for name, value in carried.items()})


def wrong_key(run: Run) -> str:
    """A key of a plausible shape that nobody was given."""
    return f"sk-wrong-{run.nonce('wrong-key')}-0000000000000000"
