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
"""The rules that every exchange must keep, by the row that owns each; `Table.row` adds them."""


class Table:
    """The rows of one compatibility table, in the order in which its file defines them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[Row] = []

    def row(
        self, row_id: str, title: str, *, evidence_kind: EvidenceKind, source: str, everywhere: Everywhere | None = None
    ) -> Callable[[Probe], Probe]:
        """Adds the decorated probe as a row. Raises ValueError for a malformed id or title, or an id used twice."""

        def add(probe: Probe) -> Probe:
            if not ID_PATTERN.fullmatch(row_id):
                raise ValueError(f"row id {row_id!r} does not match {ID_PATTERN.pattern}")
            if any(row.id == row_id for row in self.rows):
                raise ValueError(f"row id {row_id!r} is used twice in table {self.name!r}")
            if title.partition(" ")[0] not in LEVELS:
                raise ValueError(f"the title of {row_id!r} must begin with {', '.join(LEVELS)}")
            made = Row(
                id=row_id,
                table=self.name,
                title=title,
                evidence_kind=evidence_kind,
                source=source,
                probe=probe,
                everywhere=everywhere,
            )
            self.rows.append(made)
            if everywhere is not None:
                RULES[row_id] = everywhere
            return probe

        return add
