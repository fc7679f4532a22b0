"""Whatever is answered, every row comes to a verdict that can be shown.

Three hundred conversations are held in every run of the tests, 20,000 with `CONFORMANCE_FUZZ=nightly`; half of them
begin with answers of the embedded endpoint, half with those of a real one:

    CONFORMANCE_FUZZ=nightly python -m pytest tests/hostile/test_fuzz.py -p no:cacheprovider
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.evidence.cassette import Recording
from conformance.evidence.run_info import RunInfo
from conformance.measure.judge import Evidence, Judgement, run_of
from conformance.probing.conversation import row_conversation
from conformance.probing.row import Row
from conformance.probing.run import Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.hidden_characters import HIDDEN
from conformance.protocol.status import Status
from conformance.pytest_plugin.results import failure_of
from conformance.reference.app import create_app
from conformance.report import markdown, matrix, terminal
from conformance.report.curl import curl_line
from conformance.report.result import costs, row_result, shown_request
from conformance.rows import BY_ID, ROWS
from tests import in_process
from tests.hostile.mutations import mutated
from tests.tally import Tally

COMMON = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.register_profile("fuzz-few", COMMON, max_examples=150)
settings.register_profile("fuzz-nightly", COMMON, max_examples=10_000)
PROFILE = settings.get_profile(f"fuzz-{os.environ.get('CONFORMANCE_FUZZ', 'few')}")

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"
TRIED = "hostile conversations tried"
NEEDS_A_NOTE = {Status.PARTIAL, Status.REJECTED, Status.BROKEN, Status.UNTESTED}
INFO = RunInfo(
    provider="p", url="http://x", model="", seed=7, auth="x-api-key", anthropic_version="2023-06-01", mode="live"
)
SCHEMA = jsonschema.Draft202012Validator(matrix.schema())


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The real answers to what one row asks, by what was asked; and a few of all rows."""

    run: Run
    known: Mapping[str, Exchange]
    pool: Sequence[Exchange]


@cache
def embedded_logs() -> Mapping[str, list[Exchange]]:
    app = create_app(api_key=in_process.KEY)
    return in_process.logs(app, model="reference-1", seed=7, auth="x-api-key")


@cache
def embedded(row: str) -> Source:
    logs = embedded_logs()
    pool = [exchange for log in logs.values() for exchange in log[:2]][::3]
    return source_of(Run(seed=7, model="reference-1"), logs[row], pool)


@cache
def recorded(row: str) -> Source:
    paths = sorted(CASSETTES.rglob(f"{row}.yaml"))
    if not paths:
        return embedded(row)
    recording = Recording(paths[0])
    return source_of(run_of(recording.info), recording.exchanges, recording.exchanges)


def source_of(run: Run, exchanges: Sequence[Exchange], pool: Sequence[Exchange]) -> Source:
    return Source(run=run, known={each.request.identity: each for each in exchanges}, pool=pool)


def converse(row: Row, source: Source, data: st.DataObject) -> tuple[Verdict, str, list[Evidence]]:
    """Drives a row to its verdict; some of its questions are answered with what no endpoint has said so far."""
    evidence: list[Evidence] = []
    answered: dict[str, Exchange] = {}
    # Most conversations begin well: an endpoint that answers no bare message is met by every row alike.
    calm = data.draw(st.integers(0, 4))
    seldom = data.draw(st.integers(0, 2))

    def answer(asked: Request) -> Exchange:
        if asked.identity not in answered:
            given = source.known.get(asked.identity)
            base = given or replace(data.draw(st.sampled_from(source.pool)), request=asked)
            disturbed = given is None or (len(answered) >= calm and data.draw(st.integers(0, seldom)) == 0)
            answered[asked.identity] = mutated(data.draw, base, source.pool) if disturbed else base
        return answered[asked.identity]

    steps = row_conversation(row, source.run)
    try:
        wanted = next(steps)
        while True:
            got = {role: answer(asked) for role, asked in wanted.items()}
            evidence += [Evidence(role=role, exchange=exchange) for role, exchange in got.items()]
            wanted = steps.send(got)
    except StopIteration as end:
        verdict, dialect = end.value
        return verdict, dialect, evidence


def everything_shown(judgement: Judgement, model: str) -> Iterator[str]:
    """Each line that any report shows of a judgement."""
    result = row_result(judgement, None)
    shown = shown_request(judgement)
    line = curl_line(shown.request, "http://x", "KEY") if shown else ""
    built = matrix.build(
        replace(INFO, model=model),
        [result],
        costs(judgement),
        [row.id for row in ROWS],
        planned={"requests": 1, "input_tokens": 1, "output_tokens": 1, "most_requests": 1},
        dialect=judgement.dialect,
    )
    assert list(SCHEMA.iter_errors(built.as_json())) == []
    matrix.dump(built).encode()
    yield from markdown.page(built).split("\n")
    yield from (text for text, _ in terminal.lines(built))
    yield from (text for text, _ in terminal.reproductions(built.rows, {judgement.row.id: [line]}))
    yield from (failure_of(result, None, None, [line]) or "").split("\n")


@pytest.mark.parametrize("source", [embedded, recorded], ids=["embedded", "recorded"])
def test_any_conversation_comes_to_a_verdict_that_can_be_shown(source: object, tally: Tally) -> None:
    assert callable(source)
    tried = 0

    @PROFILE
    @given(st.sampled_from([row.id for row in ROWS]), st.data())
    def any_conversation(row_id: str, data: st.DataObject) -> None:
        nonlocal tried
        tried += 1
        row = BY_ID[row_id]
        known: Source = source(row_id)
        verdict, dialect, evidence = converse(row, known, data)
        assert (verdict.deviation is not None) is (verdict.status is Status.PARTIAL)
        assert (verdict.reason is not None) is (verdict.status is Status.UNTESTED)
        assert verdict.note or verdict.status not in NEEDS_A_NOTE
        judgement = Judgement(row=row, verdict=verdict, evidence=evidence, dialect=dialect)
        for line in everything_shown(judgement, known.run.model):
            assert HIDDEN.search(line) is None

    try:
        any_conversation()
    finally:
        tally(TRIED, tried)
