"""Blocks of which nothing is seen: the tables that tell one that was dropped from one that is only checked."""

from __future__ import annotations

import pytest

from conformance.probing.capability import FIRST_TRIES, MOST_TRIES, copying
from conformance.probing.contrast import Contrast
from conformance.probing.scene import contains, unless_echoed
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.content.images import look_at_colours, named_in_order
from conformance.rows.content.thinking import explain_unread
from conformance.rows.shared.betas import refused_beta
from conformance.rows.simple_fields.thinking import look_at_budget
from tests.core.made_up import COPYING, RUN, called, counted, drive, exchange, message, refusal

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
AWAY = exchange(status=None, failure="connect: refused")
COUNTS = {"baseline": 10, "a longer prompt": 110, "a long field that is no prompt": 10}
CONSTANT = dict.fromkeys(COUNTS, 10)
ECHOED = exchange(message(copying(RUN, 0)[1]))


def test_a_code_that_comes_back_is_read_in_whatever_case_and_wherever_it_is_said() -> None:
    thought = message(content=[{"type": "thinking", "thinking": "It is qx-1111.", "signature": "s"}])
    for given in (message("QX-1111"), message("It is qx-1111."), thought):
        assert contains("QX-1111")(given).seen
    missed = contains("QX-1111")(message("QX-1112"))
    assert (missed.seen, missed.void, missed.missed) == (False, False, "the code does not come back")


def test_a_code_that_comes_back_beside_another_that_was_not_asked_for_proves_nothing() -> None:
    detect = contains("QX-1111", but_not="BD-2222")
    assert detect(message("QX-1111")).seen
    assert detect(message("?")).missed == "the code does not come back"
    both = detect(message("QX-1111 and bd-2222"))
    assert (both.seen, both.missed) == (False, "the codes come back together, whichever is asked for")
    thought = {"type": "thinking", "thinking": "QX-1111, not BD-2222", "signature": "s"}
    assert detect(message(content=[thought, {"type": "text", "text": "QX-1111"}])).seen


@pytest.mark.parametrize("deviation", [None, Deviation.INCOMPLETE])
def test_what_is_seen_from_an_endpoint_that_echoes_its_prompt_cannot_be_told(deviation: Deviation | None) -> None:
    seen = Finding(effect=Effect.SEEN, note="read", deviation=deviation)
    note = "this endpoint echoes its prompt, so a code that comes back proves nothing"
    untold = Finding(effect=Effect.CANNOT_TELL, note=note)
    assert drive(unless_echoed(RUN, seen), lambda role, asked: ECHOED)[0] == untold
    assert drive(unless_echoed(RUN, seen), lambda role, asked: OK)[0] == seen
    assert drive(unless_echoed(RUN, seen), lambda role, asked: NO)[0] == seen


@pytest.mark.parametrize("effect", [each for each in Effect if each is not Effect.SEEN])
def test_where_nothing_is_seen_no_echo_is_looked_for(effect: Effect) -> None:
    finding = Finding(effect=effect, note="a miss")
    assert drive(unless_echoed(RUN, finding), lambda role, asked: ECHOED) == (finding, [])


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
        pytest.param(NO, "yyy", 0, COUNTS, Effect.NOT_VISIBLE, id="refused"),
        pytest.param(NO, "-", 300, COUNTS, Effect.NOT_VISIBLE, id="refused, whatever else"),
        pytest.param(OOPS, "yyy", 0, COUNTS, Effect.NOT_VISIBLE, id="crashes"),
        pytest.param(refusal("slow", 429), "yyy", 0, COUNTS, Effect.CANNOT_TELL, id="is limited"),
        pytest.param(AWAY, "---", 300, COUNTS, Effect.CANNOT_TELL, id="is not heard"),
        pytest.param(OK, "---", 0, COUNTS, Effect.TOO_WEAK, id="not repeated"),
        pytest.param(OK, "---", 300, COUNTS, Effect.TOO_WEAK, id="not repeated, grew"),
        pytest.param(OK, "y-y", 0, COUNTS, Effect.TOO_WEAK, id="repeated now and then"),
        pytest.param(OK, "yy-", 300, COUNTS, Effect.TOO_WEAK, id="repeated now and then, grew"),
        pytest.param(OK, "xxx", 0, COUNTS, Effect.TOO_WEAK, id="not answered as text"),
        pytest.param(OK, "yyy", 0, COUNTS, Effect.ABSENT, id="repeated, no growth"),
        pytest.param(OK, "yyy", 9, COUNTS, Effect.ABSENT, id="repeated, no growth to speak of"),
        pytest.param(OK, "yyy", 300, CONSTANT, Effect.ABSENT, id="repeated, nothing is counted"),
        pytest.param(OK, "yyy", 10, COUNTS, Effect.CANNOT_TELL, id="repeated, grew"),
        pytest.param(OK, "yyy", 0, {}, Effect.CANNOT_TELL, id="repeated, growth unseen"),
    ],
)
def test_a_thought_that_does_not_come_back_is_checked_dropped_or_only_not_repeated(
    malformed: Exchange, as_text: str, growth: int, totals: dict[str, int], effect: Effect
) -> None:
    treatment = exchange(counted(100 + growth))
    contrast = Contrast([read_answer(exchange(counted(100)))], [read_answer(treatment)], treatment)

    def reply(role: str, asked: Request) -> Exchange:
        if role == "a thinking block that is no text":
            return malformed
        if role == "with the field":
            return OK
        if role.startswith("the same thought as text"):
            said = as_text[asked.attempt]
            return NO if said == "x" else exchange(message(CODE if said == "y" else "?"))
        return exchange(counted(totals[role])) if role in totals else NO

    steps = explain_unread(RUN, contrast, RUN.message("whole"), RUN.message("malformed"), RUN.message("as text"), CODE)
    finding, _ = drive(steps, reply)
    assert finding.effect is effect
    if malformed is OK:
        assert finding.note.startswith("an invented signature is not refused, and the thought does not come back")
    elif malformed is NO:
        assert finding.note == "validated only: HTTP 400: no"
    else:
        assert read_answer(malformed).problem in finding.note


SETS = [["red", "green", "blue"], ["black", "white", "red"]]
FIRST, SECOND = ("red, green, blue", "Black, white and red.")
IMAGES = [RUN.message("the first images"), RUN.message("three other images")]
CALL = exchange(called("get_weather"))


def colours(
    said: tuple[str | None, ...],
    other: tuple[str | None, ...],
    *,
    copies: int | None = 8,
    calls: int = 8,
    growth: int = 0,
    totals: dict[str, int] = COUNTS,
    echo: bool = False,
) -> tuple[Finding, list[str]]:
    """What is made of two sets of images that are answered so, try by try, the last ever after, where the model copies
    so many codes (None: it is not answered) and makes so many calls of eight; the first set lengthens the prompt by so
    many tokens."""
    treatment = exchange(counted(100 + growth, said[0] or ""))
    contrast = Contrast([read_answer(exchange(counted(100)))], [read_answer(treatment)], treatment)

    def reply(role: str, asked: Request) -> Exchange:
        if role in COPYING:
            code, prompt, _ = copying(RUN, COPYING.index(role))
            if copies is None:
                return NO
            return exchange(message(prompt if echo else code if COPYING.index(role) < copies else "?"))
        if role.startswith("can the model call a tool"):
            return CALL if asked.attempt < calls else OK
        if role in totals:
            return exchange(counted(totals[role]))
        if role not in ("set 1 of the images", "set 2 of the images"):
            return NO
        number = int(role[4]) - 1
        assert asked.again(0) == IMAGES[number]
        tries = (said, other)[number]
        words = tries[min(asked.attempt, len(tries) - 1)]
        return NO if words is None else exchange(message(words))

    answer = None if other[0] is None else message(other[0])
    return drive(look_at_colours(RUN, contrast, answer, IMAGES, SETS), reply)


@pytest.mark.parametrize(
    ("said", "other", "copies", "calls", "effect"),
    [
        pytest.param(FIRST, SECOND, 0, 0, Effect.SEEN, id="both sets"),
        pytest.param(FIRST, SECOND, 3, 3, Effect.SEEN, id="both sets, now and then"),
        pytest.param(FIRST, FIRST, 8, 8, Effect.CANNOT_TELL, id="the first set"),
        pytest.param("?", SECOND, 8, 8, Effect.CANNOT_TELL, id="the second set"),
        pytest.param("?", SECOND, 0, 0, Effect.CANNOT_TELL, id="the second set, never"),
        pytest.param(FIRST, "?", 7, 8, Effect.TOO_WEAK, id="the first set, copies now and then"),
        pytest.param(FIRST, None, 8, 8, Effect.CANNOT_TELL, id="the first set, the other not answered"),
        pytest.param("?", None, 0, 0, Effect.CANNOT_TELL, id="no set, the other not answered"),
        pytest.param("?", "?", 0, 8, Effect.TOO_WEAK, id="no set, never copies"),
        pytest.param("?", "?", 8, 0, Effect.TOO_WEAK, id="no set, never calls"),
        pytest.param("?", "?", 7, 8, Effect.TOO_WEAK, id="no set, copies now and then"),
        pytest.param("?", "?", 8, 7, Effect.TOO_WEAK, id="no set, calls now and then"),
        pytest.param("?", "?", None, 8, Effect.CANNOT_TELL, id="no set, no question of copying answered"),
        pytest.param("?", SECOND, None, 8, Effect.CANNOT_TELL, id="the second set, no question answered"),
        pytest.param("?", "? ", 8, 8, Effect.ABSENT, id="no set, able, the same"),
    ],
)
@pytest.mark.parametrize("growth", [0, 200])
def test_images_are_seen_where_two_sets_of_colours_are_named_in_order(
    growth: int, said: str, other: str | None, copies: int | None, calls: int, effect: Effect
) -> None:
    assert colours((said,), (other,), copies=copies, calls=calls, growth=growth)[0].effect is effect


@pytest.mark.parametrize(
    ("growth", "totals", "effect"),
    [
        pytest.param(19, COUNTS, Effect.ABSENT, id="no growth"),
        pytest.param(20, COUNTS, Effect.CANNOT_TELL, id="growth"),
        pytest.param(0, CONSTANT, Effect.CANNOT_TELL, id="not counted"),
        pytest.param(0, {}, Effect.CANNOT_TELL, id="counting not seen"),
    ],
)
def test_images_that_get_different_answers_without_their_colours_are_explained_by_the_growth_of_the_prompt(
    growth: int, totals: dict[str, int], effect: Effect
) -> None:
    assert colours(("?",), ("!",), growth=growth, totals=totals)[0].effect is effect
    assert colours(("",), ("",), growth=growth, totals=totals)[0].effect is effect


OFTEN = MOST_TRIES - 1
SET_1, SET_2 = "set 1 of the images", "set 2 of the images"


@pytest.mark.parametrize(
    ("said", "other", "asked", "effect"),
    [
        pytest.param(("?", FIRST), (SECOND,), [SET_1], Effect.SEEN, id="the first set the second time"),
        pytest.param((FIRST,), ("?", None, SECOND), [SET_2] * 2, Effect.SEEN, id="the other set the third time"),
        pytest.param(("?", "?", FIRST), ("?", SECOND), [SET_1] * 2 + [SET_2], Effect.SEEN, id="both later"),
        pytest.param(("?",) * OFTEN + (FIRST,), (SECOND,), [SET_1] * OFTEN, Effect.SEEN, id="at last"),
        pytest.param(("?",), (SECOND,), [SET_1] * OFTEN, Effect.TOO_WEAK, id="the first set never"),
        pytest.param((FIRST,), ("?", None), [SET_2] * OFTEN, Effect.TOO_WEAK, id="the other set never"),
        pytest.param(("?",), ("?",), [SET_1] * OFTEN + [SET_2] * OFTEN, Effect.TOO_WEAK, id="never"),
    ],
)
def test_a_model_that_copies_now_and_then_is_asked_for_each_set_until_it_names_it(
    said: tuple[str, ...], other: tuple[str | None, ...], asked: list[str], effect: Effect
) -> None:
    finding, roles = colours(said, other, copies=3)
    assert finding.effect is effect
    assert [role for role in roles if role in (SET_1, SET_2)] == asked
    if effect is Effect.TOO_WEAK:
        copying_told = f"this model repeats a code that it reads in 3 of {FIRST_TRIES} tries"
        assert finding.note == f"the colours red, green, blue are not named, but {copying_told}"


@pytest.mark.parametrize("copies", [0, 8])
def test_a_model_that_copies_always_or_never_is_asked_for_each_set_once(copies: int) -> None:
    _, roles = colours(("?", FIRST), ("?", SECOND), copies=copies)
    assert not {SET_1, SET_2} & set(roles)


def test_colours_from_an_endpoint_that_echoes_its_prompt_prove_nothing() -> None:
    assert colours((FIRST,), (SECOND,), echo=True)[0].effect is Effect.CANNOT_TELL


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
        pytest.param((OK, OOPS), 2000, 3000, Effect.NOT_VISIBLE, id="one crashes"),
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
    met = {**short, "with the field": OK}
    finding, roles = drive(look_at_budget(RUN), lambda role, _: met[role] if role in met else thought(long[role]))
    assert finding.effect is effect
    beside = {"with the field"} if bad == (OK, OOPS) else set()
    assert set(roles) == {*short, *beside, *(long if bad == (OK, OK) else ())}
