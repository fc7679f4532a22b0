"""What two rows may not both say of one endpoint: the words of each, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

SUPPORTED, PARTIAL, ACCEPTED = "supported", "partial", "accepted"
IGNORED, REJECTED, BROKEN = "ignored", "rejected", "broken"
TOO_WEAK = "untested/model_too_weak"
PREREQUISITE = "untested/prerequisite_refused"
NEVER = "untested/never_exercised"
NOT_ATTRIBUTABLE = "untested/not_attributable"
CANNOT_TELL = "untested/cannot_tell"

TAKEN = (SUPPORTED, PARTIAL, ACCEPTED)
SHOWN = (SUPPORTED, PARTIAL)
REFUSED = (REJECTED,)
FAILED = (REJECTED, BROKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What rows say: one of these words (a status, alone or with its deviation or reason after a slash), with a note
    that matches. `rows` may have a star for any part of an id. One of the rows is enough, or `all_of_them` must."""

    rows: tuple[str, ...]
    words: tuple[str, ...]
    note: str = ""
    all_of_them: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sides that cannot both be, and why in one sentence."""

    one: Said
    other: Said
    why: str


def said(*rows: str, words: tuple[str, ...], note: str = "") -> Said:
    return Said(rows=rows, words=words, note=note)


def all_say(*rows: str, words: tuple[str, ...], note: str = "") -> Said:
    return Said(rows=rows, words=words, note=note, all_of_them=True)
