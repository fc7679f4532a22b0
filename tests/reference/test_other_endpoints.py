"""The endpoints beside Messages: models, batches, files, and how acts reach them."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from conformance.reference import faults
from conformance.reference.app import create_app
from conformance.reference.transforms import (
    Act,
    Transform,
    answer_estimate,
    answer_put,
    at_route,
    elsewhere,
    error_reshape,
)
from tests.reference.calling import HEADERS, KEY, Json, fresh, request_of, send, text_of

COUNT = "/v1/messages/count_tokens"
BATCHES = "/v1/messages/batches"
MODELS = "/v1/models"


def get(app: Starlette, path: str) -> httpx2.Response:
    return send(app, path=path, method="GET")


def acting(*transforms: Transform) -> Starlette:
    return create_app(api_key=KEY, acts=[Act("x", "x", transforms)])


def error_of(response: httpx2.Response) -> tuple[int, str, str]:
    error = response.json()["error"]
    return response.status_code, error["type"], error["message"]


def test_models_are_listed_in_pages() -> None:
    app = fresh()
    whole = get(app, MODELS).json()
    first, second = (each["id"] for each in whole["data"])
    assert (whole["has_more"], whole["first_id"], whole["last_id"]) == (False, first, second)
    page = get(app, f"{MODELS}?limit=1").json()
    assert ([each["id"] for each in page["data"]], page["has_more"]) == ([first], True)
    after = get(app, f"{MODELS}?limit=1&after_id={first}").json()
    assert ([each["id"] for each in after["data"]], after["has_more"]) == ([second], False)
    assert [each["id"] for each in get(app, f"{MODELS}?before_id={second}").json()["data"]] == [first]
    assert get(app, f"{MODELS}?limit=0").status_code == 400


def test_a_model_that_does_not_exist() -> None:
    assert get(fresh(), f"{MODELS}/reference-1").json()["display_name"] == "Reference 1"
    assert error_of(get(fresh(), f"{MODELS}/nope")) == (404, "not_found_error", "model: nope")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "requests: Field required"),
        ([], "requests: Field required"),
        ({"requests": [], "zz": 1}, "zz: Extra inputs are not permitted"),
        ({"requests": {}}, "requests: Input should be a valid array"),
        ({"requests": []}, "requests: List should have between 1 and 100000 items, not 0"),
        ({"requests": [{"custom_id": "a"}]}, "requests.0.params: Field required"),
        ({"requests": ["a"]}, "requests.0.custom_id: Field required"),
        ({"requests": [{"custom_id": "a b", "params": {}}]}, "requests.0.custom_id: String should match pattern"),
        ({"requests": [{"custom_id": "a", "params": 5}]}, "requests.0.params: Input should be an object"),
        ({"requests": [{"custom_id": "a", "params": {}}] * 2}, "requests: custom_id must be unique"),
    ],
)
def test_a_batch_that_is_none_is_refused(body: Any, words: str) -> None:
    status, kind, message = error_of(send(fresh(), body, path=BATCHES))
    assert (status, kind) == (400, "invalid_request_error")
    assert message.startswith(words)


def test_a_batch_is_worked_off_and_its_results_are_read() -> None:
    app = fresh()
    wanted = [
        {"custom_id": "good", "params": request_of("Reply with exactly: harbour")},
        {"custom_id": "bad", "params": {"model": "reference-1"}},
    ]
    batch = send(app, {"requests": wanted}, path=BATCHES).json()
    assert (batch["type"], batch["processing_status"]) == ("message_batch", "ended")
    assert {key: count for key, count in batch["request_counts"].items() if count} == {"succeeded": 1, "errored": 1}
    assert get(app, f"{BATCHES}/{batch['id']}").json() == batch
    assert get(app, f"{BATCHES}?limit=1").json()["data"] == [batch]
    good, bad = map(json.loads, get(app, batch["results_url"]).text.splitlines())
    assert (good["custom_id"], text_of(good["result"]["message"])) == ("good", "harbour")
    assert bad["result"]["error"]["error"]["type"] == "invalid_request_error"


def test_a_batch_that_does_not_exist() -> None:
    for path in (f"{BATCHES}/msgbatch_x", f"{BATCHES}/msgbatch_x/results"):
        status, kind, _ = error_of(get(fresh(), path))
        assert (status, kind) == (404, "not_found_error")


def upload(app: Starlette, part: str = 'name="file"; filename="a.txt"', kind: str = "multipart/form-data") -> Any:
    content = f"--b\r\ncontent-disposition: form-data; {part}\r\ncontent-type: text/plain\r\n\r\nA boat.\r\n--b--\r\n"
    headers = {**HEADERS, "content-type": f"{kind}; boundary=b"}
    return send(app, path="/v1/files", headers=headers, content=content.encode())


def test_a_file_is_kept_until_it_is_deleted() -> None:
    app = fresh()
    kept = upload(app).json()
    shown = {key: kept[key] for key in ("type", "filename", "mime_type", "size_bytes", "downloadable")}
    assert shown == {
        "type": "file",
        "filename": "a.txt",
        "mime_type": "text/plain",
        "size_bytes": 7,
        "downloadable": False,
    }
    path = f"/v1/files/{kept['id']}"
    assert get(app, path).json() == kept
    assert get(app, "/v1/files").json()["data"] == [kept]
    assert get(app, f"{path}/content").status_code == 400
    assert send(app, path=path, method="DELETE").json() == {"id": kept["id"], "type": "file_deleted"}
    assert error_of(get(app, path)) == (404, "not_found_error", f"File not found: {kept['id']}")


@pytest.mark.parametrize(
    ("part", "kind", "words"),
    [
        ('name="file"; filename="a.txt"', "application/json", "Content-Type must be multipart/form-data"),
        ('name="other"; filename="a.txt"', "multipart/form-data", "file: Field required"),
        ('name="file"', "multipart/form-data", "file: filename must be"),
        ('name="file"; filename="a:b"', "multipart/form-data", "file: filename must be"),
    ],
)
def test_a_file_that_is_none_is_refused(part: str, kind: str, words: str) -> None:
    status, _, message = error_of(upload(fresh(), part, kind))
    assert (status, message.startswith(words)) == (400, True)


@pytest.mark.parametrize("path", [MODELS, f"{MODELS}/reference-1", BATCHES, "/v1/files", "/v1/files/x"])
def test_every_endpoint_asks_for_the_key(path: str) -> None:
    assert send(fresh(), path=path, method="GET", headers={"anthropic-version": "2023-06-01"}).status_code == 401


def statuses(app: Starlette) -> dict[str, int]:
    body: Json = request_of("hi")
    del body["max_tokens"]
    return {
        "message": send(app, request_of("hi")).status_code,
        "message with a query": send(app, request_of("hi"), path="/v1/messages?beta=true").status_code,
        "count": send(app, body, path=COUNT).status_code,
        "list": get(app, MODELS).status_code,
        "nowhere": get(app, "/v1/nowhere").status_code,
    }


FINE = {"message": 200, "message with a query": 200, "count": 200, "list": 200, "nowhere": 404}


def test_a_fault_that_names_no_path_is_met_by_messages_alone() -> None:
    app = acting(faults.fail(500, ""))
    assert statuses(app) == {**FINE, "message": 500, "message with a query": 500}


@pytest.mark.parametrize(
    ("pattern", "met"),
    [
        ("/count_tokens", ["count"]),
        (r"^/v1/messages\?", ["message with a query"]),
        ("^/v1/(models|nowhere)$", ["list", "nowhere"]),
    ],
)
def test_a_fault_is_met_at_the_path_that_it_names(pattern: str, met: list[str]) -> None:
    app = acting(at_route(pattern, faults.fail(503, "")))
    assert statuses(app) == {**FINE, **dict.fromkeys(met, 503)}


def test_a_condition_of_messages_does_not_reshape_other_errors() -> None:
    shape = {"detail": "$message"}
    assert "error" in get(acting(error_reshape(shape, unless="max_tokens")), "/v1/nowhere").json()
    assert get(acting(error_reshape(shape)), "/v1/nowhere").json() == {"detail": "Not Found"}


def test_answers_elsewhere_are_changed_where_their_path_is_named() -> None:
    app = acting(elsewhere("/count_tokens", answer_put("input_tokens", 7)))
    body: Json = request_of("hi")
    del body["max_tokens"]
    assert send(app, body, path=COUNT).json() == {"input_tokens": 7}
    assert send(app, request_of("hi")).json()["usage"]["input_tokens"] != 7
    estimated = send(acting(elsewhere("", answer_estimate("input_tokens", 4))), body, path=COUNT).json()
    assert estimated == {"input_tokens": len(json.dumps(body)) // 4}
