"""What a lie is, and those that can be told about any field, block or header by its place in the request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conformance.lies.collateral import listed
from conformance.reference import faults
from conformance.reference.transforms import Act, Transform, refuse

STREAMED = "stream[:true]"
"""What stands in requests for a stream alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """One way in which the endpoint goes wrong on one row, and what a right verdict says of it.

    `status` is the row's due status, `code` its deviation or reason, `note` a pattern that its note must match, so that
    a reader learns what went wrong. `reports` are the ids, in `field_reports.tsv`, of public reports of servers that
    went wrong in this way.
    """

    row: str
    name: str
    transforms: tuple[Transform, ...]
    status: str
    note: str
    code: str = ""
    reports: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The row and the lie: `fields.top_k/dropped`."""
        return f"{self.row}/{self.name}"

    @property
    def moves(self) -> dict[str, str]:
        """The other rows whose status the lie changes as well, each with what it comes to then."""
        return dict(listed().get(self.id, {}))

    @property
    def act(self) -> Act:
        """The lie as an endpoint acts it out."""
        return Act(self.row, self.name, self.transforms)


def failures(
    row: str,
    path: str,
    *,
    beside: str = "",
    unless: str = "",
    without: Iterable[str] = (),
) -> list[Lie]:
    """Every way to fail over what stands at `path`: refused, forbidden, crashed, answered in no known form, never
    answered, or now this and now that. `without` names those that are left out."""

    def lie(name: str, transform: Transform, status: str, note: str, code: str = "") -> Lie:
        return Lie(row=row, name=name, transforms=(transform,), status=status, note=note, code=code)

    at: dict[str, Any] = {"beside": beside, "unless": unless}
    told = [
        lie("refused", refuse(path, **at), "rejected", "HTTP 400: "),
        lie("forbidden", faults.fail(403, path, "Not in your plan", **at), "rejected", "HTTP 403: Not in your plan"),
        lie("crashed", faults.fail(500, path, **at), "broken", "HTTP 500: Internal error"),
        lie("overloaded", faults.fail(503, path, "Overloaded", **at), "broken", "HTTP 503: Overloaded"),
        lie("limited", faults.fail(429, path, "Slow down", **at), "untested", "HTTP 429: Slow down", "rate_limited"),
        lie("page", faults.page(200, path, **at), "broken", "HTML page"),
        lie("error_in_200", faults.error_in_answer(path, **at), "broken", "HTTP 200 that is an error"),
        lie("foreign", faults.foreign(path, **at), "broken", "OpenAI-shaped answer"),
        lie("empty", faults.empty(path, **at), "broken", "empty body"),
        lie("hangs", faults.hang(path, **at), "broken", "timeout: not done in"),
        lie("cut", faults.cut(path, **at), "broken", "cut: .*closed connection"),
        lie(
            "flickers",
            faults.fail(400, path, "Not now", **at, every=2),
            "untested",
            "failed once and was answered once: HTTP 400: Not now",
            "unstable",
        ),
    ]
    left_out = set(without)
    assert left_out <= {each.name for each in told}, left_out
    return [each for each in told if each.name not in left_out]


NEVER_ANSWERED = (
    "refused",
    "forbidden",
    "crashed",
    "overloaded",
    "limited",
    "page",
    "error_in_200",
    "foreign",
    "empty",
    "hangs",
    "cut",
)
"""The failures under which nothing is answered, not even now and then."""
