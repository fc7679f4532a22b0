"""A run whose account is refused halfway is no verdict: exit code, journal, replay, `--resume` and `combine` agree."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from conformance.reference.app import create_app
from conformance.reference.server import serve
from conformance.reference.transforms import Act, drop
from tests.end_to_end.conftest import SEED, Recorded
from tests.end_to_end.running import KEY, MODEL, Ended, environment, files_below, only_json, rows_of, run_in
from tests.end_to_end.servers import embedded

WELL = 100
SAID = "Insufficient balance"


@dataclass(slots=True)
class Account:
    """Pays for so many requests."""

    pays: int = WELL
    asked: int = 0

    async def __call__(self, request: Request, body: bytes) -> Response | None:
        self.asked += 1
        if self.asked <= self.pays:
            return None
        return JSONResponse({"type": "error", "error": {"type": "billing_error", "message": SAID}}, 402)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A run that was cut, its replay, one that went on too soon, and one that went on; with what each left."""

    folder: Path
    ended: Ended
    asked: int
    matrix: dict[str, Any]
    left: frozenset[str]
    replayed: Ended
    replay: dict[str, Any]
    too_soon: Ended
    asked_too_soon: int
    left_too_soon: frozenset[str]
    combined: str
    gone_on: Ended = field(repr=False)


@pytest.fixture(scope="module")
def cut(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Cut:
    folder = tmp_path_factory.mktemp("cut")
    account = Account()
    reports = folder / "reports"
    with embedded(account) as url:
        at = [f"--endpoint={url}", f"--cassettes={folder / 'cassettes'}", "-p", "no:cacheprovider"]
        here = [*at, f"--reports={reports}"]
        ended = run_in(checkout, *here, f"--model={MODEL}", f"--seed={SEED}", "--record")
        asked, matrix, left = account.asked, only_json(reports), frozenset(files_below(reports))
        combine = [sys.executable, "-m", "conformance.report", "combine", str(folder / "kept"), str(folder)]
        combined = subprocess.run(
            combine, cwd=checkout, env=environment(), capture_output=True, encoding="utf-8", check=False
        )
        replayed = run_in(checkout, *at, f"--reports={folder / 'replay'}", f"--model={MODEL}", "--replay")
        too_soon = run_in(checkout, *here, "--resume")
        asked_too_soon, left_too_soon = account.asked - asked, frozenset(files_below(reports))
        account.pays = sys.maxsize
        gone_on = run_in(checkout, *here, "--resume")
    return Cut(
        folder=folder,
        ended=ended,
        asked=asked,
        matrix=matrix,
        left=left,
        replayed=replayed,
        replay=only_json(folder / "replay"),
        too_soon=too_soon,
        asked_too_soon=asked_too_soon,
        left_too_soon=left_too_soon,
        combined=combined.stdout,
        gone_on=gone_on,
    )


def test_it_ends_like_a_run_that_was_interrupted_and_says_why_and_how_to_go_on(cut: Cut) -> None:
    assert cut.ended.code == 2, cut.ended.out
    assert "no verdict: the run was cut: from 20" in cut.ended.out
    assert SAID in cut.ended.out
    assert "rows are left: --resume goes on with" in cut.ended.out
    assert any(name.endswith("matrix.journal.jsonl") for name in cut.left)
    assert not any("runs" in Path(name).parts for name in cut.left), "it is no part of the history"
    assert cut.asked < WELL + 40


def test_no_row_has_a_word_that_the_unbroken_run_does_not_give_it(cut: Cut, recorded: Recorded) -> None:
    unbroken = rows_of(only_json(recorded.reports))
    found = rows_of(cut.matrix)
    other = {row: result for row, result in found.items() if result["status"] != unbroken[row]["status"]}
    assert len(other) > 50
    assert {(result["status"], result["reason"]) for result in other.values()} == {("untested", "run_cut")}


def test_its_replay_says_the_same(cut: Cut) -> None:
    assert cut.replayed.code == 2, cut.replayed.out
    assert {**cut.replay, "run": None} == {**cut.matrix, "run": None}


def test_it_is_left_out_of_a_nights_runs(cut: Cut) -> None:
    assert "left out: the run was cut: " in cut.combined
    assert SAID in cut.combined


def test_going_on_too_soon_says_what_is_wrong_and_keeps_the_journal(cut: Cut) -> None:
    assert cut.too_soon.code == 2
    assert "nothing can be measured" in cut.too_soon.out
    assert SAID in cut.too_soon.out
    assert "--resume goes on from there" in cut.too_soon.out
    assert cut.asked_too_soon <= 6
    assert cut.left_too_soon == cut.left


def test_going_on_comes_to_the_unbroken_run(cut: Cut, recorded: Recorded) -> None:
    assert cut.gone_on.code == 0, cut.gone_on.out
    whole, unbroken = only_json(cut.folder / "reports"), only_json(recorded.reports)
    found, due = ({row: word(result) for row, result in rows_of(each).items()} for each in (whole, unbroken))
    assert found == due
    assert not [name for name in files_below(cut.folder / "reports") if "journal" in name]


def word(result: dict[str, Any]) -> tuple[str, ...]:
    return tuple(result[name] for name in ("status", "deviation", "reason", "agreement"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A run of some rows whose endpoint drops tools from its middle on, and its replay."""

    ended: Ended
    matrix: dict[str, Any]
    left: frozenset[str]
    replayed: Ended
    replay: dict[str, Any]


@pytest.fixture(scope="module")
def deployed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("deployed")
    drops = (drop("tools"), drop("tool_choice"))
    before, after = create_app(api_key=KEY), create_app(api_key=KEY, acts=[Act("a deployment", "ignored", drops)])
    asked = count(1)

    async def replaced(scope: Scope, receive: Receive, send: Send) -> None:
        app = after if scope["type"] == "http" and next(asked) > WELL else before
        await app(scope, receive, send)

    with serve(replaced) as url:
        at = [
            f"--cassettes={folder / 'cassettes'}",
            f"--model={MODEL}",
            "-k",
            "tool or stream or thinking",
            "-p",
            "no:cacheprovider",
        ]
        at += [f"--endpoint={url}"]
        ended = run_in(checkout, *at, f"--reports={folder / 'reports'}", f"--seed={SEED}", "--record")
        replayed = run_in(checkout, *at, f"--reports={folder / 'replay'}", "--replay")
    return Deployed(
        ended=ended,
        matrix=only_json(folder / "reports", "selection"),
        left=frozenset(files_below(folder / "reports")),
        replayed=replayed,
        replay=only_json(folder / "replay", "selection"),
    )


def test_an_endpoint_that_changed_on_the_way_is_told_first_and_is_no_success(deployed: Deployed) -> None:
    assert deployed.ended.code == deployed.replayed.code == 2, deployed.ended.out
    changed = "the endpoint changed during the run: a question with "
    assert f"no verdict: {changed}" in deployed.ended.out
    assert deployed.matrix["run"]["changed"].startswith(changed)
    assert {row["reason"] for row in deployed.matrix["rows"]} == {"changed"}
    assert deployed.replay == deployed.matrix
    assert not any("journal" in name for name in deployed.left)
