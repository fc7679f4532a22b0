"""`--max-requests` and `--max-tokens` end a run cleanly, and `--resume` goes on where it ended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.end_to_end.conftest import SEED
from tests.end_to_end.running import (
    MODEL,
    Ended,
    at_once,
    files_below,
    only_json,
    printed_line_in,
    rows_of,
    run_in,
)
from tests.end_to_end.servers import Asked, embedded
from tests.end_to_end.test_xdist import without_ids

FEW = 40
SELECTION = ("-k", "tool_choice or errors or top_k", "-p", "no:cacheprovider")
IN_DOUBT = 5
"""As many refusals as may be under way at once, and a bare message: a run that goes on asks those again that nothing
vouches for which was sent after them."""

NOT_ASKED = "errors.prompt_too_long"
"""Is untested in every run that does not want long prompts, and needs no more than the bare message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, what its endpoint was asked, and what it left."""

    ended: Ended
    asked: Counter[tuple[str, ...]]
    matrix: dict[str, Any]
    left: dict[str, bytes]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return rows_of(self.matrix)

    @property
    def cut(self) -> set[str]:
        return {row for row, found in self.rows.items() if found["reason"] == "budget"}

    @property
    def cut_row(self) -> str:
        """One of those that are cut: which they are is a matter of time."""
        return min(row for row in self.cut if row.startswith("errors."))

    @property
    def journals(self) -> list[str]:
        return [name for name in self.left if "journal" in name]


Go = Callable[..., Run]


def runs_in(checkout: Path, folder: Path, url: str, asked: Asked) -> Go:
    def go(*options: str) -> Run:
        before = len(asked.requests)
        ended = run_in(checkout, f"--endpoint={url}", f"--model={MODEL}", f"--reports={folder}", *SELECTION, *options)
        return Run(
            ended=ended,
            asked=without_ids(asked.requests[before:]),
            matrix=only_json(folder, "selection"),
            left=files_below(folder),
        )

    return go


@pytest.fixture(scope="module")
def unbroken(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    asked = Asked()
    with embedded(asked) as url:
        return runs_in(checkout, tmp_path_factory.mktemp("unbroken"), url, asked)(f"--seed={SEED}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """A run that its budget ended, a line that it printed for a row that it cut, and the run that went on."""

    cut_short: Run
    printed: Ended
    sent_by_printed: int
    journals_after_printed: list[str]
    gone_on: Run


@pytest.fixture(scope="module")
def budgeted(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Budgeted:
    asked, folder = Asked(), tmp_path_factory.mktemp("budgeted")
    with embedded(asked) as url:
        go = runs_in(checkout, folder, url, asked)
        cut_short = go(f"--seed={SEED}", f"--max-requests={FEW}", "-p", "xdist", "-n", "2")
        line = printed_line(cut_short.ended, cut_short.cut_row)
        printed = printed_line_in(checkout, line, "-p", "no:cacheprovider")
        sent_by_printed = len(asked.requests) - FEW
        journals = [name for name in files_below(folder) if "journal" in name]
        gone_on = go("--resume")
    return Budgeted(
        cut_short=cut_short,
        printed=printed,
        sent_by_printed=sent_by_printed,
        journals_after_printed=journals,
        gone_on=gone_on,
    )


def printed_line(ended: Ended, row: str) -> str:
    """The pytest line that was printed for a row that has no evidence, and so no curl line."""
    found = re.search(rf"^{re.escape(row)} \(untested\)\n  (pytest .*)$", ended.out, re.MULTILINE)
    assert found, ended.out
    return found[1]


def without_times(matrix: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in matrix["run"].items() if key not in ("started", "finished")}


def test_no_more_requests_are_sent_than_the_budget_has(budgeted: Budgeted) -> None:
    assert budgeted.cut_short.asked.total() == FEW


def test_rows_that_were_done_keep_their_verdicts_and_the_others_are_untested(budgeted: Budgeted, unbroken: Run) -> None:
    cut_short = budgeted.cut_short
    assert cut_short.rows.keys() == unbroken.rows.keys()
    assert len(cut_short.rows) - len(cut_short.cut) >= 3
    for row, found in cut_short.rows.items():
        if row not in cut_short.cut:
            assert found == unbroken.rows[row]
            continue
        assert (found["status"], found["evidence"]) == ("untested", [])
        assert f"--max-requests={FEW} is spent ({FEW} requests and" in found["note"]
        assert "--resume goes on" in found["note"]


def test_a_run_that_its_budget_ends_says_how_to_go_on(budgeted: Budgeted) -> None:
    ended = budgeted.cut_short.ended
    assert ended.code == 0, ended.out
    assert f"{len(budgeted.cut_short.cut)} rows are left: --resume goes on with" in ended.out
    assert [Path(name).name for name in budgeted.cut_short.journals] == ["selection.journal.jsonl"]


def test_the_line_that_is_printed_for_a_cut_row_goes_on_with_the_run(budgeted: Budgeted, unbroken: Run) -> None:
    line = printed_line(budgeted.cut_short.ended, budgeted.cut_short.cut_row)
    assert line.endswith(f"--seed={SEED} --resume")
    assert budgeted.printed.code == 0, budgeted.printed.out
    assert unbroken.rows[budgeted.cut_short.cut_row]["status"] in budgeted.printed.out
    assert 0 < budgeted.sent_by_printed < unbroken.asked.total() - FEW
    assert budgeted.journals_after_printed == budgeted.cut_short.journals, "the other rows are still to be done"


def test_the_run_that_goes_on_sends_the_rest_and_comes_to_the_same(budgeted: Budgeted, unbroken: Run) -> None:
    cut_short, gone_on = budgeted.cut_short, budgeted.gone_on
    assert gone_on.ended.code == unbroken.ended.code == 0, gone_on.ended.out
    sent = cut_short.asked.total() + budgeted.sent_by_printed + gone_on.asked.total()
    assert unbroken.asked.total() <= sent <= unbroken.asked.total() + 2 * IN_DOUBT
    assert not (cut_short.asked + gone_on.asked).keys() - unbroken.asked.keys()
    assert gone_on.matrix["rows"] == unbroken.matrix["rows"]
    assert without_times(gone_on.matrix) == without_times(unbroken.matrix)
    assert gone_on.journals == []


def test_tokens_end_a_run_as_well(checkout: Path, tmp_path: Path, unbroken: Run) -> None:
    asked, enough = Asked(), 2500
    with embedded(asked) as url:
        run = runs_in(checkout, tmp_path, url, asked)(f"--max-tokens={enough}", f"--seed={SEED}")
    spent = unbroken.matrix["run"]
    assert spent["input_tokens"] + spent["output_tokens"] > 2 * enough, "else nothing is cut"
    assert run.ended.code == 0, run.ended.out
    assert 0 < len(run.cut) < len(run.rows)
    assert all(f"--max-tokens={enough} is spent" in run.rows[row]["note"] for row in run.cut)
    assert run.asked.total() < unbroken.asked.total()


def test_a_run_that_its_budget_lets_measure_nothing_is_no_success(checkout: Path, tmp_path: Path) -> None:
    asked = Asked()
    with embedded(asked) as url:
        go = runs_in(checkout, tmp_path, url, asked)
        run = go("--max-requests=1")
    assert run.asked.total() == 1
    assert run.cut == set(run.rows) - {NOT_ASKED}
    assert run.ended.code == 1
    assert "no row has evidence" in run.ended.out


def test_what_was_refused_for_a_moment_is_asked_again(checkout: Path, tmp_path: Path, unbroken: Run) -> None:
    """An endpoint that has no time for tools, and then has: no row may keep what it was told meanwhile."""
    asked, busy = Asked(), [True]

    async def overloaded(request: Request, body: bytes) -> Response | None:
        await asked(request, body)
        if not (busy[0] and b'"tools"' in body):
            return None
        error = {"type": "overloaded_error", "message": "Overloaded"}
        return JSONResponse({"type": "error", "error": error}, status_code=529)

    with embedded(overloaded) as url:
        go = runs_in(checkout, tmp_path, url, asked)
        first = go(f"--seed={SEED}", "--patience=0")
        busy[0] = False
        second = go("--resume", "--patience=0")
    reasons = {row["reason"] for row in first.rows.values()}
    assert "rate_limited" in reasons
    assert len(first.journals) == 1
    assert "rows are left: --resume goes on with" in first.ended.out
    assert {id: row["status"] for id, row in second.rows.items()} == {
        id: row["status"] for id, row in unbroken.rows.items()
    }
    assert second.asked.total() < unbroken.asked.total()
    assert second.journals == []


def test_the_embedded_endpoint_is_asked_everything_again_under_the_same_seed(checkout: Path, tmp_path: Path) -> None:
    options = (f"--reports={tmp_path}", *SELECTION)
    first = run_in(checkout, *options, f"--max-requests={FEW}")
    assert "budget" in first.out
    seed = only_json(tmp_path, "selection")["run"]["seed"]
    second = run_in(checkout, *options, "--resume")
    assert second.code == 0, second.out
    matrix = only_json(tmp_path, "selection")
    assert matrix["run"]["seed"] == seed
    assert [row["id"] for row in matrix["rows"] if row["status"] == "untested"] == [NOT_ASKED]
    assert f"it is asked everything again, with seed {seed}" in second.out


def test_two_interrupted_models_must_be_told_apart(checkout: Path, tmp_path: Path) -> None:
    options = (f"--reports={tmp_path}", *SELECTION, "--max-requests=2")
    models = ("reference-1", "reference-1-mini")
    with embedded() as url:
        at = f"--endpoint={url}"
        at_once({model: lambda model=model: run_in(checkout, at, f"--model={model}", *options) for model in models})  # type: ignore[misc]
        ambiguous = run_in(checkout, at, *options, "--resume")
        named = run_in(checkout, at, *options, "--resume", f"--model={models[1]}")
    assert ambiguous.code == 4
    assert "name the model with --model: runs of reference-1, reference-1-mini" in ambiguous.errors[0]
    assert "exchanges are kept" in named.out
