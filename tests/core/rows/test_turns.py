"""Turns of one role after another, an answer that was begun, and fields that are refused in part."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.probes import Validation
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.messages.prefill import continues
from conformance.rows.simple_fields.reported_fields import usage_says
from tests.core.made_up import RUN, drive, exchange, message, refusal

WORDS = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"]


@pytest.mark.parametrize(
    ("text", "seen", "deviation", "missed"),
    [
        (" CHARLIE DELTA ECHO", True, None, ""),
        ("CHARLIE DELTA ECHO\n\nIs that all?", True, None, ""),
        ("[1234] ALPHA BRAVO CHARLIE DELTA ECHO", True, Deviation.INCOMPLETE, ""),
        ("ALPHA BRAVO CHARLIE DELTA ECHO", False, None, "begins anew"),
        ("CHARLIE DELTA", False, None, "does not hold the rest"),
        ("", False, None, "does not hold the rest"),
    ],
)
def test_an_answer_goes_on_or_begins_anew(text: str, seen: bool, deviation: Deviation | None, missed: str) -> None:
    detection = continues(WORDS, "[1234]")(message(text))
    assert (detection.seen, detection.deviation) == (seen, deviation)
    assert missed in detection.missed


def said_back(asked: Request) -> Exchange:
    """All that the users said."""
    turns = [turn["content"] for turn in asked.json["messages"] if turn["role"] == "user"]
    return exchange(message(" ".join(turns)))


@pytest.mark.parametrize(
    ("one", "several", "status", "deviation"),
    [
        (exchange(message()), exchange(message()), Status.SUPPORTED, None),
        (exchange(message()), refusal("alternate"), Status.PARTIAL, Deviation.ONE_FORM),
        (exchange(message()), refusal("oops", 500), Status.BROKEN, None),
        # Where not even one assistant turn is taken, nothing is known of several.
        (refusal("no history"), refusal("no history"), Status.SUPPORTED, None),
    ],
)
def test_assistant_turns_in_a_row_are_asked_where_user_turns_are_read(
    one: Exchange, several: Exchange, status: Status, deviation: Deviation | None
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        if role.startswith("can the model copy"):
            return exchange(message("?"))
        spoken = [turn for turn in asked.json["messages"] if turn["role"] == "assistant"]
        if spoken:
            return several if len(spoken) > 1 else one
        return said_back(asked)

    verdict, _ = drive(BY_ID["messages.consecutive_roles"].probe(RUN), reply)
    assert (verdict.status, verdict.deviation) == (status, deviation)


@pytest.mark.parametrize("taken", [True, False])
def test_a_system_turn_goes_with_its_beta_only_where_that_is_taken(taken: bool) -> None:
    sent: list[bool] = []

    def reply(role: str, asked: Request) -> Exchange:
        beta = "anthropic-beta" in asked.headers
        if role.startswith("with the field"):
            sent.append(beta)
        if beta and not taken:
            return refusal("Unexpected value")
        if role.startswith("can the model copy"):
            return exchange(message("?"))
        return exchange(message(str(asked.json["messages"][-1]["content"])))

    verdict, _ = drive(BY_ID["messages.role_system"].probe(RUN), reply)
    assert verdict.status is Status.SUPPORTED
    assert sent == ([True] if taken else [True, False])


@pytest.mark.parametrize(
    ("bad", "status", "reason"),
    [
        ("mars", Status.UNTESTED, Reason.CANNOT_TELL),
        ("global", Status.SUPPORTED, None),
        (None, Status.SUPPORTED, None),
    ],
)
def test_a_value_that_is_only_given_back_proves_nothing(bad: str | None, status: Status, reason: Reason | None) -> None:
    plain = RUN.message("Hello.")

    def reply(role: str, asked: Request) -> Exchange:
        geo: Any = asked.json.get("inference_geo", "global")
        return exchange(message(usage={"inference_geo": bad if geo == "mars" else geo}))

    steps = Validation(
        control=plain,
        valid=plain.with_fields(inference_geo="us"),
        invalid=plain.with_fields(inference_geo="mars"),
        detect=usage_says("inference_geo", "us"),
        echoed=usage_says("inference_geo", "mars"),
    ).ask(RUN)
    verdict, _ = drive(steps, reply)
    assert (verdict.status, verdict.reason) == (status, reason)


@pytest.mark.parametrize(
    ("standard", "bad", "status"),
    [
        ("standard", refusal(), Status.PARTIAL),
        (None, refusal(), Status.ACCEPTED),
        (None, exchange(message()), Status.REJECTED),
    ],
)
def test_a_model_without_a_fast_mode_may_know_the_field(standard: str | None, bad: Exchange, status: Status) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        speed = asked.json.get("speed")
        answers = {"fast": refusal("no fast mode"), "standard": exchange(message(usage={"speed": standard}))}
        return exchange(message()) if speed is None else answers.get(speed, bad)

    verdict, _ = drive(BY_ID["fields.speed"].probe(RUN), reply)
    assert verdict.status is status
    assert "no fast mode" in verdict.note


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("{}: Extra inputs are not permitted", Status.SUPPORTED),
        ("Extra inputs are not permitted", Status.PARTIAL),
        (None, Status.IGNORED),
    ],
)
def test_an_unknown_field_is_to_be_named(answer: str | None, status: Status) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        unknown = [name for name in asked.json if name.startswith("zz_")]
        return refusal(answer.format(*unknown)) if unknown and answer else exchange(message())

    assert drive(BY_ID["fields.unknown"].probe(RUN), reply)[0].status is status


@pytest.mark.parametrize(
    ("long", "status"),
    [
        (exchange(message()), Status.ACCEPTED),
        (refusal("at most 128 characters"), Status.PARTIAL),
        (refusal("oops", 500), Status.PARTIAL),
    ],
)
def test_a_user_id_may_be_as_long_as_a_clients(long: Exchange, status: Status) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        user = (asked.json.get("metadata") or {}).get("user_id", "")
        return refusal() if user == 5 else long if len(user) == 150 else exchange(message())

    assert drive(BY_ID["fields.metadata"].probe(RUN), reply)[0].status is status
