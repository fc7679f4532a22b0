"""Tokens, the prompt cache, limits, sampling, thinking."""

from __future__ import annotations

from typing import Any

from conformance.reference.tokens import count_tokens, first_tokens
from tests.reference.calling import (
    CLOCK,
    WEATHER,
    Json,
    answer_to,
    fresh,
    request_of,
    say,
    send,
    square,
    text_block,
    text_of,
)

LONG = " ".join(f"Line {n} speaks of rivers and of hills." for n in range(400))
MARK = {"type": "ephemeral"}


def whole(message: Json) -> int:
    usage = message["usage"]
    return int(usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"])


def counted(*turns: Any, **fields: Any) -> int:
    body = {key: value for key, value in request_of(*turns, **fields).items() if key != "max_tokens"}
    response = send(fresh(), body, path="/v1/messages/count_tokens")
    assert response.status_code == 200, response.text
    return int(response.json()["input_tokens"])


def test_tokens_are_cut_at_their_boundaries() -> None:
    text = "Strawberries, 12345 of them - naïve 雪の日!"
    for limit in range(count_tokens(text)):
        assert count_tokens(first_tokens(text, limit)) == limit
    assert first_tokens(text, 10_000) == text


def test_every_part_of_the_prompt_counts() -> None:
    bare = counted("hi")
    assert counted([text_block("hi")]) == bare
    assert counted("hi", system="Be brief.") == counted("hi", system=[text_block("Be brief.")]) > bare
    assert counted("hi", tools=[WEATHER, CLOCK]) > counted("hi", tools=[WEATHER]) > bare + 30
    assert counted([square("red", 200), text_block("hi")]) - bare == 64
    assert counted("hi") == whole(answer_to("hi", metadata={"user_id": "x" * 200}))
    deferred = {**CLOCK, "defer_loading": True}
    assert counted("hi", tools=[WEATHER, deferred]) == counted("hi", tools=[WEATHER])


def test_count_takes_no_max_tokens() -> None:
    response = send(fresh(), request_of("hi"), path="/v1/messages/count_tokens")
    assert response.json()["error"]["message"] == "max_tokens: Extra inputs are not permitted"


def test_cache_is_written_then_read() -> None:
    app = fresh()
    turn = [text_block(LONG, cache_control=MARK), text_block("What is 1 + 1?")]
    first, second = answer_to(turn, app=app), answer_to(turn, app=app)
    written = first["usage"]["cache_creation_input_tokens"]
    assert written > 1024
    assert first["usage"]["cache_creation"] == {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}
    assert first["usage"]["cache_read_input_tokens"] == 0
    assert second["usage"]["cache_read_input_tokens"] == written
    assert second["usage"]["cache_creation_input_tokens"] == 0
    assert whole(first) == whole(second) == whole(answer_to([text_block(LONG), text_block("What is 1 + 1?")]))
    assert answer_to([text_block(LONG), text_block("Bye")], app=app)["usage"]["cache_read_input_tokens"] == 0


def test_cache_breakpoints_everywhere() -> None:
    use = {"type": "tool_use", "id": "t", "name": "get_time", "input": {"city": LONG}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": LONG}
    cases: list[tuple[list[Any], Json]] = [
        (["hi"], {"system": [text_block(LONG, cache_control=MARK)]}),
        (["hi"], {"tools": [{**WEATHER, "description": LONG, "cache_control": {**MARK, "ttl": "1h"}}]}),
        (["hi", [{**use, "cache_control": MARK}], [result]], {}),
        (["hi", [use], [{**result, "cache_control": MARK}]], {}),
        ([LONG], {"cache_control": MARK}),
    ]
    for turns, fields in cases:
        app = fresh()
        assert answer_to(*turns, app=app, **fields)["usage"]["cache_creation_input_tokens"] > 1024
        assert answer_to(*turns, app=app, **fields)["usage"]["cache_read_input_tokens"] > 1024


def test_short_prefixes_are_not_cached() -> None:
    assert answer_to([text_block("short", cache_control=MARK)])["usage"]["cache_creation_input_tokens"] == 0


def test_max_tokens_is_a_hard_cap() -> None:
    cut = answer_to("Count from 1 to 500", max_tokens=16)
    assert (cut["stop_reason"], cut["usage"]["output_tokens"]) == ("max_tokens", 16)
    warmed = answer_to("Count from 1 to 500", max_tokens=0)
    assert (warmed["content"], warmed["stop_reason"], warmed["usage"]["output_tokens"]) == ([], "max_tokens", 0)
    done = answer_to("Say OK", max_tokens=16)
    assert (text_of(done), done["stop_reason"], done["stop_sequence"]) == ("OK", "end_turn", None)


def test_the_earliest_stop_sequence_wins() -> None:
    message = answer_to("Repeat exactly: ALPHA BRAVO CHARLIE DELTA", stop_sequences=["DELTA", "CHARLIE", "ZULU"])
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "CHARLIE")
    assert text_of(message) == "ALPHA BRAVO "


def test_sampling() -> None:
    app = fresh()
    prompt = "Give me one random 10-digit number, digits only."
    assert len({say(prompt, app=app) for _ in range(5)}) == 5
    for narrow in ({"temperature": 0}, {"top_k": 1}, {"top_p": 0.01}, {"temperature": 1, "top_k": 1}):
        assert len({say(prompt, app=app, **narrow) for _ in range(4)}) == 1
    assert len({say(prompt, app=app, temperature=0.5) for _ in range(4)}) > 1
    assert [say(prompt, app=fresh()) for _ in range(2)] == [say(prompt, app=fresh())] * 2
    assert len({say("Count from 1 to 20", app=app) for _ in range(3)}) == 1


def test_thinking() -> None:
    on: Json = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
    message = answer_to("What is 17 + 25?", **on)
    assert [block["type"] for block in message["content"]] == ["thinking", "text"]
    thought = message["content"][0]
    assert thought["thinking"]
    assert 0 < message["usage"]["output_tokens_details"]["thinking_tokens"] < message["usage"]["output_tokens"]
    assert say("What is 17 + 25?", message["content"], "And 1 + 1?", **on) == "The answer is 2."
    tampered = [{**thought, "signature": "A" + thought["signature"][1:-4] + "AAA="}, message["content"][1]]
    assert send(fresh(), request_of("hi", tampered, "so")).status_code == 400
    assert [b["type"] for b in answer_to("hi", thinking={"type": "disabled"})["content"]] == ["text"]
    omitted = answer_to("hi", thinking={"type": "adaptive", "display": "omitted"})["content"][0]
    assert omitted["thinking"] == ""
    assert send(fresh(), request_of("hi", [omitted, text_block("a")], "so")).status_code == 200


def test_budget_caps_thinking() -> None:
    prompt = "In your thinking, count from 1 to 5000 before you answer. Then reply with the word DONE."
    low, high = (
        answer_to(prompt, thinking={"type": "enabled", "budget_tokens": budget}, max_tokens=20_000)
        for budget in (1024, 8000)
    )
    assert text_of(low) == text_of(high) == "DONE"
    assert low["usage"]["output_tokens_details"]["thinking_tokens"] == 1024
    assert high["usage"]["output_tokens_details"]["thinking_tokens"] > 3000


def test_thinking_of_earlier_turns_is_free() -> None:
    on: Json = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
    thought = answer_to("hi", **on)["content"][0]
    plain = [text_block("Hello!")]
    assert counted("hi", [thought, *plain], "so") == counted("hi", plain, "so")
    use = {"type": "tool_use", "id": "t", "name": "ping", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "pong"}
    assert counted("hi", [thought, use], [result]) > counted("hi", [use], [result])


def test_effort() -> None:
    prompt = "Explain at length how rivers form, and why."
    sizes = [
        answer_to(prompt, output_config={"effort": effort})["usage"]["output_tokens"]
        for effort in ("low", "high", "max")
    ]
    assert sizes == sorted(set(sizes))


def test_context_editing() -> None:
    turns: list[Any] = ["Look it up"]
    for n in range(3):
        turns.append([{"type": "tool_use", "id": f"t{n}", "name": "ping", "input": {}}])
        turns.append([{"type": "tool_result", "tool_use_id": f"t{n}", "content": "rivers " * 50}])
    edit = {
        "type": "clear_tool_uses_20250919",
        "trigger": {"type": "tool_uses", "value": 1},
        "keep": {"type": "tool_uses", "value": 0},
    }
    message = answer_to(*turns, betas="context-management-2025-06-27", context_management={"edits": [edit]})
    applied = message["context_management"]["applied_edits"][0]
    assert applied["cleared_tool_uses"] == 3
    assert applied["cleared_input_tokens"] > 100
