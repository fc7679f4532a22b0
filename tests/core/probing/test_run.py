"""The seed fixes every byte of a run, and nothing else does."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from conformance.probing import calibrate
from conformance.probing.capability import greeting, tool_request
from conformance.probing.run import Dialect, Run, auth_headers
from conformance.protocol.exchange import KEY, Request
from conformance.rows import ROWS
from conformance.rows.clients import claude_code_requests
from tests.core.made_up import exchange, message

SEEDS = range(200)


def run(seed: int = 7, **facts: object) -> Run:
    return replace(Run(seed=seed, model="made-up-1"), **facts)  # type: ignore[arg-type]


def first_questions(seed: int) -> list[Request]:
    """What every row asks first."""
    return [asked for row in ROWS for asked in next(row.probe(run(seed, long_prompt=True))).values()]


def test_the_same_seed_asks_the_same_bytes() -> None:
    assert [each.identity for each in first_questions(7)] == [each.identity for each in first_questions(7)]


def test_different_seeds_ask_different_bytes() -> None:
    same = set(map(bytes, (each.body for each in first_questions(7)))) & {each.body for each in first_questions(8)}
    assert len(same) < len(ROWS) / 2


def test_a_nonce_is_a_code_of_one_shape_that_depends_on_seed_and_label() -> None:
    nonces = {run(seed).nonce(label) for seed in SEEDS for label in ("a", "b")}
    assert all(re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{2}-[1-9]\d{3}", nonce) for nonce in nonces)
    assert len(nonces) > 0.99 * 2 * len(SEEDS)
    assert run().nonce("a") == run().nonce("a")


def test_a_name_is_an_identifier_that_depends_on_seed_and_label() -> None:
    names = {run(seed).name(label, "lookup") for seed in SEEDS for label in ("a", "b")}
    assert all(re.fullmatch(r"lookup_([bcdfghjkmnpqrtvwxz][2-9]){2}", name) for name in names)
    assert len(names) > 0.95 * 2 * len(SEEDS)


def test_every_number_below_a_bound_is_drawn_and_none_beyond_it() -> None:
    assert {run(seed).draw("label", 5) for seed in SEEDS} == {0, 1, 2, 3, 4}


def test_every_wording_is_reached() -> None:
    assert {run(seed).wording("w", "one", "two") for seed in SEEDS} == {"one", "two"}
    assert {run(seed).wording("w", "one", "two", "three") for seed in SEEDS} == {"one", "two", "three"}


def test_every_question_has_its_own_draw_of_the_wording() -> None:
    drawn = {(run(seed).wording("a", "1", "2"), run(seed).wording("b", "1", "2")) for seed in SEEDS}
    assert len(drawn) == 4


@pytest.mark.parametrize("ask", [tool_request, greeting, lambda run: run.message(calibrate.sample_prompt(run))])
def test_a_shared_question_comes_in_two_wordings(ask: object) -> None:
    assert len({ask(run(seed)).body for seed in SEEDS}) == 2  # type: ignore[operator]


def test_what_is_picked_is_different_and_in_any_order() -> None:
    options = ["a", "b", "c"]
    picked = [tuple(run(seed).pick("p", options, 2)) for seed in SEEDS]
    assert all(len(set(pair)) == 2 for pair in picked)
    assert len(set(picked)) == 6
    assert options == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("auth", "header"), [("x-api-key", ("x-api-key", KEY)), ("bearer", ("authorization", f"Bearer {KEY}"))]
)
def test_the_key_stands_in_one_header_as_its_placeholder(auth: str, header: tuple[str, str]) -> None:
    assert auth_headers(auth) == dict([header])
    assert run(auth=auth, anthropic_version="2026-10-21").headers() == {
        header[0]: header[1],
        "anthropic-version": "2026-10-21",
        "content-type": "application/json",
    }


def body(asked: Request) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(asked.body)
    return parsed


def test_a_bare_message_carries_nothing_but_what_is_asked() -> None:
    asked = run().message("Hi", max_tokens=9, top_k=3)
    assert body(asked) == {
        "model": "made-up-1",
        "max_tokens": 9,
        "top_k": 3,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    assert (asked.method, asked.path, asked.attempt) == ("POST", "/v1/messages", 0)


def test_headroom_is_added_to_every_limit_but_an_exact_one() -> None:
    roomy = run(dialect=Dialect(headroom=1024))
    assert body(roomy.message("Hi", max_tokens=16))["max_tokens"] == 1040
    assert body(roomy.conversation([], max_tokens=16))["max_tokens"] == 1040
    assert body(roomy.message("Hi", max_tokens=16, exact=True))["max_tokens"] == 16
    assert body(roomy.conversation([], max_tokens=16, exact=True))["max_tokens"] == 16


def test_a_dialect_adds_its_fields_which_a_row_may_overrule() -> None:
    told = run(dialect=Dialect(fields={"thinking": {"type": "disabled"}}, streamed=True))
    assert body(told.message("Hi")) == {
        "model": "made-up-1",
        "max_tokens": 64,
        "thinking": {"type": "disabled"},
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    assert body(told.message("Hi", stream=False, thinking=None))["stream"] is False


def test_a_text_of_any_script_is_sent_as_it_is() -> None:
    assert "不支持 \N{WAVING HAND SIGN}".encode() in run().message("不支持 \N{WAVING HAND SIGN}").body


def test_a_request_is_changed_in_one_thing_and_the_old_one_stays() -> None:
    plain = run().message("Hi")
    assert plain.with_fields(a=1).json == {**plain.json, "a": 1}
    assert plain.with_fields(a=1).without_fields("a") == plain
    assert "max_tokens" not in plain.without_fields("max_tokens").json
    assert plain.with_headers(anthropic_beta="b").headers["anthropic-beta"] == "b"
    assert "x-api-key" not in plain.with_headers(x_api_key=None).headers
    assert plain == run().message("Hi")


def test_a_question_asked_again_is_another_question() -> None:
    plain = run().message("Hi")
    assert plain.again(1).identity != plain.identity
    assert plain.again(1).again(0).identity == plain.identity
    assert plain.with_headers(anthropic_beta="b").identity != plain.identity
    assert plain.with_headers(user_agent="x").identity == plain.identity


def test_what_a_model_said_can_be_sent_back_even_where_it_is_half_a_character() -> None:
    said = exchange(message("half: \ud83d")).json["content"]
    asked = run().conversation([{"role": "assistant", "content": said}])
    assert asked.json["messages"][0]["content"] == said


def test_the_opening_of_claude_code_is_fixed_by_the_seed() -> None:
    assert claude_code_requests.opening(run()).identity == claude_code_requests.opening(run()).identity
