"""Lies about the rows of `stream`."""

from __future__ import annotations

from conformance.lies import stream_ends, stream_framing, stream_grammar, stream_modes
from conformance.lies.lie import Lie

LIES: list[Lie] = [*stream_framing.LIES, *stream_grammar.LIES, *stream_ends.LIES, *stream_modes.LIES]
