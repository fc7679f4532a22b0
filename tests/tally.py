"""What the suite's own tests counted, in a table at the end of their output: also under xdist, from all workers.

A test asks for the fixture `tally` and adds to a line of the table: `tally("hostile inputs tried", 300)`. Lines are
summed over all tests, but for those of MOST, of which the greatest stands. `tally.ran(name)` and `tally.held(name)`
count a case before and after its assertions, so that the line says how many of all held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

TALLIED = "tally"
"""The name under which a test's additions travel with its report."""

PEAK = "peak memory of a run, MB"
MOST = {PEAK}

Add = Callable[[str, object], None]


class Tally:
    """Adds to the table; `record` is pytest's own `record_property`, which xdist carries along."""

    def __init__(self, record: Add) -> None:
        self._record = record

    def __call__(self, name: str, value: int) -> None:
        """Adds to a line."""
        self._record(TALLIED, [name, "value", value])

    def ran(self, name: str) -> None:
        """A case begins, of which it will be said whether it held."""
        self._record(TALLIED, [name, "ran", 1])

    def held(self, name: str) -> None:
        """The case held."""
        self._record(TALLIED, [name, "held", 1])


def lines(properties: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """The table's lines, in the order in which they were first added to."""
    found: dict[str, dict[str, int]] = {}
    for key, value in properties:
        if key != TALLIED:
            continue
        name, kind, number = value
        line = found.setdefault(name, {})
        line[kind] = max(line.get(kind, 0), number) if name in MOST else line.get(kind, 0) + number
    width = max(map(len, found), default=0)
    for name, line in found.items():
        said = f"{line['value']:,}" if "value" in line else f"{line.get('held', 0)} of {line.get('ran', 0)}"
        yield f"  {name:<{width}}  {said}"
