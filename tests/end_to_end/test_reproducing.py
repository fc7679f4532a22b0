"""The lines under the matrix work as they stand: the curl line in a shell, the pytest line beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.report.curl import CONTROL_ROLES
from tests.end_to_end.running import (
    KEY,
    KEY_VARIABLE,
    MODEL,
    Ended,
    environment,
    only_json,
    printed_line_in,
    rows_of,
    run_in,
)
from tests.end_to_end.servers import embedded

SELECTION = "tool_choice or above_one or metadata or container or search_result or document or cache_control"

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")


@contextmanager
def served_by_itself(*options: str) -> Iterator[str]:
    """`python -m conformance.reference` with a key to ask for; gives its address."""
    command = [sys.executable, "-m", "conformance.reference", "--port", "0", "--api-key-env", KEY_VARIABLE, *options]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as server:
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), url
            yield url
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def lax() -> Iterator[str]:
    """An endpoint with much to reproduce: it acts out a vendor that ignores a lot."""
    with served_by_itself("--act-as", "deepseek") as url:
        yield url


@pytest.fixture(scope="module")
def measured(checkout: Path, lax: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    reports = tmp_path_factory.mktemp("reports")
    options = (f"--endpoint={lax}", f"--reports={reports}", "-k", SELECTION, "--seed=5", "-p", "no:cacheprovider")
    return run_in(checkout, *options), reports


def status_by_curl(line: str, folder: Path, **variables: str) -> int:
    """Runs a curl line in a shell as it was printed; only the answer's status is wanted of it."""
    shell = {"PATH": os.environ["PATH"], **variables}
    command = f"{line} -o /dev/null -w '%{{http_code}}'"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env=shell, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0, (line, done.stderr)
    return int(done.stdout)


def found_status(row: dict[str, Any]) -> int | None:
    """The status of the exchange that a row is decided by, as its evidence says."""
    asked = [each for each in row["evidence"] if each["role"] not in CONTROL_ROLES] or row["evidence"]
    status: int | None = asked[0]["status"]
    return status


@needs_curl
def test_every_printed_curl_line_gets_the_status_that_the_row_was_decided_by(
    measured: tuple[Ended, Path], checkout: Path
) -> None:
    ended, reports = measured
    rows = rows_of(only_json(reports, "selection"))
    listed = ended.rows_with_commands()
    assert len(listed) >= 5, ended.out
    expected = {row: found_status(rows[row]) for row in listed}
    assert 400 in expected.values()
    lines = {row: ended.commands(row)[0] for row in listed}
    assert {row: status_by_curl(line, checkout, **{KEY_VARIABLE: KEY}) for row, line in lines.items()} == expected


@needs_curl
def test_some_of_the_bodies_are_too_long_for_a_line_and_lie_in_a_file(measured: tuple[Ended, Path]) -> None:
    ended, reports = measured
    lines = [ended.commands(row)[0] for row in ended.rows_with_commands()]
    files = [line.rpartition("@")[2].rstrip("'") for line in lines if str(reports) in line]
    assert files
    assert all(Path(file).is_file() for file in files)
    assert max(len(line) for line in lines) < 3000


@needs_curl
def test_a_curl_line_carries_the_key_only_as_the_variable(measured: tuple[Ended, Path], checkout: Path) -> None:
    ended, _ = measured
    curl, _ = ended.commands("tool_choice.string_form")
    assert KEY not in curl
    assert status_by_curl(curl, checkout, **{KEY_VARIABLE: "another-key"}) == 401


def test_the_pytest_line_reruns_the_row_on_the_same_endpoint_and_finds_the_same(
    measured: tuple[Ended, Path], checkout: Path, tmp_path: Path
) -> None:
    ended, reports = measured
    before = rows_of(only_json(reports, "selection"))["tool_choice.string_form"]
    _, line = ended.commands("tool_choice.string_form")
    again = printed_line_in(checkout, line, f"--reports={tmp_path}", "-p", "no:cacheprovider")
    (after,) = only_json(tmp_path, "selection")["rows"]
    assert {key: after[key] for key in ("id", "status", "note")} == {
        key: before[key] for key in ("id", "status", "note")
    }
    assert again.code == ended.code == 0


@pytest.fixture(scope="module")
def behind_a_gateway(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Path]]:
    """A run through a gateway that lets nobody pass without a header of its own, with a key of another name."""

    async def gateway(request: Request, body: bytes) -> Response | None:
        if request.headers.get("x-gateway") == "open":
            return None
        return JSONResponse({"message": "no way through"}, status_code=407)

    reports = tmp_path_factory.mktemp("gateway")
    with embedded(gateway, key="a-key-of-another-name") as url:
        ended = run_in(
            checkout,
            *(f"--endpoint={url}", f"--model={MODEL}", f"--reports={reports}", "-k", "string_form or metadata"),
            *("--auth=bearer", "--api-key-env=OTHER_KEY", "--header=x-gateway=GATEWAY"),
            *("--anthropic-version=2023-06-01", "-p", "no:cacheprovider"),
            OTHER_KEY="a-key-of-another-name",
            GATEWAY="open",
            **{KEY_VARIABLE: None},
        )
        assert ended.code == 0, ended.out
        yield ended, checkout


@needs_curl
def test_a_curl_line_carries_the_further_headers(behind_a_gateway: tuple[Ended, Path]) -> None:
    ended, checkout = behind_a_gateway
    curl, _ = ended.commands("tool_choice.string_form")
    assert "Authorization: Bearer $OTHER_KEY".lower() in curl.lower()
    assert status_by_curl(curl, checkout, OTHER_KEY="a-key-of-another-name", GATEWAY="open") == 400


def test_a_pytest_line_carries_the_auth_the_key_variable_and_the_further_headers(
    behind_a_gateway: tuple[Ended, Path], tmp_path: Path
) -> None:
    ended, checkout = behind_a_gateway
    _, line = ended.commands("tool_choice.string_form")
    assert "--auth=bearer" in line
    assert "--api-key-env=OTHER_KEY" in line
    keys = {"OTHER_KEY": "a-key-of-another-name", "GATEWAY": "open", KEY_VARIABLE: None}
    again = printed_line_in(checkout, line, f"--reports={tmp_path}", "-p", "no:cacheprovider", **keys)
    assert again.code == 0, again.out
