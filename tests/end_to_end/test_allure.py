"""Allure results of real runs: ids that last from run to run, the evidence attached, and no key in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.end_to_end.running import KEY, MODEL, Ended, at_once, files_below, only_json, rows_of, run_in
from tests.end_to_end.servers import embedded

SELECTION = "top_k or stop_sequences or tool_choice or stream.order or errors.invalid_key"
ALLURE = ("-p", "allure_pytest.plugin")
BROKEN = "fields.top_k"


async def top_k_breaks(request: Request, body: bytes) -> Response | None:
    """Fails on one field, and says the key that it was sent."""
    if b'"top_k"' not in body:
        return None
    told = request.headers.get("x-api-key", "")
    return JSONResponse({"type": "error", "error": {"type": "api_error", "message": f"for {told}"}}, status_code=500)


@pytest.fixture(scope="module")
def runs(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Ended]]]:
    """Two runs of one endpoint with different seeds, the second spread over two workers."""
    folder = tmp_path_factory.mktemp("allure")
    provider = folder / "mine.toml"
    with embedded(top_k_breaks) as url:
        told = [
            'name = "mine"',
            'title = "Mine"',
            f'base_url = "{url}"',
            'auth = ["x-api-key"]',
            'api_key_env = "CONFORMANCE_API_KEY"',
        ]
        provider.write_text("\n".join([*told, f'[[models]]\nid = "{MODEL}"\n']), encoding="utf-8")

        def run(name: str, *options: str) -> Ended:
            words = [f"--provider={provider}", f"--reports={folder / name}", f"--alluredir={folder / name / 'allure'}"]
            return run_in(checkout, *words, *ALLURE, "-k", SELECTION, "-p", "no:cacheprovider", *options)

        yield (
            folder,
            at_once(
                {
                    "alone": lambda: run("alone", "--seed=3", "-vv", "--showlocals"),
                    "spread": lambda: run("spread", "--seed=4", "-p", "xdist", "-n", "2"),
                }
            ),
        )


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """The results by their row."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "allure").glob("*-result.json")]
    return {labels(each)["row"]: each for each in found}


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in result["labels"]}


def attachments(folder: Path, result: dict[str, Any]) -> dict[str, list[str]]:
    """What is attached to a result and to its steps, by name."""
    found: dict[str, list[str]] = {}
    for part in [result, *result["steps"]]:
        for each in part.get("attachments", ()):
            text = (folder / "allure" / each["source"]).read_text(encoding="utf-8")
            found.setdefault(each["name"], []).append(text)
    return found


def test_there_is_one_result_a_row_with_and_without_workers(runs: tuple[Path, dict[str, Ended]]) -> None:
    folder, ended = runs
    for name in ended:
        files = list((folder / name / "allure").glob("*-result.json"))
        rows = rows_of(only_json(folder / name, "selection"))
        assert results(folder / name).keys() == rows.keys(), ended[name].out
        assert len(files) == len(rows)


def test_a_rows_history_and_test_case_are_the_same_in_every_run(runs: tuple[Path, dict[str, Ended]]) -> None:
    folder, _ = runs
    alone, spread = results(folder / "alone"), results(folder / "spread")
    for field in ("historyId", "testCaseId", "fullName"):
        of_alone = {row: each[field] for row, each in alone.items()}
        assert of_alone == {row: each[field] for row, each in spread.items()}
        assert len(set(of_alone.values())) == len(of_alone)
    assert not any(each.get("parameters") for each in alone.values())


def test_a_row_is_labelled_by_provider_table_and_row(runs: tuple[Path, dict[str, Ended]]) -> None:
    folder, _ = runs
    told = labels(results(folder / "alone")["tool_choice.any"])
    expected = {
        "epic": "mine",
        "feature": "tool_choice",
        "story": "tool_choice.any",
        "model": MODEL,
        "status": "supported",
    }
    assert expected.items() <= told.items()
    assert told["severity"] == "critical"


def test_the_request_the_answer_and_curl_are_attached(runs: tuple[Path, dict[str, Ended]]) -> None:
    folder, _ = runs
    told = attachments(folder / "alone", results(folder / "alone")[BROKEN])
    assert any('"top_k"' in text and "x-api-key: <key>" in text for text in told["request"])
    assert any(text.startswith("HTTP 500\n") and "api_error" in text for text in told["response"])
    assert told["curl"][0].startswith("curl ")
    assert "$CONFORMANCE_API_KEY" in told["curl"][0]
    assert told["pytest"][0].startswith("pytest ")
    streamed = attachments(folder / "alone", results(folder / "alone")["stream.order"])
    assert any("event: message_start" in text and " s] " in text for text in streamed["transcript"])


def test_a_fault_of_the_endpoint_is_failed_and_says_what_the_terminal_says(runs: tuple[Path, dict[str, Ended]]) -> None:
    folder, ended = runs
    result = results(folder / "alone")[BROKEN]
    assert result["status"] == "failed"
    assert result["statusDetails"]["trace"].startswith(f"{BROKEN}: broken")
    assert ended["alone"].code == 1


def test_the_key_is_in_no_file(runs: tuple[Path, dict[str, Ended]]) -> None:
    folder, ended = runs
    files = files_below(folder)
    assert sum(name.endswith("attachment.txt") for name in files) > 50
    assert not [name for name, data in files.items() if KEY.encode() in data]
    assert not [name for name, each in ended.items() if KEY in each.out]
