"""One whole run in which every fault is met, each by the requests of a row of its own."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from conformance.probing.verdict import Verdict
from conformance.protocol.status import Reason, Status
from conformance.reference.app import create_app
from conformance.rows import BY_ID, ROWS
from tests import in_process
from tests.end_to_end.running import KEY, MODEL, Ended, copy_of_the_checkout, only_json, rows_of, run_in
from tests.end_to_end.servers import Before, embedded
from tests.hostile.faults import FAULTS, Fault
from tests.hostile.front import front
from tests.hostile.peak import VARIABLE
from tests.tally import PEAK, Tally

SEED = 5
MOST_MEMORY = 300 * 1024 * 1024
ONE_RUN = "faults survived, all in one run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """The run, which fault each row met, how the rows come out undisturbed, and the memory that it took."""

    ended: Ended
    met: Mapping[str, Fault]
    undisturbed: Mapping[str, Verdict]
    reports: Path
    peak: int

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return rows_of(only_json(self.reports))


def own_bodies() -> dict[str, list[bytes]]:
    """For every row that is decided by something that no other row asks: the bodies of these requests."""
    own = asked_by_one()
    failing = {body for bodies in own.values() for body in bodies}

    async def fail(request: Request, body: bytes) -> Response | None:
        return Response("no", status_code=500) if body in failing else None

    app = create_app(api_key=in_process.KEY)
    app.add_middleware(Before, answer=fail)
    found = in_process.verdicts(app, model=MODEL, seed=SEED)
    return {row: bodies for row, bodies in own.items() if found[row].status in (Status.BROKEN, Status.UNTESTED)}


def asked_by_one() -> dict[str, list[bytes]]:
    """For every row that asks something that no other row asks: the bodies of these requests, not empty ones."""
    app = create_app(api_key=in_process.KEY)
    logs = in_process.logs(app, model=MODEL, seed=SEED, auth="x-api-key")
    asking: dict[bytes, set[str]] = {}
    for row, log in logs.items():
        for exchange in log:
            asking.setdefault(exchange.request.body, set()).add(row)
    own: dict[str, list[bytes]] = {}
    for body, rows in asking.items():
        if body and len(rows) == 1:
            own.setdefault(rows.pop(), []).append(body)
    return own


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Survived:
    folder = tmp_path_factory.mktemp("hostile")
    checkout = copy_of_the_checkout(folder / "checkout")
    own = own_bodies()
    harmful = [each for each in FAULTS.values() if not each.harmless]
    met = dict(zip([row.id for row in ROWS if row.id in own], harmful, strict=False))
    assert len(met) == len(harmful), "more faults than rows that ask something of their own"
    by_body = {body: fault for row, fault in met.items() for body in own[row]}

    def armed(body: bytes) -> Any:
        fault = by_body.get(body)
        return fault.serve if fault else None

    undisturbed = in_process.verdicts(create_app(api_key=in_process.KEY), model=MODEL, seed=SEED)
    with embedded(key=KEY) as upstream, front(upstream, armed) as server:
        ended = run_in(
            checkout,
            f"--endpoint={server.url}",
            f"--model={MODEL}",
            f"--seed={SEED}",
            "--answer-timeout=8",
            "--patience=0",
            "--concurrency=8",
            "--record",
            f"--cassettes={folder / 'cassettes'}",
            f"--reports={folder / 'reports'}",
            f"--junitxml={folder / 'junit.xml'}",
            *("-p", "no:cacheprovider", "-p", "tests.hostile.peak"),
            PYTHONPATH=str(Path(__file__).resolve().parents[2]),
            **{VARIABLE: str(folder / "peak")},
        )
    return Survived(
        ended=ended,
        met=met,
        undisturbed=undisturbed,
        reports=folder / "reports",
        peak=int((folder / "peak").read_text(encoding="utf-8")),
    )


def test_the_run_ends_in_time_with_a_report_of_every_row_and_the_code_of_failed_tests(survived: Survived) -> None:
    assert survived.ended.code == 1, survived.ended.out[-3000:]
    assert list(survived.rows) == [row.id for row in ROWS]
    assert "INTERNALERROR" not in survived.ended.out
    assert "Traceback" not in survived.ended.out
    cases = ElementTree.parse(survived.reports.parent / "junit.xml").getroot().iter("testcase")
    assert len(list(cases)) == len(ROWS)
    page = next(survived.reports.rglob("matrix.md")).read_text(encoding="utf-8")
    assert all(f"`{row.id}`" in page for row in ROWS)


def test_a_row_that_met_a_fault_has_a_status_with_a_note_and_is_not_judged_of_it(
    survived: Survived, tally: Tally
) -> None:
    wrong = []
    for row, fault in survived.met.items():
        tally.ran(ONE_RUN)
        found = survived.rows[row]
        told = found["status"] in (Status.BROKEN, Status.UNTESTED) and found["reason"] != Reason.INTERNAL_ERROR
        # Claude Code asks again without a stream where a stream gives it nothing.
        told |= found["note"].startswith("answered without a stream only")
        if told and found["note"]:
            tally.held(ONE_RUN)
        else:
            wrong.append((row, fault.name, survived.undisturbed[row].status, found["status"], found["note"]))
    assert wrong == []


def test_every_other_row_is_measured_as_if_there_were_no_fault(survived: Survived) -> None:
    # A row that owns a rule of streams tells of a stream that another row met, and names that row.
    told = {row for row, found in survived.rows.items() if found["note"].partition(",")[0] in survived.met}
    others = [row for row in BY_ID if row not in {*survived.met, *told}]
    assert len(others) >= 80
    assert {row: survived.rows[row]["status"] for row in others} == {
        row: survived.undisturbed[row].status.value for row in others
    }


def test_memory_stays_below_300_mb(survived: Survived, tally: Tally) -> None:
    tally(PEAK, round(survived.peak / 1024**2))
    assert survived.peak < MOST_MEMORY


def test_nothing_that_came_moves_the_cursor_of_a_terminal(survived: Survived) -> None:
    assert all(line.isprintable() for line in survived.ended.out.splitlines())
    for path in survived.reports.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
