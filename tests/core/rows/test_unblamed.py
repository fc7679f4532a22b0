"""What an endpoint did is not blamed on the model: answers that are empty, or that break a rule of the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.probing.conversation import unless_broken
from conformance.probing.run import Conversation
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import read_answer, says_nothing
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.endpoints.models import judge_list
from conformance.rows.shared.sampled_answers import Given
from conformance.rows.simple_fields.thinking import unsigned_thinking
from tests.core.made_up import called, drive, exchange, message, request, start, streamed

WORDS = request(messages=[{"role": "user", "content": "Say OK."}], max_tokens=64)
RESULT = {"type": "tool_result", "tool_use_id": "t", "content": "5"}


def weak(asked: Request) -> Conversation[Verdict]:
    got = yield {"a question": asked, "the same question": asked.again(1)}
    return untested(Reason.MODEL_TOO_WEAK, "nothing comes", got["a question"].request.digest)


def judged(answer: Exchange) -> Verdict:
    verdict, _ = drive(
        unless_broken(BY_ID["fields.system"], weak(WORDS)), lambda role, asked: replace(answer, request=asked)
    )
    return verdict


def test_a_model_that_answers_otherwise_is_weak() -> None:
    assert judged(exchange(message("Hm."), asked=WORDS)).reason is Reason.MODEL_TOO_WEAK


def test_an_empty_answer_says_nothing_of_the_model() -> None:
    verdict = judged(exchange(message(content=[]), asked=WORDS))
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)
    assert verdict.note == "nothing comes; but 2 of 2 answers are empty"


def test_an_answer_that_breaks_a_rule_says_nothing_of_the_model() -> None:
    flawed = called("get_weather")
    flawed["content"][0]["input"] = None
    verdict = judged(exchange({**flawed, "stop_reason": "tool_use"}, asked=WORDS))
    assert verdict.reason is Reason.CANNOT_TELL
    assert "response.tool_use" in verdict.note


def spent(tokens: int, stop_reason: str) -> Exchange:
    return exchange(message("So ", stop_reason=stop_reason, usage={"input_tokens": 9, "output_tokens": tokens}))


def test_an_answer_that_is_cut_long_before_its_limit_says_nothing_of_the_model() -> None:
    verdict = judged(spent(31, "max_tokens"))
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CUT)
    assert verdict.note == "nothing comes; but an answer is cut after 31 tokens where 64 were allowed"


@pytest.mark.parametrize("answer", [spent(32, "max_tokens"), spent(31, "end_turn")])
def test_an_answer_that_is_cut_at_its_limit_or_not_at_all_leaves_the_model_weak(answer: Exchange) -> None:
    assert judged(answer).reason is Reason.MODEL_TOO_WEAK


@pytest.mark.parametrize(
    ("answer", "asked", "empty"),
    [
        (message(content=[]), WORDS, True),
        (message(content=[], stop_reason="pause_turn"), WORDS, True),
        (message("OK."), WORDS, False),
        (message(content=[], stop_reason="max_tokens"), WORDS, False),
        (message(content=[], stop_reason="stop_sequence"), WORDS, False),
        (message(content=[]), request(messages=[{"role": "user", "content": [RESULT]}]), False),
        (message(content=[]), request(messages=[{"role": "assistant", "content": "So"}]), False),
    ],
)
def test_an_answer_to_words_is_not_empty(answer: object, asked: Request, empty: bool) -> None:
    assert says_nothing(exchange(answer, asked=asked)) is empty


@pytest.mark.parametrize(
    ("block", "reason", "flawed"),
    [
        ({"type": "thinking", "thinking": "Hm."}, "end_turn", True),
        ({"type": "thinking", "thinking": "Hm.", "signature": ""}, "end_turn", True),
        ({"type": "thinking", "thinking": "Hm.", "signature": "s"}, "end_turn", False),
        ({"type": "thinking", "thinking": "Hm."}, "max_tokens", False),
        ({"type": "redacted_thinking", "data": "x"}, "end_turn", False),
    ],
)
def test_thinking_is_signed_in_every_answer(block: dict[str, str], reason: str, flawed: bool) -> None:
    answer = read_answer(exchange(message(content=[block], stop_reason=reason), asked=WORDS))
    assert answer.message is not None
    found = unsigned_thinking(Given(role="", request=WORDS, message=answer.message))
    assert [each.deviation for each in found] == ([Deviation.UNSIGNED] if flawed else [])


@pytest.mark.parametrize(("more", "deviation"), [(False, None), (True, Deviation.INCOMPLETE)])
def test_a_list_that_never_ends_is_told(more: bool, deviation: Deviation | None) -> None:
    model = {"id": "m", "type": "model", "display_name": "M", "created_at": "2026-01-01T00:00:00Z"}
    listed = {"data": [model], "has_more": more, "first_id": "m", "last_id": "m"}
    assert judge_list(listed).deviation is deviation


def in_doubt(row: str, first: Verdict, *answers: Exchange) -> Verdict:
    """What becomes of a verdict that rests on these answers."""
    asked = [request(messages=[{"role": "user", "content": f"Question {n}"}]) for n in range(len(answers))]
    given = {f"{n}": replace(each, request=ask) for n, (each, ask) in enumerate(zip(answers, asked, strict=True))}

    def steps() -> Conversation[Verdict]:
        yield dict(zip(given, asked, strict=True))
        return replace(first, rests_on=tuple(each.digest for each in asked))

    return drive(unless_broken(BY_ID[row], steps()), lambda role, _: given[role])[0]


KEPT = exchange(message("OK.", id="msg_kept"))
IGNORED = Verdict(status=Status.IGNORED, note="no effect")


def test_an_answer_that_is_kept_for_another_question_shows_nothing() -> None:
    verdict = in_doubt("fields.system", IGNORED, KEPT, KEPT)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)
    assert verdict.note == "no effect; but two questions got the very same answer, so answers are kept for others here"
    assert in_doubt("headers.request_id", IGNORED, KEPT, KEPT).status is Status.IGNORED
    assert in_doubt("fields.system", IGNORED, KEPT, exchange(message("OK.", id="msg_own"))).status is Status.IGNORED


UNREPORTED = Verdict(status=Status.PARTIAL, deviation=Deviation.UNREPORTED, note="it is cut, and stop_reason is None")


def test_what_a_torn_stream_leaves_unsaid_is_not_held_against_a_field() -> None:
    torn = streamed(start())
    verdict = in_doubt("fields.max_tokens", UNREPORTED, torn)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)
    assert verdict.note.startswith(f"{UNREPORTED.note}; but the stream breaks its grammar: ")
    assert in_doubt("stream.message_delta", UNREPORTED, torn).status is Status.PARTIAL
    assert in_doubt("fields.max_tokens", UNREPORTED, KEPT).status is Status.PARTIAL
