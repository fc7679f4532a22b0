"""What two rows cannot both say of one endpoint, and where a matrix does.

A contradiction is no finding about the endpoint: one of the two verdicts is wrong. `PAIRS` is the whole list; a pair
stands there when both rows rest on the same requests, or when what the one shows cannot be where the other is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.probing.contradicting_pairs import PAIRS
from conformance.probing.pair_of_rows import Pair, Said
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Deviation, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two rows with what each says, and why the two cannot both be."""

    row: str
    says: str
    beside: str
    said: str
    why: str

    def __str__(self) -> str:
        return f"{self.row} {self.says} beside {self.beside} {self.said}: {self.why}"


def contradictions(found: Mapping[str, Verdict], pairs: Iterable[Pair] = PAIRS) -> list[Contradiction]:
    """Every contradiction in a matrix, in the order of the pairs. A row that was not judged contradicts nothing."""
    return [each for pair in pairs for each in _of_pair(pair, found)]


def _of_pair(pair: Pair, found: Mapping[str, Verdict]) -> Iterator[Contradiction]:
    ones, others = (_that_say_it(side, found) for side in (pair.one, pair.other))
    for place, row in enumerate(ones):
        for beside in others:
            # Where the two sides name the same rows, each two of them stand there once.
            if row == beside or (pair.one == pair.other and beside in ones[:place]):
                continue
            yield Contradiction(
                row=row,
                says=words_of(found[row]),
                beside=beside,
                said=words_of(found[beside]),
                why=pair.why,
            )


def _that_say_it(side: Said, found: Mapping[str, Verdict]) -> Sequence[str]:
    """The rows that say one of the words; where all must say it, all of them or none, the first standing for all."""
    rows = [row for row in found if any(fnmatchcase(row, pattern) for pattern in side.rows)]
    saying = [row for row in rows if says(found[row], side)]
    if not side.all_of_them:
        return saying
    return saying[:1] if rows and len(saying) == len(rows) else []


def says(verdict: Verdict, side: Said) -> bool:
    """Does a verdict say one of the words, with a note that matches? `partial` says `partial/mapped` as well."""
    spoken = {verdict.status.value, f"{verdict.status}/{verdict.deviation or verdict.reason or ''}"}
    return not spoken.isdisjoint(side.words) and bool(re.search(side.note, verdict.note))


def words_of(verdict: Verdict) -> str:
    """A verdict as a reader sees it."""
    code = verdict.deviation or verdict.reason
    told = f"{verdict.status} ({code})" if code else verdict.status.value
    return f"{told} [{verdict.note}]" if verdict.note else told


def verdicts_of(matrix: Mapping[str, Any]) -> dict[str, Verdict]:
    """The verdicts that a matrix.json holds."""
    return {
        row["id"]: Verdict(
            status=Status(row["status"]),
            note=row["note"],
            deviation=Deviation(row["deviation"]) if row["deviation"] else None,
            reason=Reason(row["reason"]) if row["reason"] else None,
        )
        for row in matrix["rows"]
    }
