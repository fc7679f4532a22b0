"""What was measured is judged from memory, and comes to the same as a replay of its cassettes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.evidence.cassette import Recording
from conformance.evidence.recorded import Recorded, as_recorded
from conformance.measure.judge import Judgement, judge
from conformance.measure.measure import cassette_path
from conformance.probing.run import Run
from conformance.protocol.exchange import Exchange, Request
from conformance.reference.app import create_app
from conformance.report.curl import curl_line
from conformance.report.result import costs, row_result, shown_request
from conformance.rows import ROWS
from tests.in_process import KEY, info_of, record

RUN = Run(seed=7, model="reference-1")
URL = "http://recorded.invalid"
INFO = replace(info_of(RUN), provider="recorded", url=URL, long_prompt=False, mode="live")


def told(judgement: Judgement) -> dict[str, Any]:
    """All that a run says of a row."""
    shown = shown_request(judgement)
    return {
        "result": row_result(judgement, None),
        "costs": costs(judgement),
        "dialect": judgement.dialect,
        "room": judgement.room,
        "recorded": judgement.recorded,
        "curl": shown and curl_line(shown.request, URL, "KEY"),
    }


def fields(exchange: Exchange) -> dict[str, Any]:
    names = ("request", "status", "headers", "chunks", "failure", "seconds", "sent_at", "waits")
    return {name: getattr(exchange, name) for name in names}


def test_a_replay_comes_to_what_was_judged_from_memory(tmp_path: Path) -> None:
    # A model that obeys half the time: rows of every status, asked again and again.
    app = create_app(api_key=KEY, temper="obeys_half_the_time")
    held: dict[str, Recorded] = {}
    record(app, RUN, tmp_path, url=URL, info=INFO, rows=ROWS, held=held)
    assert held.keys() == {row.id for row in ROWS}
    for row in ROWS:
        replayed = Recording(cassette_path(tmp_path, row.id))
        assert held[row.id].info == replayed.info
        assert list(map(fields, held[row.id].exchanges)) == list(map(fields, replayed.exchanges)), row.id
        assert told(judge(row, held[row.id])) == told(judge(row, replayed)), row.id


def test_what_a_cassette_does_not_keep_is_not_judged_from_memory_either() -> None:
    headers = {"x-api-key": "k", "user-agent": "a", "x-stainless-lang": "python"}
    asked = Request(headers=headers, body=b"{}", about=("x-stainless-lang",), late=1, room=True)
    exchange = Exchange(request=asked, status=200)
    kept = as_recorded(exchange)
    assert kept.request == Request(
        headers={"x-api-key": "k", "x-stainless-lang": "python"}, body=b"{}", about=("x-stainless-lang",)
    )
    assert kept.request.identity == asked.identity
    assert as_recorded(exchange) is kept
