"""Each fault by itself: for one row, for everything, and for everything from the second question on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from conformance.measure.judge import Judgement
from conformance.measure.measure import RequestCache, drive_live
from conformance.measure.preflight import EndpointAddress, PreflightError, check
from conformance.probing.conversation import row_conversation
from conformance.probing.run import Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Status
from conformance.reference.app import create_app
from conformance.reference.server import serve
from conformance.report.result import row_result
from conformance.rows import BY_ID
from conformance.wire.client import Limits, Secrets, Wire
from tests.hostile.faults import FAULTS, Fault, Serve
from tests.hostile.front import Armed, front
from tests.tally import Tally

KEY = "hostile-test-key-0123"
RUN = Run(seed=3, model="reference-1")
ROW = "fields.system"
MARK = b'"system"'
OTHERS = ("fields.metadata", "fields.stop_sequences", "errors.missing_messages")
LIMITS = Limits(timeout=60, patience=0, concurrency=4)
IMPATIENT = Limits(timeout=0.7, patience=0, concurrency=4)
NO_EVIDENCE_OF_SUPPORT = {Status.BROKEN, Status.UNTESTED}
SURVIVED = "faults survived, for one row, for all and after the first answer"


@pytest.fixture(scope="module")
def embedded() -> Iterator[str]:
    with serve(create_app(api_key=KEY)) as url:
        yield url


def measured(url: str, rows: tuple[str, ...], limits: Limits) -> dict[str, Verdict]:
    """The verdicts on these rows, measured at once, as a run does."""

    async def measure() -> dict[str, Verdict]:
        async with Wire(url, Secrets(key=SecretStr(KEY)), limits) as wire:
            ask = RequestCache(wire.send)

            async def one(row: str) -> Verdict:
                log: list[Exchange] = []
                return (await drive_live(row_conversation(BY_ID[row], RUN), ask, log))[0]

            return dict(zip(rows, await asyncio.gather(*map(one, rows)), strict=True))

    return asyncio.run(measure())


@pytest.fixture(scope="module")
def undisturbed(embedded: str) -> dict[str, Verdict]:
    return measured(embedded, (ROW, *OTHERS), LIMITS)


def fit_to_be_shown(verdict: Verdict, row: str = ROW) -> bool:
    note = row_result(Judgement(row=BY_ID[row], verdict=verdict), None).note
    assert isinstance(note, str)
    return note == "" or note.isprintable()


def every_fault(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda each: each.name)(test)  # type: ignore[no-any-return]


# Those that are met by waiting have their row in `test_all_faults_at_once.py`, where all wait at once.
@pytest.mark.parametrize("fault", [each for each in FAULTS.values() if not each.slow], ids=lambda each: each.name)
def test_one_row_is_told_of_it_and_every_other_is_measured(
    fault: Fault, embedded: str, undisturbed: dict[str, Verdict], tally: Tally
) -> None:
    tally.ran(SURVIVED)
    with front(embedded, lambda body: fault.serve if MARK in body else None) as server:
        found = measured(server.url, (ROW, *OTHERS), LIMITS)
        assert server.failed >= 1
    assert {row: found[row] for row in OTHERS} == {row: undisturbed[row] for row in OTHERS}
    if not fault.harmless:
        assert found[ROW].status is Status.BROKEN, found[ROW]
        assert fault.told in found[ROW].note
        assert found[ROW].note
    assert fit_to_be_shown(found[ROW])
    tally.held(SURVIVED)


@every_fault
def test_an_endpoint_that_always_does_it_is_told_of_before_any_row(fault: Fault, embedded: str, tally: Tally) -> None:
    tally.ran(SURVIVED)

    async def preflight(url: str) -> str:
        async with Wire(url, Secrets(key=SecretStr(KEY)), IMPATIENT if fault.slow else LIMITS) as wire:
            try:
                await check(RUN, RequestCache(wire.send), None, EndpointAddress(url=url, key_variable="K"))
            except PreflightError as error:
                return str(error)
            return ""

    with front(embedded, lambda body: fault.serve) as server:
        diagnosis = asyncio.run(preflight(server.url))
    assert diagnosis or fault.harmless
    assert all(line.isprintable() for line in diagnosis.split("\n"))
    assert len(diagnosis) < 1000
    tally.held(SURVIVED)


@every_fault
def test_an_endpoint_that_falls_ill_during_a_run_is_no_evidence_of_anything(
    fault: Fault, embedded: str, tally: Tally
) -> None:
    tally.ran(SURVIVED)
    with front(embedded, after_the_first(fault)) as server:
        found = measured(server.url, (ROW, *OTHERS), IMPATIENT if fault.slow else LIMITS)
    if not fault.harmless:
        assert {found[row].status for row in found} <= NO_EVIDENCE_OF_SUPPORT, found
        assert all(verdict.note for verdict in found.values())
    assert all(fit_to_be_shown(verdict, row) for row, verdict in found.items())
    tally.held(SURVIVED)


def after_the_first(fault: Fault) -> Armed:
    answered: list[bytes] = []

    def armed(body: bytes) -> Serve | None:
        answered.append(body)
        return fault.serve if len(answered) > 1 else None

    return armed
