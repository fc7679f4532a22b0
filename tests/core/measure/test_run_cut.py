"""A run whose endpoint stops answering on the way: no row gets a word that it would not have got else, and the run that
goes on is the unbroken one."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.evidence.cassette import Recording
from conformance.evidence.journal import Journal, read_journal
from conformance.measure.judge import judge
from conformance.measure.measure import RequestCache, Undone, cassette_path
from conformance.measure.priority import PriorityLimiter
from conformance.probing.pulse import FIRST_TRY, MOST, TRIES, Pulse, proven
from conformance.probing.run import Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Reason
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import ROWS
from conformance.wire.client import Limits
from tests.in_process import KEY, QUICK, info_of, measured

RUN = Run(seed=7, model=DEFAULT_MODELS[0])
TABLES = ("endpoints", "errors", "headers")
SOME = [row for row in ROWS if row.id.partition(".")[0] in TABLES]
INFO = replace(info_of(RUN), provider="acme", url="http://x.invalid", long_prompt=False)


def refused(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"type": "error", "error": {"type": kind, "message": message}}, status)


async def dead(scope: Scope, receive: Receive, send: Send) -> None:
    raise httpx2.ConnectError("All connection attempts failed")


async def reset(scope: Scope, receive: Receive, send: Send) -> None:
    raise httpx2.ReadError("")


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(3600)


ENDS: Mapping[str, ASGIApp] = {
    "402": refused(402, "billing_error", "Insufficient balance"),
    "403": refused(403, "permission_error", "Access denied, please make sure your account is in good standing."),
    "400": refused(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "401": refused(401, "authentication_error", "invalid x-api-key"),
    "429": refused(429, "rate_limit_error", "You exceeded your current quota"),
    "500": refused(500, "api_error", "Internal error"),
    "another's 402": JSONResponse({"error": {"code": "1113", "message": "Insufficient balance"}}, 402),
    "no Message": JSONResponse({"code": 0, "msg": "ok", "data": None}),
    "a page": Response("<!doctype html><title>Maintenance</title>", media_type="text/html"),
    "dead": dead,
    "reset": reset,
    "silent": silent,
}


@dataclass(slots=True)
class Turning:
    """The embedded endpoint, and from the request of this number on something else."""

    last: int
    then: ASGIApp
    asked: int = 0
    well: ASGIApp = field(default_factory=lambda: create_app(api_key=KEY))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await (self.well if self.asked <= self.last else self.then)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Ended:
    found: Mapping[str, Verdict]
    undone: Undone
    asked: int
    over: str
    seconds: float


def run_of(
    app: Turning, folder: Path, *, going_on: bool = False, watched: bool = True, limits: Limits = QUICK
) -> Ended:
    """A run of some rows with its journal, as `session.py` makes it."""
    path = folder / "journal"
    kept = read_journal(path) if going_on else None
    journal = Journal.go_on(kept) if kept else Journal.begin(path, INFO, [row.id for row in SOME], record=False)
    trusted = kept.trusted if kept else []
    ask = RequestCache(
        nowhere,
        known=kept.standing if kept else {},
        gate=PriorityLimiter(limits.concurrency),
        keep=journal.keep,
        pulse=Pulse(ended=len(trusted), proven=proven(trusted)),
    )
    try:
        undone = measured(app, SOME, RUN, folder, ask, limits=limits, watched=watched)
    finally:
        journal.close()
    found = {row.id: judge(row, Recording(cassette_path(folder, row.id))).verdict for row in SOME}
    return Ended(found, undone, app.asked, ask.pulse.over, ask.progress.seconds)


async def nowhere(request: object) -> Exchange:
    raise AssertionError


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    ended = run_of(Turning(10_000, dead), tmp_path_factory.mktemp("unbroken"))
    assert not ended.over
    assert not ended.undone.lost
    return ended


MIDDLE = ("403", "another's 402", "no Message", "a page", "reset", "dead", "silent")


@pytest.mark.parametrize(
    ("name", "last"),
    [
        *(("402", 12), ("402", 35), ("402", 52), ("400", 48), ("401", 45), ("429", 30), ("500", 50)),
        *((name, 15 + 5 * number) for number, name in enumerate(MIDDLE)),
    ],
)
def test_no_row_gets_a_false_word(name: str, last: int, unbroken: Ended, tmp_path: Path) -> None:
    cut = run_of(Turning(last, ENDS[name]), tmp_path)
    other = {row: verdict for row, verdict in cut.found.items() if verdict != unbroken.found[row]}
    assert other
    assert {verdict.reason for verdict in other.values()} == {Reason.RUN_CUT}
    assert {verdict.note for verdict in other.values()} == {cut.over}
    assert other.keys() <= set(cut.undone.lost)
    assert cut.asked <= last + MOST + QUICK.concurrency + TRIES


def test_silence_is_not_waited_for_longer_than_some_minutes(tmp_path: Path) -> None:
    cut = run_of(Turning(30, silent), tmp_path, limits=Limits())
    assert cut.over
    assert cut.seconds < 9 * 60


def test_it_says_since_when_and_what_was_answered(tmp_path: Path) -> None:
    cut = run_of(Turning(20, ENDS["402"]), tmp_path)
    assert re.fullmatch(
        r"the run was cut: from \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 on the endpoint answered nothing any more, "
        r"nor a bare message in 5 tries: HTTP 402: Insufficient balance",
        cut.over,
    ), cut.over


def test_the_run_that_goes_on_asks_anew_what_was_in_doubt_and_is_the_unbroken_one(
    unbroken: Ended, tmp_path: Path
) -> None:
    app = Turning(20, ENDS["400"])
    cut = run_of(app, tmp_path)
    journal = tmp_path / "journal"
    assert read_journal(journal).was_cut
    app.last = app.asked + 3  # and cut again, before all is asked anew that the first one left in doubt
    again = run_of(app, tmp_path, going_on=True)
    assert again.undone.lost
    app.last = 10_000
    well = app.asked
    whole = run_of(app, tmp_path, going_on=True)
    assert not whole.undone.lost
    assert whole.found == unbroken.found
    assert not read_journal(journal).was_cut
    in_vain = (cut.asked - 20) + (well - cut.asked - 3)
    # What was answered beside a failure in doubt is kept, and each other refusal beside one is asked a second time.
    assert unbroken.asked <= app.asked - in_vain <= unbroken.asked + 2 * QUICK.concurrency


def test_a_run_that_was_killed_before_it_knew_goes_on_as_well(unbroken: Ended, tmp_path: Path) -> None:
    app = Turning(25, ENDS["402"])
    run_of(app, tmp_path)
    journal = tmp_path / "journal"
    lines = journal.read_text().splitlines(keepends=True)
    killed = [line for line in lines if json.loads(line).get("attempt", 0) < FIRST_TRY]
    assert len(killed) == len(lines) - TRIES
    journal.write_text("".join(killed))
    assert not read_journal(journal).was_cut
    app.last = 10_000
    assert run_of(app, tmp_path, going_on=True).found == unbroken.found


def test_a_run_that_is_not_cut_asks_hardly_more(unbroken: Ended, tmp_path: Path) -> None:
    """A failure that came last is the only one that costs a message: any other is vouched for by what came after."""
    app = Turning(10_000, dead)
    plain = run_of(app, tmp_path, watched=False)
    assert plain.found == unbroken.found
    assert unbroken.asked - plain.asked <= 1


def test_bad_luck_is_no_end(unbroken: Ended, tmp_path: Path) -> None:
    """Three requests of ten fail, and the run is never given up."""
    whole = run_of(Turning(0, Unlucky(create_app(api_key=KEY))), tmp_path)
    assert not whole.over
    assert not whole.undone.lost


class Unlucky:
    """Resets three requests of ten, but for the first ones: without those no run begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._luck = random.Random(1)
        self._asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._asked += 1
        await (reset if self._asked > 5 and self._luck.random() < 0.3 else self._app)(scope, receive, send)
