"""What a row's test ends with: its status against its claim and its baseline, and the exit code that follows."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.end_to_end.running import MODEL, Ended, only_json, rows_of, run_in
from tests.end_to_end.servers import embedded

CLAIMED = {
    "fields.system": "supported",
    "fields.top_k": "unsupported",
    "fields.top_p": "supported",
    "fields.temperature.above_one": "supported",
    "tool_choice.string_form": "unsupported",
    "fields.metadata": "ignored",
}
EXPECTED = {
    "fields.metadata": ("accepted", "ignored", "agrees"),
    "fields.stop_sequences": ("supported", None, "undeclared"),
    "fields.system": ("supported", "supported", "agrees"),
    "fields.system.array": ("supported", None, "undeclared"),
    "fields.temperature.above_one": ("rejected", "supported", "worse"),
    "fields.top_k": ("supported", "unsupported", "better"),
    "fields.top_p": ("untested", "supported", "unknown"),
    "tool_choice.string_form": ("rejected", "unsupported", "agrees"),
}
OUTCOMES = {"worse": "FAILED", "better": "PASSED", "agrees": "PASSED", "undeclared": "PASSED", "unknown": "SKIPPED"}
FIELDS = "metadata or stop_sequences or system or above_one or top_k or (top_p and not temperature)"
SELECTION = f"string_form or fields and not cache_control and ({FIELDS})"


async def no_time_for_top_p(request: Request, body: bytes) -> Response | None:
    if b'"top_p"' not in body:
        return None
    error = {"type": "rate_limit_error", "message": "not now"}
    return JSONResponse({"type": "error", "error": error}, status_code=429)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The embedded endpoint, but for one field on which it is over its rate limit."""
    with embedded(no_time_for_top_p) as url:
        yield url


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vendor of our own, in a file outside the package."""
    lines = [
        'name = "mine"',
        'title = "Mine"',
        'base_url = "http://127.0.0.1:1"',
        'auth = ["x-api-key"]',
        'api_key_env = "CONFORMANCE_API_KEY"',
        f'models = [{{ id = "{MODEL}" }}]',
        'documents = [{ id = "page", title = "A page" }]',
    ]
    for row, word in CLAIMED.items():
        lines += ["[[claims]]", f'row = "{row}"', f'status = "{word}"', 'quote = "said so"', 'document = "page"']
    path = tmp_path_factory.mktemp("claims") / "mine.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def measure(checkout: Path, endpoint: str, reports: Path, *options: str) -> Ended:
    fixed = (f"--endpoint={endpoint}", f"--model={MODEL}", f"--reports={reports}", "--patience=0", "--seed=5")
    return run_in(checkout, *fixed, "-p", "no:cacheprovider", *options)


@pytest.fixture(scope="module")
def compared(
    checkout: Path, endpoint: str, claims: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ended, Path]:
    reports = tmp_path_factory.mktemp("compared")
    junit = f"--junitxml={reports / 'junit.xml'}"
    return measure(checkout, endpoint, reports, f"--provider={claims}", "-k", SELECTION, "-v", junit), reports


def test_a_run_with_a_row_that_is_worse_than_its_claim_ends_with_1(compared: tuple[Ended, Path]) -> None:
    ended, _ = compared
    assert ended.code == 1, ended.out


def test_each_status_is_compared_with_its_claim(compared: tuple[Ended, Path]) -> None:
    rows = rows_of(only_json(compared[1], "selection"))
    found = {name: (row["status"], row["claim"], row["agreement"]) for name, row in rows.items()}
    assert found == EXPECTED


@pytest.mark.parametrize("row", EXPECTED)
def test_worse_fails_better_and_agreeing_pass_and_untested_skips(compared: tuple[Ended, Path], row: str) -> None:
    found = re.search(rf"\[{re.escape(row)}\] (FAILED|PASSED|SKIPPED)", compared[0].out)
    assert found, compared[0].out
    assert found[1] == OUTCOMES[EXPECTED[row][2]]


def test_the_failure_says_claim_status_and_both_commands(compared: tuple[Ended, Path]) -> None:
    failures = compared[0].out.partition("= FAILURES =")[2].partition("mine: reference-1")[0]
    assert "fields.temperature.above_one: documented as supported, found rejected" in failures
    assert "\n  curl -sS " in failures
    assert "\n  pytest " in failures
    assert "Traceback" not in failures
    assert "judge_row" not in failures


def test_what_differs_comes_first_and_the_worse_of_it_before_the_better(compared: tuple[Ended, Path]) -> None:
    shown = compared[0].out.partition("mine: reference-1")[2]
    differing, _, tables = shown.partition("\nsimple_fields\n")
    lines = [line for line in differing.splitlines() if "fields." in line]
    assert "differs from what is documented" in differing
    assert [re.split(r"\s+", line.strip())[1:4] for line in lines] == [
        ["rejected", "fields.temperature.above_one", "supported:"],
        ["supported", "fields.top_k", "unsupported:"],
    ]
    assert "worse" in lines[0]
    assert "better" in lines[1]
    assert "fields.top_k" in tables


def test_the_page_begins_with_what_differs_too(compared: tuple[Ended, Path]) -> None:
    (page,) = compared[1].rglob("selection.md")
    text = page.read_text(encoding="utf-8")
    assert text.index("## Differs from what is documented") < text.index("## simple_fields")


def test_junit_holds_claim_and_agreement(compared: tuple[Ended, Path]) -> None:
    found = {}
    for case in ElementTree.parse(compared[1] / "junit.xml").getroot().iter("testcase"):
        row = case.attrib["name"].partition("[")[2].removesuffix("]")
        properties = {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
        found[row] = (properties["status"], properties["claim"] or None, properties["agreement"])
    assert found == EXPECTED


def test_a_provider_file_of_ones_own_is_named_by_its_path_in_the_pytest_line(
    compared: tuple[Ended, Path], claims: Path
) -> None:
    _, line = compared[0].commands("fields.temperature.above_one")
    assert f"--provider={claims}" in line


def with_status(matrix: dict[str, Any], row: str, status: str, path: Path) -> Path:
    """A matrix in which one row had another status."""
    rows = [{**each, "status": status} if each["id"] == row else each for each in matrix["rows"]]
    path.write_text(json.dumps({**matrix, "rows": rows}), encoding="utf-8")
    return path


def test_a_fall_below_the_baseline_fails(
    checkout: Path, endpoint: str, compared: tuple[Ended, Path], tmp_path: Path
) -> None:
    row = "tool_choice.string_form"
    baseline = with_status(only_json(compared[1], "selection"), row, "partial", tmp_path / "before.json")
    ended = measure(checkout, endpoint, tmp_path / "now", f"--baseline={baseline}", "-k", "string_form or top_k")
    assert ended.code == 1, ended.out
    assert f"{row}: was partial in {baseline}, is rejected" in ended.out
    assert "1 failed, 1 passed" in ended.out


def test_no_fall_below_the_baseline_passes_even_where_untested(
    checkout: Path, endpoint: str, compared: tuple[Ended, Path], tmp_path: Path
) -> None:
    baseline = with_status(only_json(compared[1], "selection"), "fields.top_p", "supported", tmp_path / "before.json")
    ended = measure(checkout, endpoint, tmp_path / "now", f"--baseline={baseline}", "-k", SELECTION)
    assert ended.code == 0, ended.out
    assert "7 passed, 1 skipped" in ended.out


def test_a_run_in_which_every_row_is_untested_is_no_success(checkout: Path, endpoint: str, tmp_path: Path) -> None:
    ended = measure(checkout, endpoint, tmp_path, "-k", "top_p and not temperature", "-rs")
    assert "1 skipped" in ended.out
    assert ended.code == 1, ended.out
    assert "rate_limited" in ended.out
    (row,) = only_json(tmp_path, "selection")["rows"]
    assert (row["status"], row["reason"]) == ("untested", "rate_limited")
