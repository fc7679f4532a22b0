"""`--plan` says what a run will cost and sends nothing; the run's own figures stand beside it afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.running import KEY_VARIABLE, MODEL, Ended, files_below, only_json, run_in
from tests.end_to_end.servers import Asked, embedded


def together(ended: Ended) -> list[int]:
    """Rows, requests, tokens in and tokens out."""
    found = re.search(r"^  together +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)$", ended.out, re.MULTILINE)
    assert found, ended.out
    return [int(figure.replace(",", "")) for figure in found.groups()]


@pytest.mark.parametrize("spread", [(), ("-p", "xdist", "-n", "2")])
def test_a_plan_sends_nothing_needs_no_key_and_writes_nothing(
    checkout: Path, tmp_path: Path, spread: tuple[str, ...]
) -> None:
    asked = Asked()
    with embedded(asked) as url:
        folders = (f"--reports={tmp_path / 'reports'}", f"--cassettes={tmp_path / 'cassettes'}", "--record")
        options = (f"--endpoint={url}", f"--model={MODEL}", "--plan", *folders, "-p", "no:cacheprovider")
        ended = run_in(checkout, *options, *spread, **{KEY_VARIABLE: None})
    assert ended.code == 0, ended.out
    assert asked.requests == []
    assert list(tmp_path.iterdir()) == []
    rows, requests, tokens_in, tokens_out = together(ended)
    assert rows == 142
    assert requests > rows
    assert tokens_in > tokens_out > 0


def test_a_run_asks_what_its_plan_says(checkout: Path, tmp_path: Path) -> None:
    asked = Asked()
    with embedded(asked) as url:
        options = (f"--endpoint={url}", f"--model={MODEL}", f"--reports={tmp_path}", "--seed=7", "-k", "tool_choice")
        plan = run_in(checkout, *options, "--plan", "-p", "no:cacheprovider")
        assert files_below(tmp_path) == {}
        ran = run_in(checkout, *options, "-p", "no:cacheprovider")
    rows, requests, tokens_in, tokens_out = together(plan)
    assert (rows, requests) == (7, len(asked.requests))
    run = only_json(tmp_path, "selection")["run"]
    expected = {"requests": requests, "input_tokens": tokens_in, "output_tokens": tokens_out}
    most = run["planned"].pop("most_requests")
    assert requests <= most
    assert run["planned"] == expected == {key: run[key] for key in expected}
    counts = f"requests {requests} of {requests} (at most {most:,}), tokens in {tokens_in:,} of {tokens_in:,}"
    said = f"asked, of what was planned: {counts}"
    assert said in ran.out


def test_a_profile_is_planned_with_its_rows_alone(checkout: Path, tmp_path: Path) -> None:
    ended = run_in(checkout, "--plan", "--profile=vision", f"--reports={tmp_path}", "-p", "no:cacheprovider")
    rows, requests, _, _ = together(ended)
    assert 0 < rows < requests < 142


def test_a_replay_has_no_plan(checkout: Path) -> None:
    ended = run_in(checkout, "--plan", "--replay")
    assert ended.code == 4
    assert ended.errors == ["ERROR: --plan and --replay exclude each other: a replay sends nothing"]


def test_a_cheap_run_leaves_out_what_needs_long_prompts(checkout: Path, tmp_path: Path) -> None:
    options = (f"--reports={tmp_path}", "-k", "cache or claude_code or fields.system", "-p", "no:cacheprovider")
    whole = run_in(checkout, "--plan", *options)
    assert "with prompts over" in whole.out
    ended = run_in(checkout, "--cheap", *options)
    assert ended.code == 0, ended.out
    written = only_json(tmp_path, "selection")
    assert [row["id"] for row in written["rows"]] == ["fields.system", "fields.system.array"]
    assert written["run"]["planned"]["input_tokens"] < 2_000 < together(whole)[2]
