"""Paths, transforms, and the acts that are made of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.reference import paths, stages, transforms
from conformance.reference.acts import ACTS, acts_for, words_for
from conformance.reference.app import create_app
from tests.reference.calling import (
    HEADERS,
    KEY,
    PING,
    WEATHER,
    Json,
    answer_to,
    calls_in,
    fresh,
    plain_document,
    refusal_of,
    request_of,
    say,
    send,
    square,
    text_block,
    text_of,
)

BODY: Json = {
    "tool_choice": {"type": "any"},
    "messages": [
        {"role": "user", "content": "plain"},
        {"role": "user", "content": [{"type": "image", "n": 1}, {"type": "text", "text": "x", "n": 2}]},
    ],
}


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("tool_choice", [("tool_choice",)]),
        ("tool_choice[type=any].type", [("tool_choice", "type")]),
        ("tool_choice[type=tool]", []),
        ("messages[*].content[type=image]", [("messages", 1, "content", 0)]),
        ("messages[*].content[type!=image].n", [("messages", 1, "content", 1, "n")]),
        ("messages[*].content[text]", [("messages", 1, "content", 1)]),
        ("messages[role=system]", []),
        ("messages[1][role=user]", [("messages", 1)]),
        ("messages[2]", []),
        ("nothing.here", []),
    ],
)
def test_find(path: str, places: list[Any]) -> None:
    assert paths.find(BODY, path) == places


@pytest.mark.parametrize("path", ["", "a..b", "a[", "a]b"])
def test_a_path_must_be_one(path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        paths.parse_path(path)


def changed(body: Json, *steps: transforms.Transform) -> Any:
    return stages.apply_request(steps, body, {})


def test_request_transforms() -> None:
    body = {"a": {"b": 5}, "c": [{"type": "x"}, {"type": "y"}], "s": "auto"}
    assert changed(body, transforms.drop("a.b")) == {**body, "a": {}}
    assert changed(body, transforms.drop("c[type=x]"))["c"] == [{"type": "y"}]
    assert changed(body, transforms.put("a.b", 1), transforms.put("a.z", 1))["a"] == {"b": 1}
    assert changed(body, transforms.default("a.b", 1), transforms.default("a.z", 1))["a"] == {"b": 5, "z": 1}
    assert changed(body, transforms.clamp("a.b", 0, 1))["a"] == {"b": 1}
    assert changed(body, transforms.wrap_string("s", "type"))["s"] == {"type": "auto"}
    assert changed(body, transforms.keep_first("c"))["c"] == [{"type": "x"}]
    assert body == {"a": {"b": 5}, "c": [{"type": "x"}, {"type": "y"}], "s": "auto"}


def test_answer_transforms() -> None:
    message = {"stop_reason": "end_turn", "content": [{"type": "thinking", "signature": "s"}]}
    steps = (
        transforms.answer_put("stop_reason", "x", {"stop_reason": "max_tokens"}),
        transforms.answer_drop("content[type=thinking].signature"),
    )
    assert stages.apply_answer(steps, message, {}) == {"stop_reason": "end_turn", "content": [{"type": "thinking"}]}


def test_a_text_can_be_wrapped_and_begun_with_what_was_sent() -> None:
    message = {"content": [{"type": "text", "text": "b"}]}
    steps = (
        transforms.answer_wrap("content[type=text].text", "<", ">"),
        transforms.answer_prepend("content[type=text].text", "first"),
    )
    assert stages.apply_answer(steps, message, {"first": "a"})["content"][0]["text"] == "a<b>"


def test_unknown_fields_can_be_dropped_and_acted_on() -> None:
    body = {"model": "m", "zz_new": 1}
    assert changed(body, transforms.drop_unknown()) == {"model": "m"}
    assert stages.sent_with({}, body)[transforms.UNKNOWN] == ["zz_new"]
    assert transforms.UNKNOWN not in stages.sent_with({}, {"model": "m"})


def test_a_model_that_always_thinks_can_be_silenced() -> None:
    app = create_app(api_key=KEY, temper="always_thinks")
    kinds = [
        [block["type"] for block in send(app, request_of("hi", **thinking)).json()["content"]]
        for thinking in ({}, {"thinking": {"type": "disabled"}})
    ]
    assert kinds == [["thinking", "text"], ["text"]]


def test_errors_can_be_reshaped() -> None:
    act = transforms.Act("errors.envelope", "partial", (transforms.error_reshape({"error": {"message": "$message"}}),))
    response = send(create_app(api_key=None, acts=[act]), {})
    assert (
        response.json() == {"error": {"message": "anthropic-version: header is required"}} or "error" in response.json()
    )


@pytest.mark.parametrize(
    ("row", "body", "text"),
    [
        ("fields.top_k", request_of("hi", top_k=5), "top_k: Extra inputs are not permitted"),
        (
            "content.text.cache_control",
            request_of([text_block("hi", cache_control={"type": "ephemeral"})]),
            "messages.0.content.0.text.cache_control: Extra inputs are not permitted",
        ),
        (
            "content.document",
            request_of([plain_document("x")]),
            "messages.0.content.0: Input tag 'document' found using 'type' does not match any of the "
            "expected tags: 'text', 'image', 'search_result'",
        ),
        (
            "tool_choice.any",
            request_of("hi", tools=[PING], tool_choice={"type": "any"}),
            "tool_choice: Input tag 'any' found using 'type' does not match any of the expected "
            "tags: 'auto', 'tool', 'none'",
        ),
        (
            "tools.description",
            request_of("hi", tools=[PING]),
            "tools.0.custom.description: Extra inputs are not permitted",
        ),
        (
            "content.tool_result.content.image",
            request_of(
                "hi",
                [{"type": "tool_use", "id": "t", "name": "ping", "input": {}}],
                [{"type": "tool_result", "tool_use_id": "t", "content": [square("red")]}],
            ),
            "messages.2.content.0.tool_result.content.0: Input tag 'image' found using 'type'",
        ),
        (
            "messages.role_system",
            request_of("hi", messages=[{"role": "user", "content": "x"}, {"role": "system", "content": "y"}]),
            "messages.1.role: Input should be 'user' or 'assistant'",
        ),
    ],
)
def test_unsupported_reads_like_an_unknown_field(row: str, body: Json, text: str) -> None:
    assert send(fresh(), body).status_code == 200
    assert refusal_of(body, app=fresh({row: "unsupported"})).startswith(text)


def test_ignored_fields_have_no_effect() -> None:
    assert "QX-1" not in say("What is the code?", app=fresh({"fields.system": "ignored"}), system="The code is QX-1.")
    counted = answer_to("Count from 1 to 90", app=fresh({"fields.max_tokens": "ignored"}), max_tokens=5)
    assert counted["stop_reason"] == "end_turn"
    assert text_of(counted).endswith(" 90")
    assert send(fresh({"fields.max_tokens": "ignored"}), {**request_of("hi"), "max_tokens": None}).status_code == 200
    response = send(fresh({"fields.stream": "ignored"}), request_of("hi", stream=True))
    assert response.json()["type"] == "message"
    message = answer_to("hi", app=fresh({"tool_choice.any": "ignored"}), tools=[PING], tool_choice={"type": "any"})
    assert calls_in(message) == []
    image = [square("red"), text_block("What colour is the image?")]
    assert "red" not in say(image, app=fresh({"content.image": "ignored"}))
    cities = "What is the weather in Paris and London?"
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    app = fresh({"tool_choice.disable_parallel_tool_use": "ignored"})
    assert len(calls_in(answer_to(cities, app=app, tools=[WEATHER], tool_choice=choice))) == 2


def test_ignored_pairs_of_blocks_do_not_break_the_pairing() -> None:
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "llamas"}}
    error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    result = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": error}
    turns = ("Search", [use, result, text_block("Sorry.")], "Which error code did the search report?")
    assert "max_uses_exceeded" in say(*turns)
    assert "max_uses_exceeded" not in say(*turns, app=fresh({"content.web_search_tool_result": "ignored"}))
    turns = (*turns[:2], "Which query did you search for?")
    assert "llamas" in say(*turns)
    assert "llamas" not in say(*turns, app=fresh({"content.server_tool_use": "ignored"}))


def test_partial_is_honoured_but_unreported() -> None:
    message = answer_to(
        "Repeat exactly: A1 B2 C3", app=fresh({"fields.stop_sequences": "partial"}), stop_sequences=["B2"]
    )
    assert (text_of(message), message["stop_reason"], message["stop_sequence"]) == ("A1 ", "end_turn", None)
    message = answer_to("Count from 1 to 90", app=fresh({"fields.max_tokens": "partial"}), max_tokens=5)
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("end_turn", 5)
    message = answer_to("hi", app=fresh({"fields.thinking": "partial"}), thinking={"type": "adaptive"})
    assert "signature" not in message["content"][0]
    assert answer_to("hi", app=fresh({"fields.model": "partial"}), model="nope")["model"] == "reference-1"


def test_extensions_can_be_supported() -> None:
    app = fresh({"tool_choice.string_form": "supported", "fields.temperature.above_one": "supported"})
    assert send(app, request_of("hi", tools=[PING], tool_choice="auto", temperature=1.7)).status_code == 200


def test_headers_can_be_ignored() -> None:
    app = fresh({"headers.anthropic_version": "ignored", "headers.anthropic_beta": "ignored"})
    for extra in ({}, {"anthropic-version": "zz"}, {"anthropic-version": "2023-06-01", "anthropic-beta": "zz"}):
        response = send(app, request_of("hi", context_management={"edits": []}), headers={"x-api-key": KEY, **extra})
        assert response.status_code == 200
    app = fresh({"headers.x_api_key": "unsupported"})
    assert send(app, request_of("hi")).status_code == 401
    assert send(app, request_of("hi"), headers={**HEADERS, "authorization": f"Bearer {KEY}"}).status_code == 200


def test_the_table_is_sound() -> None:
    words = {"supported", "partial", "ignored", "unsupported"}
    for row, acted in ACTS.items():
        assert words_for(row) == set(acted) <= words, row
    assert words_for("no.such.row") == frozenset()
    assert [act.row for act in acts_for({"fields.top_k": "ignored", "no.such.row": "ignored"})] == ["fields.top_k"]
    for acted in ACTS.values():
        for step in (
            step for steps in acted.values() for step in steps if step.stage in ("request", "refuse", "answer")
        ):
            paths.parse_path(step.path)


def test_the_package_stands_alone() -> None:
    package = Path(transforms.__file__).parent
    code = (
        "import sys, pkgutil, importlib, conformance.reference as r\n"
        "for m in pkgutil.walk_packages(r.__path__, 'conformance.reference.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "print([n for n in sys.modules if n.startswith('conformance.') and not n.startswith('conformance.reference')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=package.parent.parent, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments", [["--act-as", "no-such-provider"], ["--port", "999999"], ["--api-key-env", "NO_SUCH_VARIABLE"]]
)
def test_command_line_errors(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance.reference", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_serving_on_loopback() -> None:
    import httpx2

    from conformance.reference.server import serve

    with serve(fresh()) as url, httpx2.Client(base_url=url, headers=HEADERS) as client:
        assert client.post("/v1/messages", json=request_of("hi")).json()["type"] == "message"
        arrivals = 0
        with client.stream("POST", "/v1/messages", json=request_of("Count from 1 to 90", stream=True)) as response:
            for chunk in response.iter_bytes():
                arrivals += bool(chunk)
        assert arrivals > 1
