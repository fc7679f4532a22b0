"""A row of a compatibility table: its id, its title, where its rule comes from, and how it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation
from conformance.protocol.exchange import Exchange

ID_PATTERN = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
LEVELS = ("MUST", "SHOULD", "MAY")

Probe = Callable[[Run], Conversation[Verdict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """A rule that every exchange of a run must keep, whichever row asked it: `find` gives what of it one exchange
    breaks. `of_model`: a model can break it by itself, now and then."""

    find: Callable[[Exchange], Sequence[Violation]]
    of_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line. `witness` is what its verdict rests on, `source` the page of the official documentation that states the
    rule. `everywhere` is its rule where the answers of the other rows are held to it as well (`everywhere.py`)."""

    id: str
    table: str
    title: str
    evidence_kind: EvidenceKind
    source: str
    probe: Probe
    everywhere: Everywhere | None = None

    @property
    def level(self) -> str:
        """MUST, SHOULD or MAY: not offering a MAY is no fault."""
        return self.title.partition(" ")[0]


RULES: dict[str, Everywhere] = {}
"""The rules that every exchange must keep, by the row that owns each."""


REGISTERED: dict[str, Row] = {}
"""The rows whose files were imported, in no particular order: `conformance.rows` imports them all and puts them in the
order of the catalogue."""


def row(
    row_id: str, title: str, *, evidence_kind: EvidenceKind, source: str, everywhere: Everywhere | None = None
) -> Callable[[Probe], Probe]:
    """Registers the decorated probe as a row. Its table is the folder that its file lies in. Raises ValueError for a
    malformed id or title, or an id used twice."""

    def register(probe: Probe) -> Probe:
        if not ID_PATTERN.fullmatch(row_id):
            raise ValueError(f"row id {row_id!r} does not match {ID_PATTERN.pattern}")
        if row_id in REGISTERED:
            raise ValueError(f"row id {row_id!r} is used twice")
        if title.partition(" ")[0] not in LEVELS:
            raise ValueError(f"the title of {row_id!r} must begin with {', '.join(LEVELS)}")
        REGISTERED[row_id] = Row(
            id=row_id,
            table=table_of(probe.__module__),
            title=title,
            evidence_kind=evidence_kind,
            source=source,
            probe=probe,
            everywhere=everywhere,
        )
        if everywhere is not None:
            RULES[row_id] = everywhere
        return probe

    return register


def table_of(module: str) -> str:
    """The table of a row's file: `tools` of `conformance.rows.tools.strict`."""
    return module.rpartition(".")[0].rpartition(".")[2]
