"""Server tools: only a result block shows that the endpoint ran one, and each flaw of it has its name."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.contrast import Message
from conformance.probing.detection import Detector
from conformance.protocol.status import Deviation
from conformance.rows.shared.server_tools import reported
from conformance.rows.tools.code_execution import look_at_execution
from conformance.rows.tools.tool_search import look_at_tool_search
from conformance.rows.tools.web import look_at_fetch, look_at_search
from tests.core.made_up import called, message

USE = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "x", "input": {}}
HIT = {"type": "web_search_result", "url": "https://a.example/", "title": "A", "encrypted_content": "c"}
FETCHED = {
    "type": "web_fetch_result",
    "url": "https://a.example/",
    "content": {"type": "document"},
    "retrieved_at": "2026-01-02T03:04:05Z",
}
DIGEST = "0a1b2c"
BOX = {"id": "container_1", "expires_at": "2026-01-02T03:04:05Z"}


def counts(**given: Any) -> dict[str, Any]:
    return {"input_tokens": 1, "output_tokens": 1, "server_tool_use": given}


def left(kind: str, content: Any, *, use: bool = True, owner: str = "srvtoolu_1", **fields: Any) -> dict[str, Any]:
    """An answer that holds a result of this type."""
    result = {"type": kind, "tool_use_id": owner, "content": content}
    return message(content=[*([USE] if use else []), result], **fields)


def failed(kind: str, code: str = "unavailable") -> dict[str, Any]:
    return left(kind, {"type": f"{kind}_error", "error_code": code})


SEARCH, FETCH, CODE = "web_search_tool_result", "web_fetch_tool_result", "bash_code_execution_tool_result"
SEARCHED, READ = counts(web_search_requests=1), counts(web_fetch_requests=1)
CLEAN, INCOMPLETE, UNREPORTED = None, Deviation.INCOMPLETE, Deviation.UNREPORTED


def judged(detect: Detector, answer: Message) -> Any:
    """The deviation where it is seen, None for none; else whether it could not have been seen."""
    detection = detect(answer)
    assert detection.note or detection.missed or (detection.seen and detection.deviation is None)
    return detection.deviation if detection.seen else ("void" if detection.void else "absent")


@pytest.mark.parametrize(
    ("answer", "due"),
    [
        pytest.param(left(SEARCH, [HIT], usage=SEARCHED), CLEAN, id="pages"),
        pytest.param(left(SEARCH, [HIT]), UNREPORTED, id="uncounted"),
        pytest.param(left(SEARCH, [HIT], usage=counts(web_search_requests=0)), UNREPORTED, id="counted as none"),
        pytest.param(left(SEARCH, [HIT], use=False, usage=SEARCHED), INCOMPLETE, id="no use"),
        pytest.param(left(SEARCH, [HIT], owner="y", usage=SEARCHED), INCOMPLETE, id="of another use"),
        pytest.param(left(SEARCH, [{**HIT, "encrypted_content": ""}]), INCOMPLETE, id="nothing to send back"),
        pytest.param(left(SEARCH, [5]), INCOMPLETE, id="numbers for pages"),
        pytest.param(left(SEARCH, []), INCOMPLETE, id="no page"),
        pytest.param(left(SEARCH, "text"), INCOMPLETE, id="text"),
        pytest.param(left(SEARCH, None), INCOMPLETE, id="null"),
        pytest.param(failed(SEARCH), INCOMPLETE, id="an error"),
        pytest.param(failed(SEARCH, "too_many_requests"), "void", id="asked too often"),
        pytest.param(message("done", usage=SEARCHED), UNREPORTED, id="counted and not shown"),
        pytest.param(message("done"), "absent", id="words"),
        pytest.param(called("web_search"), "absent", id="handed to the client"),
        pytest.param({**called("web_search"), "usage": SEARCHED}, "absent", id="handed to the client, and counted"),
        pytest.param(message(content=[USE]), "absent", id="no result"),
        pytest.param(message(content=[USE], stop_reason="pause_turn"), "void", id="paused"),
        pytest.param({**message(), "content": "x"}, "absent", id="no blocks"),
    ],
)
def test_a_search_is_seen_in_its_pages(answer: Message, due: Any) -> None:
    assert judged(look_at_search, answer) == due


@pytest.mark.parametrize(
    ("answer", "due"),
    [
        pytest.param(left(FETCH, FETCHED, usage=READ), CLEAN, id="a page"),
        pytest.param(left(FETCH, FETCHED), UNREPORTED, id="uncounted"),
        pytest.param(left(FETCH, {**FETCHED, "retrieved_at": None}, usage=READ), INCOMPLETE, id="no time"),
        pytest.param(left(FETCH, {**FETCHED, "content": "text"}, usage=READ), INCOMPLETE, id="no document"),
        pytest.param(left(FETCH, [FETCHED], usage=READ), INCOMPLETE, id="a list"),
        pytest.param(failed(FETCH, "url_not_accessible"), INCOMPLETE, id="an error"),
        pytest.param(called("web_fetch"), "absent", id="handed to the client"),
    ],
)
def test_a_fetch_is_seen_in_its_document(answer: Message, due: Any) -> None:
    assert judged(look_at_fetch, answer) == due


RAN = {"type": "bash_code_execution_result", "stdout": f"{DIGEST}\n"}


@pytest.mark.parametrize(
    ("answer", "due"),
    [
        pytest.param(left(CODE, RAN, container=BOX), CLEAN, id="printed"),
        pytest.param(left("code_execution_tool_result", RAN, container=BOX), CLEAN, id="printed, the early form"),
        pytest.param(left(CODE, RAN), UNREPORTED, id="no container"),
        pytest.param(left(CODE, RAN, container="container_1"), UNREPORTED, id="a container as text"),
        pytest.param(left(CODE, RAN, container=BOX, owner="y"), INCOMPLETE, id="of another use"),
        pytest.param(message(f"It is {DIGEST}."), UNREPORTED, id="said, and no block"),
        pytest.param(left(CODE, {**RAN, "stdout": "7"}, container=BOX), "void", id="something else is printed"),
        pytest.param(failed(CODE), INCOMPLETE, id="an error"),
        pytest.param(failed(CODE, "too_many_requests"), "void", id="asked too often"),
        pytest.param(message("It is 7."), "absent", id="a guess"),
        pytest.param(called("code_execution"), "absent", id="handed to the client"),
    ],
)
def test_code_is_seen_in_what_nobody_can_guess(answer: Message, due: Any) -> None:
    assert judged(look_at_execution(DIGEST), answer) == due


FOUND = {"type": "tool_search_tool_search_result", "tool_references": [{"type": "tool_reference", "tool_name": "far"}]}
RESULT = "tool_search_tool_result"


@pytest.mark.parametrize(
    ("answer", "due"),
    [
        pytest.param(left(RESULT, FOUND), CLEAN, id="found"),
        pytest.param(left(RESULT, FOUND, stop_reason="tool_use"), INCOMPLETE, id="its call is swallowed"),
        pytest.param(left(RESULT, {**FOUND, "tool_references": []}), INCOMPLETE, id="not found"),
        pytest.param(left(RESULT, {**FOUND, "tool_references": "far"}), INCOMPLETE, id="references as text"),
        pytest.param(failed(RESULT), INCOMPLETE, id="an error"),
        pytest.param(called("far"), "absent", id="called without a search"),
        pytest.param(called("search"), "absent", id="handed to the client"),
    ],
)
def test_a_tool_search_is_seen_in_its_references(answer: Message, due: Any) -> None:
    assert judged(look_at_tool_search("search", "far"), answer) == due


@pytest.mark.parametrize("usage", [None, [], {"server_tool_use": None}, {"server_tool_use": {"a": "1"}}])
def test_a_count_that_is_none_is_zero(usage: Any) -> None:
    assert reported({"usage": usage}, "a") == 0
