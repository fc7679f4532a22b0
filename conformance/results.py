"""What a run comes to: each row's result as its test gives it, gathered and written down at the end."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.cassette import write_whole
from conformance.command_line import AUTHS, DEFAULT_KEY_VARIABLE
from conformance.judge import Judgement
from conformance.options import Target
from conformance.report import markdown, matrix
from conformance.report.curl import curl_line, needs_file
from conformance.report.result import costs, row_result, shown_request
from conformance.row import Row
from conformance.rows import ROWS
from conformance.status import Status, fell

SERVED_BY_HAND = "http://127.0.0.1:8080"
"""Where `python -m conformance.reference --port 8080` serves: the embedded endpoint of a run is gone after it."""

Payload = dict[str, Any]
"""One row's result on its way from the process that judged it to the one that reports: JSON throughout."""


def judged_row(judge: Callable[[Row, str], Judgement], row: Row, target: Target, node: str, url: str) -> Payload:
    """Judges a row and says what its test ends with: `failure` is None for a row that is no fault."""
    rerun = rerun_command(target, node)
    judgement = judge(row, rerun)
    result = row_result(judgement, target.claims)
    shown = shown_request(judgement)
    payload: Payload = {
        "result": result,
        "costs": costs(judgement),
        "dialect": judgement.dialect,
        "rerun": rerun,
        "curl": None,
        "body": None,
    }
    if shown is not None:
        long = needs_file(shown.request)
        payload["body"] = shown.request.body.decode("utf-8", "replace") if long else None
        file = str(request_file(target.folder(target.reports, model_of(shown.request.json, target)), row.id))
        where = SERVED_BY_HAND if target.embedded else url
        payload["curl"] = curl_line(shown.request, where, target.key_variable, file if long else None)
    payload["failure"] = failure_of(result, target.baseline, [payload["curl"], rerun])
    return payload


def model_of(body: Any, target: Target) -> str:
    return target.model or (str(body.get("model")) if isinstance(body, dict) else "unknown")


def request_file(folder: Path, row_id: str) -> Path:
    """Where a request's body lies that is too long for a command line."""
    return folder / "requests" / f"{row_id}.json"


def failure_of(result: Mapping[str, Any], baseline: Path | None, commands: Sequence[str | None]) -> str | None:
    """Why a row's test fails: broken, worse than its claim, or worse than the baseline."""
    faults = []
    if result["status"] == Status.BROKEN:
        faults.append("broken")
    if result["agreement"] == "worse":
        faults.append(f"documented as {result['claim']}, found {result['status']}")
    if baseline is not None:
        before = baseline_statuses(baseline).get(result["id"])
        if before is not None and fell(before, Status(result["status"])):
            faults.append(f"was {before} in {baseline}, is {result['status']}")
    if not faults:
        return None
    lines = [f"{result['id']}: {'; '.join(faults)}", f"  {result['title']}", f"  {result['note']}"]
    return "\n".join([*lines, *(f"  {command}" for command in commands if command)])


def baseline_statuses(path: Path) -> dict[str, Status]:
    """The statuses of an earlier matrix.json. Raises pytest.UsageError where the file is none."""
    try:
        return {row["id"]: Status(row["status"]) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise pytest.UsageError(f"--baseline={path}: not a matrix.json ({error})") from error


def rerun_command(target: Target, node: str) -> str:
    """The pytest line that measures one row again, with the same nonces."""
    words = ["pytest", node if node.startswith("conformance/") else f"--pyargs conformance.{node.rpartition('/')[2]}"]
    words[1] = shlex.quote(words[1]) if " " not in words[1] else words[1].replace(" ", " '", 1).replace(".py", "") + "'"
    if target.claims:
        words.append(f"--provider={target.provider}")
    if target.url and (target.claims is None or target.url != target.claims.base_url.rstrip("/")):
        words.append(shlex.quote(f"--endpoint={target.url}"))
    if target.model:
        words.append(shlex.quote(f"--model={target.model}"))
    if target.auth != (target.claims.auth[0] if target.claims else AUTHS[0]):
        words.append(f"--auth={target.auth}")
    if target.key_variable != (target.claims.api_key_env if target.claims else DEFAULT_KEY_VARIABLE):
        words.append(f"--api-key-env={target.key_variable}")
    return " ".join(words)


class Results:
    """Gathers the rows' results in the process that reports, and writes them down once."""

    def __init__(self, target: Target, selected: Sequence[str]) -> None:
        self.target = target
        self.selected = selected
        self.payloads: dict[str, Payload] = {}

    def add(self, payload: Payload) -> None:
        self.payloads[payload["result"]["id"]] = payload

    @property
    def measured_nothing(self) -> bool:
        """True when no row has evidence: such a run is never a success."""
        return all(each["result"]["status"] == Status.UNTESTED for each in self.payloads.values())

    def matrix(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The matrix of the run; `facts` are those of its cassettes."""
        dialect = next((each["dialect"] for each in self.payloads.values() if each["dialect"]), "")
        spent = {digest: cost for each in self.payloads.values() for digest, cost in each["costs"].items()}
        rows = [each["result"] for each in self.payloads.values()]
        return matrix.build({**facts, "dialect": dialect}, rows, spent, [row.id for row in ROWS])

    def write(self, built: Mapping[str, Any]) -> list[Path]:
        """Writes the matrix and gives the files. A run of some rows only is kept beside the whole one, which it must
        not replace. Raises OSError."""
        folder = self.target.folder(self.target.reports, built["endpoint"]["model"])
        stem = "matrix" if len(self.payloads) == len(ROWS) else "selection"
        written = [folder / f"{stem}.json", folder / f"{stem}.md"]
        write_whole(written[0], matrix.dump(built))
        write_whole(written[1], markdown.page(built))
        for row_id, payload in self.payloads.items():
            if payload["body"] is not None and payload["result"]["status"] != Status.SUPPORTED:
                write_whole(request_file(folder, row_id), payload["body"])
        return written

    def commands(self) -> Iterator[tuple[str, list[str]]]:
        """For every row, the lines that reproduce it."""
        for row_id, payload in self.payloads.items():
            yield row_id, [line for line in (payload["curl"], payload["rerun"]) if line]
