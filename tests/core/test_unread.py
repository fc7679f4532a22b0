"""Blocks of which nothing is seen: the tables that tell one that was dropped from one that is only checked."""

from __future__ import annotations

import pytest

from conformance import calibrate
from conformance.answer import read_answer
from conformance.exchange import Exchange, Request
from conformance.probes import Pair
from conformance.rows.betas import refused_beta
from conformance.rows.content import look_at_colours, named_in_order
from conformance.rows.history import explain_unpaired, pairs_by_id
from conformance.rows.reading import unless_echoed
from conformance.rows.thinking import look_at_budget
from conformance.rows.thought_history import explain_unread
from conformance.status import Deviation, Reason, Status
from conformance.verdict import Effect, Sighting
from tests.core.made_up import RUN, counted, drive, exchange, message, refusal

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
AWAY = exchange(status=None, failure="connect: refused")
COUNTS = {"baseline": 10, "a longer prompt": 110, "a long field that is no prompt": 10}
CONSTANT = dict.fromkeys(COUNTS, 10)
ECHOED = exchange(message(calibrate.copying(RUN, 0)[1]))


@pytest.mark.parametrize("deviation", [None, Deviation.INCOMPLETE])
def test_what_is_seen_from_an_endpoint_that_echoes_its_prompt_cannot_be_told(deviation: Deviation | None) -> None:
    seen = Sighting(effect=Effect.SEEN, note="read", deviation=deviation)
    note = "this endpoint echoes its prompt, so a code that comes back proves nothing"
    untold = Sighting(effect=Effect.CANNOT_TELL, note=note)
    assert drive(unless_echoed(RUN, seen), lambda role, asked: ECHOED)[0] == untold
    assert drive(unless_echoed(RUN, seen), lambda role, asked: OK)[0] == seen
    assert drive(unless_echoed(RUN, seen), lambda role, asked: NO)[0] == seen


@pytest.mark.parametrize("effect", [each for each in Effect if each is not Effect.SEEN])
def test_where_nothing_is_seen_no_echo_is_looked_for(effect: Effect) -> None:
    sighting = Sighting(effect=effect, note="a miss")
    assert drive(unless_echoed(RUN, sighting), lambda role, asked: ECHOED) == (sighting, [])


@pytest.mark.parametrize(
    ("bare", "alone", "refused"),
    [
        pytest.param(OK, OK, False, id="taken"),
        pytest.param(OK, NO, True, id="refused"),
        pytest.param(OK, OOPS, True, id="fails"),
        pytest.param(NO, NO, False, id="all is refused"),
        pytest.param(AWAY, NO, False, id="not reached without it"),
        pytest.param(NO, OK, False, id="needed"),
    ],
)
def test_a_beta_header_that_is_refused_by_itself_leaves_the_row_untested(
    bare: Exchange, alone: Exchange, refused: bool
) -> None:
    roles = {"without the beta header": bare, "the beta header alone": alone}
    plain = RUN.message("hi")
    verdict, asked = drive(
        refused_beta(plain, plain.with_headers(anthropic_beta="b")), lambda role, request: roles[role]
    )
    assert set(asked) == set(roles)
    if refused:
        assert verdict is not None
        assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.PREREQUISITE_REFUSED)
        assert read_answer(alone).problem in verdict.note
    else:
        assert verdict is None


def test_one_bad_moment_of_a_beta_header_is_no_refusal() -> None:
    plain = RUN.message("hi")
    steps = refused_beta(plain, plain.with_headers(anthropic_beta="b"))

    def reply(role: str, asked: Request) -> Exchange:
        return OOPS if role == "the beta header alone" and not asked.attempt else OK

    assert drive(steps, reply)[0] is None


CODE = "QX-1111"


@pytest.mark.parametrize(
    ("malformed", "as_text", "growth", "totals", "effect"),
    [
        pytest.param(NO, CODE, 0, COUNTS, Effect.NOT_VISIBLE, id="refused"),
        pytest.param(NO, "?", 300, COUNTS, Effect.NOT_VISIBLE, id="refused, whatever else"),
        pytest.param(OK, "?", 0, COUNTS, Effect.TOO_WEAK, id="not repeated"),
        pytest.param(OK, "?", 300, COUNTS, Effect.TOO_WEAK, id="not repeated, grew"),
        pytest.param(OK, None, 0, COUNTS, Effect.TOO_WEAK, id="not answered as text"),
        pytest.param(OK, CODE, 0, COUNTS, Effect.ABSENT, id="repeated, no growth"),
        pytest.param(OK, CODE, 9, COUNTS, Effect.ABSENT, id="repeated, no growth to speak of"),
        pytest.param(OK, CODE, 300, CONSTANT, Effect.ABSENT, id="repeated, nothing is counted"),
        pytest.param(OK, CODE, 10, COUNTS, Effect.CANNOT_TELL, id="repeated, grew"),
        pytest.param(OK, CODE, 0, {}, Effect.CANNOT_TELL, id="repeated, growth unseen"),
    ],
)
def test_a_thought_that_does_not_come_back_is_checked_dropped_or_only_not_repeated(
    malformed: Exchange, as_text: str | None, growth: int, totals: dict[str, int], effect: Effect
) -> None:
    treated = exchange(counted(100 + growth))
    pair = Pair([read_answer(exchange(counted(100)))], [read_answer(treated)], treated)

    def reply(role: str, asked: Request) -> Exchange:
        if role == "a thinking block that is no text":
            return malformed
        if role == "the same thought as text":
            return NO if as_text is None else exchange(message(as_text))
        return exchange(counted(totals[role])) if role in totals else NO

    steps = explain_unread(RUN, pair, RUN.message("malformed"), RUN.message("as text"), CODE)
    sighting, _ = drive(steps, reply)
    assert sighting.effect is effect
    if malformed is OK:
        assert sighting.note.startswith("an invented signature is not refused, and the thought does not come back")
    else:
        assert sighting.note == "validated only: HTTP 400: no"


@pytest.mark.parametrize(
    ("orphan", "effect", "note"),
    [
        (NO, Effect.NOT_VISIBLE, "validated only: a result of no call is refused"),
        (OOPS, Effect.CANNOT_TELL, "a result of no call: HTTP 500: oops"),
        (AWAY, Effect.CANNOT_TELL, "a result of no call: connect: refused"),
        (refusal("slow", 429), Effect.CANNOT_TELL, "a result of no call: HTTP 429: slow"),
        (
            OK,
            Effect.ABSENT,
            "the answer is the same when the ids are exchanged, and a result of no call is accepted",
        ),
    ],
)
def test_ids_that_change_nothing_are_checked_or_not(orphan: Exchange, effect: Effect, note: str) -> None:
    steps = explain_unpaired(RUN.message("orphan"))
    assert drive(steps, lambda role, asked: orphan)[0] == Sighting(effect=effect, note=note)


RED, BLUE = (RUN.nonce(f"pairs/{number}") for number in range(2))


@pytest.mark.parametrize(
    ("red", "blue", "exchanged", "orphan", "status", "reason"),
    [
        pytest.param(BLUE, BLUE, BLUE, OK, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="red wrong"),
        pytest.param(RED, RED, BLUE, OK, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="blue wrong"),
        pytest.param(RED, None, BLUE, OK, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="blue refused"),
        pytest.param(f"{RED} {BLUE}", BLUE, BLUE, OK, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="both for red"),
        pytest.param(RED, BLUE, BLUE, NO, Status.SUPPORTED, None, id="the other code"),
        pytest.param(RED, BLUE, RED, NO, Status.ACCEPTED, None, id="the same code, orphan refused"),
        pytest.param(RED, BLUE, "?", NO, Status.ACCEPTED, None, id="no code, orphan refused"),
        pytest.param(RED, BLUE, RED, OOPS, Status.UNTESTED, Reason.CANNOT_TELL, id="the same code, orphan fails"),
        pytest.param(RED, BLUE, RED, OK, Status.IGNORED, None, id="the same code, orphan accepted"),
        pytest.param(RED, BLUE, f"{RED} {BLUE}", OK, Status.IGNORED, None, id="both codes, orphan accepted"),
        pytest.param(RED, BLUE, None, OK, Status.REJECTED, None, id="exchanged ids refused"),
    ],
)
@pytest.mark.parametrize("swapped", ["calls", "results"])
def test_results_follow_the_ids_of_their_calls(
    swapped: str,
    red: str,
    blue: str | None,
    exchanged: str | None,
    orphan: Exchange,
    status: Status,
    reason: Reason | None,
) -> None:
    said = {"control": red, "the other locker": blue, "with the ids exchanged": exchanged}

    def reply(role: str, asked: Request) -> Exchange:
        asked_as = {"control, try": "control", "with the field, try": "with the ids exchanged"}.get(role[:-2], role)
        if asked_as not in said:
            return orphan
        words = said[asked_as]
        return NO if words is None else exchange(message(words))

    verdict, _ = drive(pairs_by_id(RUN, swapped=swapped), reply)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_an_answer_that_follows_the_ids_only_now_and_then_cannot_be_told() -> None:
    answers = iter([BLUE, RED, BLUE])

    def reply(role: str, asked: Request) -> Exchange:
        if role == "the other locker":
            return exchange(message(BLUE))
        return exchange(message(RED if role.startswith("control") else next(answers)))

    verdict, _ = drive(pairs_by_id(RUN, swapped="calls"), reply)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)
    assert verdict.note == "with the ids exchanged the other code comes back in 2 of 3 tries"


SETS = [["red", "green", "blue"], ["black", "white", "red"]]
FIRST, SECOND = ("red, green, blue", "Black, white and red.")


@pytest.mark.parametrize(
    ("said", "other", "able", "growth", "totals", "effect"),
    [
        pytest.param(FIRST, SECOND, False, 0, COUNTS, Effect.SEEN, id="both sets"),
        pytest.param(FIRST, "red, green, blue", True, 0, COUNTS, Effect.CANNOT_TELL, id="the first set"),
        pytest.param("?", SECOND, False, 0, COUNTS, Effect.CANNOT_TELL, id="the second set"),
        pytest.param(FIRST, None, True, 0, COUNTS, Effect.CANNOT_TELL, id="the first set, the other not answered"),
        pytest.param("?", "?", False, 0, COUNTS, Effect.TOO_WEAK, id="no set, weak, the same"),
        pytest.param("?", "!", False, 200, COUNTS, Effect.TOO_WEAK, id="no set, weak, another"),
        pytest.param("?", "? ", True, 200, COUNTS, Effect.ABSENT, id="no set, able, the same"),
        pytest.param("?", "!", True, 19, COUNTS, Effect.ABSENT, id="no set, able, another, no growth"),
        pytest.param("?", "!", True, 20, COUNTS, Effect.CANNOT_TELL, id="no set, able, another, growth"),
        pytest.param("?", "!", True, 0, CONSTANT, Effect.CANNOT_TELL, id="no set, able, another, not counted"),
        pytest.param("?", "!", True, 0, {}, Effect.CANNOT_TELL, id="no set, able, another, counting not seen"),
    ],
)
def test_images_are_seen_where_two_sets_of_colours_are_named_in_order(
    said: str, other: str | None, able: bool, growth: int, totals: dict[str, int], effect: Effect
) -> None:
    treated = exchange(counted(100 + growth, said))
    pair = Pair([read_answer(exchange(counted(100)))], [read_answer(treated)], treated)
    call = exchange(message(content=[{"type": "tool_use", "id": "t", "name": "get_weather", "input": {}}]))

    def reply(role: str, asked: Request) -> Exchange:
        if role == "can the model call a tool":
            return call if able else OK
        return exchange(counted(totals[role])) if role in totals else NO

    answer = None if other is None else message(other)
    assert drive(look_at_colours(RUN, pair, answer, SETS), reply)[0].effect is effect


def test_colours_from_an_endpoint_that_echoes_its_prompt_prove_nothing() -> None:
    treated = exchange(message(FIRST))
    pair = Pair([read_answer(OK)], [read_answer(treated)], treated)
    steps = look_at_colours(RUN, pair, message(SECOND), SETS)
    assert drive(steps, lambda role, asked: ECHOED)[0].effect is Effect.CANNOT_TELL


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("red, green, blue", True),
        ("1. Red\n2. GREEN\n3. **blue**", True),
        ("red, purple, green, blue", True),
        ("red, blue, green", False),
        ("red, green", False),
        ("red, green, blue, black", False),
        ("red, green, blue; or red, green, blue", False),
        ("hundred, evergreen, bluebell", False),
        ("", False),
    ],
)
def test_colours_are_named_in_order_and_no_others_of_the_set(said: str, named: bool) -> None:
    assert named_in_order(message(said), ["red", "green", "blue"]) is named


def thought(tokens: int | None) -> Exchange:
    usage = {"input_tokens": 9, "output_tokens": 9, "output_tokens_details": {"thinking_tokens": tokens}}
    return refusal() if tokens is None else exchange(message(usage=usage))


@pytest.mark.parametrize(
    ("bad", "small", "large", "effect"),
    [
        pytest.param((NO, NO), 0, 0, Effect.NOT_VISIBLE, id="both bad budgets are refused"),
        pytest.param((NO, OK), 0, 0, Effect.NOT_VISIBLE, id="the small one is refused"),
        pytest.param((OOPS, NO), 0, 0, Effect.NOT_VISIBLE, id="one is refused, the other fails"),
        pytest.param((OK, OOPS), 2000, 3000, Effect.CANNOT_TELL, id="one fails"),
        pytest.param((AWAY, OK), 2000, 3000, Effect.CANNOT_TELL, id="one is not heard"),
        pytest.param((OK, OK), 1281, 3000, Effect.ABSENT, id="a quarter beyond the budget"),
        pytest.param((OK, OK), 1280, 1281, Effect.SEEN, id="within it, beyond it with more"),
        pytest.param((OK, OK), 1280, 1280, Effect.CANNOT_TELL, id="within it either way"),
        pytest.param((OK, OK), None, 3000, Effect.CANNOT_TELL, id="the small one is not answered"),
        pytest.param((OK, OK), 900, None, Effect.CANNOT_TELL, id="the large one is not answered"),
    ],
)
def test_a_budget_is_seen_in_how_much_is_thought(
    bad: tuple[Exchange, Exchange], small: int | None, large: int | None, effect: Effect
) -> None:
    short = dict(zip(("a budget of 500", "a budget over max_tokens"), bad, strict=True))
    long = {"long thinking, budget 1024": small, "long thinking, budget 3000": large}
    sighting, roles = drive(look_at_budget(RUN), lambda role, _: short[role] if role in short else thought(long[role]))
    assert sighting.effect is effect
    assert set(roles) == {*short, *(long if bad == (OK, OK) else ())}
