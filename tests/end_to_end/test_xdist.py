"""`-n` changes nothing in the result, and nothing is sent twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.end_to_end.conftest import Recorded
from tests.end_to_end.running import only_json

SENT_BACK = re.compile(r"\b(toolu|file)_[0-9a-f]{24}\b")
"""The ids that the endpoint made up, and that the suite sends back: no two runs have them alike."""


def without_ids(requests: Iterable[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(SENT_BACK.sub(r"\1_", part) for part in request) for request in requests)


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the matrix. Its evidence without the digests of requests: some send back an id that the endpoint made
    up, and the evidence about files holds such an id even in its path."""
    evidence = [] if row["id"] == "endpoints.files" else row["evidence"]
    told = [{key: each[key] for key in each if key != "exchange"} for each in evidence]
    return {**row, "evidence": told, "rests_on": len(row["rests_on"])}


def test_both_runs_end_well(recorded: Recorded, spread_out: Recorded) -> None:
    assert recorded.ended.code == 0, recorded.ended.out
    assert spread_out.ended.code == 0, spread_out.ended.out
    assert "4 workers" in spread_out.ended.out


def test_four_workers_give_the_rows_of_one_process(recorded: Recorded, spread_out: Recorded) -> None:
    alone, spread = only_json(recorded.reports), only_json(spread_out.reports)
    assert [told(row) for row in spread["rows"]] == [told(row) for row in alone["rows"]]


def test_four_workers_give_the_totals_of_one_process(recorded: Recorded, spread_out: Recorded) -> None:
    alone, spread = only_json(recorded.reports)["run"], only_json(spread_out.reports)["run"]
    times = ("started", "finished")
    assert {k: v for k, v in spread.items() if k not in times} == {k: v for k, v in alone.items() if k not in times}


def test_four_workers_send_every_request_as_often_as_one_process(recorded: Recorded, spread_out: Recorded) -> None:
    assert without_ids(spread_out.asked.requests) == without_ids(recorded.asked.requests)


def test_the_matrix_counts_the_requests_that_the_endpoint_counted(recorded: Recorded, spread_out: Recorded) -> None:
    for run in (recorded, spread_out):
        assert only_json(run.reports)["run"]["requests"] == len(run.asked.requests)


def test_four_workers_print_the_matrix_once(spread_out: Recorded) -> None:
    matrix = spread_out.ended.out.partition("reproduce")[0]
    assert matrix.count(" tool_choice.any ") == 1
