"""Something that a row needs and that this endpoint does not give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.probing.verdict import digests
from conformance.protocol.answer import Answer


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing, in the words of a note, and the digests of the exchanges that show it."""

    told: str
    rests_on: tuple[str, ...] = ()


def missing(told: str, shown: Iterable[Answer]) -> Missing:
    return Missing(told, digests(shown))
