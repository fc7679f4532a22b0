"""What a row's test shows in Allure: labels, the evidence as attachments, and ids that stay the same from run to run.

allure-pytest derives its ids from the test function and the parameters' `repr`, so that all rows of a table would be
one test case, and the folder in which the suite is installed a part of its name. Here a row's id is its test case, and
provider, model and row its history.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

import allure
import allure_commons
from allure_commons.model2 import TestResult

from conformance.evidence.run_info import RunInfo
from conformance.measure.judge import Evidence, Judgement
from conformance.probing.row import Row
from conformance.protocol.exchange import Exchange, one_line, read_json
from conformance.pytest_plugin.results import Payload
from conformance.report.curl import CONTROL_ROLES
from conformance.report.markdown import cell

MOST_EXCHANGES = 8
LARGEST = 64 * 1024
"""Bytes of one attachment: what is longer is in the cassette."""

ROW, PROVIDER, MODEL = "row", "provider", "model"
SEVERITIES = {
    "MUST": allure.severity_level.CRITICAL,
    "SHOULD": allure.severity_level.NORMAL,
    "MAY": allure.severity_level.MINOR,
}


def show(row: Row, judgement: Judgement, payload: Payload, info: RunInfo) -> None:
    """Describes the test that is running. Everything that is attached was redacted by the wire."""
    _keep_ids()
    result = payload.result
    provider, model = one_line(info.provider), one_line(info.model)
    allure.dynamic.title(f"{row.id}: {row.title}")
    allure.dynamic.description(cell(result.note))  # Allure renders Markdown
    allure.dynamic.epic(provider)
    allure.dynamic.feature(row.table)
    allure.dynamic.story(row.id)
    allure.dynamic.parent_suite(provider)
    allure.dynamic.suite(model)
    allure.dynamic.sub_suite(row.table)
    allure.dynamic.severity(SEVERITIES[row.level])
    allure.dynamic.tag(result.status.value)
    allure.dynamic.link(row.source, name="documentation")
    for name, value in ((ROW, row.id), (PROVIDER, provider), (MODEL, model)):
        allure.dynamic.label(name, value)
    for name, word in (
        ("status", result.status),
        ("deviation", result.deviation),
        ("reason", result.reason),
        ("claim", result.claim),
        ("agreement", result.agreement),
    ):
        allure.dynamic.label(name, str(word or "none"))
    for evidence in telling(judgement):
        with allure.step(step_title(evidence)):
            allure.attach(request_text(evidence.exchange), "request", allure.attachment_type.TEXT)
            name = "transcript" if evidence.exchange.is_event_stream else "response"
            allure.attach(answer_text(evidence.exchange), name, allure.attachment_type.TEXT)
    for name, command in (("curl", payload.curl), ("pytest", payload.rerun)):
        if command:
            allure.attach(clipped(command), name, allure.attachment_type.TEXT)


def telling(judgement: Judgement) -> list[Evidence]:
    """The exchanges to show: each once, controls last, in the order of asking else."""
    once: dict[str, Evidence] = {}
    for each in judgement.evidence:
        once.setdefault(each.exchange.request.digest, each)
    return sorted(once.values(), key=lambda each: each.role in CONTROL_ROLES)[:MOST_EXCHANGES]


def step_title(evidence: Evidence) -> str:
    """A step's name says the same in every run: no time, no id in it."""
    exchange = evidence.exchange
    answered = f"HTTP {exchange.status}" if exchange.status is not None else "no answer"
    return one_line(f"{evidence.role}: {exchange.request.method} {exchange.request.path}: {answered}")


def request_text(exchange: Exchange) -> str:
    """What was asked; the key is a placeholder."""
    request = exchange.request
    head = [f"{request.method} {request.path}", *(f"{name}: {value}" for name, value in request.headers.items())]
    return clipped("\n".join([*head, "", _body(request.body)]))


def answer_text(exchange: Exchange) -> str:
    """What came back: of a stream each piece with the second in which it arrived."""
    status = f"HTTP {exchange.status}" if exchange.status is not None else "no answer"
    head = [status, *(f"{name}: {value}" for name, value in exchange.headers.items())]
    if exchange.failure is not None:
        head.append(f"ended early: {exchange.failure}")
    if not exchange.is_event_stream:
        return clipped("\n".join([*head, "", _body(exchange.body)]))
    pieces = (f"[{seconds:.3f} s] {data.decode('utf-8', 'replace')}" for seconds, data in exchange.chunks)
    return clipped("\n".join([*head, "", *pieces]))


def clipped(text: str) -> str:
    """Text of bounded size; what is cut off is said."""
    data = text.encode("utf-8", "replace")
    if len(data) <= LARGEST:
        return data.decode("utf-8")
    return f"{data[:LARGEST].decode('utf-8', 'ignore')}\n… {len(data) - LARGEST} bytes more: see the row's cassette"


def _body(body: bytes) -> str:
    value = read_json(body)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, indent=1)
    return body.decode("utf-8", "replace")


@cache
def _keep_ids() -> None:
    """Once a process: what allure-pytest is about to write goes through `StableIds` first."""
    allure_commons.plugin_manager.register(StableIds(), "conformance-stable-ids")


class StableIds:
    """Gives rows their ids on the way to the file. Results of other tests pass as they are."""

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: TestResult) -> None:
        labels = {label.name: label.value for label in result.labels}
        if not {ROW, PROVIDER, MODEL} <= labels.keys():
            return
        row, provider, model = labels[ROW], labels[PROVIDER], labels[MODEL]
        result.testCaseId = _id(row)
        result.historyId = _id(row, provider, model)
        result.fullName = f"conformance.{row}"
        # The parameter repeats the row, by its repr.
        result.parameters = [each for each in result.parameters if each.name != ROW]


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
