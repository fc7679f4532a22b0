"""What the endpoint answers to a prompt beyond its context, to routes that it has not, and under which id."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from conformance.reference.app import create_app
from conformance.reference.faults import fail
from conformance.reference.transforms import Act, Transform, at_route, stamp_drop, stamp_put, stamp_rename

VERSION = {"anthropic-version": "2023-06-01"}


def client(*transforms: Transform, context: int = 50) -> TestClient:
    app = create_app(api_key=None, acts=[Act("r", "w", transforms)], context=context)
    return TestClient(app, headers=VERSION)


def ask(asked: TestClient, words: int, **fields: object) -> tuple[int, str]:
    turn = {"role": "user", "content": "word " * words}
    answer = asked.post("/v1/messages", json={"model": "reference-1", "max_tokens": 9, "messages": [turn], **fields})
    return answer.status_code, answer.text


def test_a_prompt_beyond_the_context_is_refused_in_the_official_words() -> None:
    assert ask(client(), 10)[0] == 200
    status, text = ask(client(), 400)
    assert status == 400
    assert "prompt is too long: " in text
    assert " tokens > 50 maximum" in text
    listed = client().get("/v1/models").json()["data"]
    assert {model["max_input_tokens"] for model in listed} == {50}


@pytest.mark.parametrize(("path", "status"), [("/v1/messages", 200), ("/v1/nowhere", 418), ("/v1/messages?x=1", 200)])
def test_a_fault_at_a_route_is_met_there_alone(path: str, status: int) -> None:
    asked = client(at_route("^/v1/(?!messages)", fail(418, "")))
    body = {"model": "reference-1", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    assert asked.post(path, json=body).status_code == status


def test_a_fault_that_names_no_route_is_met_at_messages_alone() -> None:
    asked = client(fail(418, ""))
    assert asked.post("/v1/messages", json={}).status_code == 418
    assert asked.get("/v1/messages").status_code == 405
    assert asked.get("/v1/nowhere").status_code == 404


def test_headers_of_an_answer_are_dropped_renamed_and_set() -> None:
    body = {"model": "reference-1", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    for bad in (False, True):
        sent = {} if bad else body
        assert "request-id" not in client(stamp_drop("request-id")).post("/v1/messages", json=sent).headers
        renamed = client(stamp_rename("request-id", "x-id")).post("/v1/messages", json=sent).headers
        assert renamed["x-id"].startswith("req_")
        assert "request-id" not in renamed
        put = client(stamp_put("request-id", "one")).post("/v1/messages", json=sent).headers
        assert put["request-id"] == "one"
