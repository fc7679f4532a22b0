"""What all tests share: the table of what they counted."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest

from tests.tally import Add, Tally, lines


@pytest.fixture
def tally(record_property: Add) -> Tally:
    """Adds to the table at the end of the tests' output."""
    return Tally(record_property)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = chain(*terminalreporter.stats.values())
    ended = [report for report in reports if getattr(report, "when", "") == "call"]
    properties = [each for report in ended for each in report.user_properties]
    found = list(lines(properties))
    if found:
        terminalreporter.section("counted by these tests")
        for line in found:
            terminalreporter.write_line(line)
