"""How steadily the model shows a skill: what counts as a try, and what is asked for each of the shared skills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.probing.calibrate import SECOND_TRY
from conformance.probing.capability import (
    CITY_TOOL,
    FIRST_TRIES,
    LEFT_ALONE,
    MOST_TRIES,
    RELIABLE_TRIES,
    AskCapability,
    Capability,
    Trial,
    by_itself,
    calls_when_asked,
    copies_codes,
    copying,
    copying_role,
    echoes,
    greeting,
    leaves_a_greeting_alone,
    tool_request,
    tries_of,
    try_capability,
    varied_calls,
)
from conformance.probing.run import Dialect, Run
from conformance.protocol.exchange import Exchange, Request
from conformance.rows.content.text import copies_codes_in_either_form
from tests.core.made_up import RUN, VARIED, called, drive, exchange, message, refusal

NO, OOPS = refusal(), refusal("oops", 500)
AWAY = exchange(status=None, failure="connect: refused")


@pytest.mark.parametrize(
    ("shown", "tries", "unanswered", "known", "steady", "unsteady"),
    [
        pytest.param(0, 1, 0, True, False, False, id="once, never"),
        pytest.param(0, 8, 0, True, False, False, id="never"),
        pytest.param(1, 8, 0, True, False, True, id="once"),
        pytest.param(7, 8, 0, True, False, True, id="all but once"),
        pytest.param(8, 8, 0, True, True, False, id="every time"),
        pytest.param(1, 1, 0, True, True, False, id="once, every time"),
        pytest.param(5, 5, 3, True, True, False, id="every time of most"),
        pytest.param(4, 5, 3, True, False, True, id="all but once of most"),
        pytest.param(0, 5, 3, True, False, False, id="never of most"),
        pytest.param(4, 4, 4, False, False, False, id="every time of half"),
        pytest.param(3, 4, 4, False, False, False, id="all but once of half"),
        pytest.param(1, 1, 7, False, False, False, id="every time of one"),
        pytest.param(0, 0, 8, False, False, False, id="not answered"),
        pytest.param(0, 0, 0, False, False, False, id="not asked"),
    ],
)
def test_a_skill_is_steady_when_it_is_shown_every_time_and_unsteady_when_now_and_then(
    shown: int, tries: int, unanswered: int, known: bool, steady: bool, unsteady: bool
) -> None:
    capability = Capability(shown=shown, tries=tries, unanswered=unanswered)
    assert (capability.known, capability.reliable, capability.unreliable) == (known, steady, unsteady)


def test_a_skill_is_told_with_its_counts() -> None:
    assert Capability(shown=2, tries=8).told == "this model shows it in 2 of 8 tries"
    assert Capability(shown=0, tries=3, what="sings").told == "this model sings in 0 of 3 tries"


def test_a_guess_of_two_is_told_from_a_steady_model_and_an_unsteady_one_misses_seldom_every_time() -> None:
    assert 1 / 2**RELIABLE_TRIES == 1 / 256
    assert 1 / 2**MOST_TRIES == 1 / 4096


def test_what_needs_no_skill_asks_nothing_and_is_steady() -> None:
    capability, roles = drive(by_itself(RUN), lambda role, asked: NO)
    assert (capability.reliable, roles) == (True, [])


def test_a_request_is_asked_so_many_times_under_roles_of_their_own() -> None:
    plain = RUN.message("Hi")
    assert tries_of("hello", plain, 3) == {
        "hello": plain,
        "hello, try 2": plain.again(1),
        "hello, try 3": plain.again(2),
    }
    assert len(tries_of("hello", plain)) == RELIABLE_TRIES


def shown_by(*answers: Exchange) -> tuple[Capability, list[str]]:
    """The skill of saying yes, shown by these answers."""
    asked = tries_of("q", RUN.message("Hi"), len(answers))
    given = dict(zip(asked, answers, strict=True))
    steps = try_capability("says yes", asked, lambda role, message: message["content"][0]["text"] == "yes")
    return drive(steps, lambda role, request: given[role])


YES, NAY = exchange(message("yes")), exchange(message("no"))


@pytest.mark.parametrize(
    ("answers", "shown", "tries"),
    [
        pytest.param((YES, YES, YES), 3, 3, id="every time"),
        pytest.param((YES, NAY, NAY), 1, 3, id="once"),
        pytest.param((NAY, NAY, YES), 1, 3, id="at last"),
        pytest.param((NAY, NAY, NAY), 0, 3, id="never"),
        pytest.param((NO, YES, NAY), 1, 2, id="one is refused"),
        pytest.param((YES, AWAY, YES), 2, 2, id="one is not heard"),
        pytest.param((NO, NO, NO), 0, 0, id="all are refused"),
    ],
)
def test_a_skill_is_counted_of_the_tries_that_are_answered(
    answers: tuple[Exchange, ...], shown: int, tries: int
) -> None:
    capability, roles = shown_by(*answers)
    assert capability == Capability(shown=shown, tries=tries, unanswered=3 - tries, what="says yes")
    assert roles == ["q", "q, try 2", "q, try 3"]


def test_a_try_that_fails_by_itself_is_asked_a_second_time() -> None:
    steps = try_capability("answers", tries_of("q", RUN.message("Hi"), 2), lambda role, message: True)
    capability, roles = drive(steps, lambda role, asked: OOPS if asked.attempt == 1 else YES)
    assert (capability.shown, capability.tries) == (2, 2)
    assert roles == ["q", "q, try 2", "q, try 2"]


COPYING_ROLES = [f"can the model copy a code ({number})" for number in range(1, RELIABLE_TRIES + 1)]


def copied(say: Callable[[int, str], str | None]) -> tuple[Capability, list[str]]:
    """The skill of copying where each try, with its number and its code, is answered so; None is a refusal."""

    def reply(role: str, asked: Request) -> Exchange:
        attempt = COPYING_ROLES.index(role)
        code, prompt, request = copying(RUN, attempt)
        assert code in prompt
        assert asked == request
        said = say(attempt, code)
        return NO if said is None else exchange(message(said))

    return drive(copies_codes(RUN), reply)


def test_the_copying_of_codes_is_asked_in_a_code_of_its_own_each_time_and_in_two_wordings_by_turns() -> None:
    assert [copying_role(attempt) for attempt in range(RELIABLE_TRIES)] == COPYING_ROLES
    codes, prompts, _ = zip(*(copying(RUN, attempt) for attempt in range(RELIABLE_TRIES)), strict=True)
    stems = [prompt.replace(code, "") for code, prompt in zip(codes, prompts, strict=True)]
    assert len(set(codes)) == RELIABLE_TRIES
    assert stems == [stems[0], stems[1]] * (RELIABLE_TRIES // 2)
    assert stems[0] != stems[1]


def test_which_wording_is_the_first_is_drawn() -> None:
    runs = [Run(seed=seed, model="made-up-1") for seed in range(20)]
    assert {copying(run, 0)[1].partition(" ")[0] for run in runs} == {"The", "Note"}


@pytest.mark.parametrize(
    ("say", "shown", "tries"),
    [
        pytest.param(lambda n, code: code, 8, 8, id="every time"),
        pytest.param(lambda n, code: f"It is {code.lower()}.", 8, 8, id="in lower case, among words"),
        pytest.param(lambda n, code: code if n % 2 else "?", 2, 4, id="in one wording alone"),
        pytest.param(lambda n, code: code if n < 4 else "?", 4, 8, id="at first"),
        pytest.param(lambda n, code: "?", 0, 8, id="never"),
        pytest.param(lambda n, code: code if n > 3 else "?", 4, 8, id="at last"),
        pytest.param(lambda n, code: copying(RUN, n + 1)[0], 0, 8, id="the code of another try"),
        pytest.param(lambda n, code: None if n == 2 else "?", 0, 7, id="never, and once not answered"),
        pytest.param(lambda n, code: None if n < 2 else "?", 0, 6, id="never, and half of the first not answered"),
        pytest.param(lambda n, code: None if n else code, 1, 1, id="answered once"),
        pytest.param(lambda n, code: None, 0, 0, id="never answered"),
    ],
)
def test_a_code_is_copied_as_often_as_it_comes_back(
    say: Callable[[int, str], str | None], shown: int, tries: int
) -> None:
    capability, roles = copied(say)
    unanswered = len(roles) - tries
    assert capability == Capability(
        shown=shown, tries=tries, unanswered=unanswered, what="repeats a code that it reads"
    )
    # One that shows nothing at first is asked on: most rows of text hang on it.
    codes = [copying(RUN, n)[0] for n in range(FIRST_TRIES)]
    first = [code for n, code in enumerate(codes) if code.casefold() in (say(n, code) or "").casefold()]
    decided = not tries or (unanswered < 2 and 0 < len(first) < FIRST_TRIES)
    assert roles == (COPYING_ROLES[:FIRST_TRIES] if decided else COPYING_ROLES)


def in_form(strings: int, blocks: int) -> tuple[Callable[[str, Request], Exchange], list[bool]]:
    """A model that copies so many of eight codes in strings, and so many in blocks; whether each was in a block."""
    asked_in_blocks: list[bool] = []

    def reply(role: str, asked: Request) -> Exchange:
        bare = role.removesuffix(", given in a block")
        attempt = COPYING_ROLES.index(bare)
        code, prompt, _ = copying(RUN, attempt)
        given = asked.json["messages"][0]["content"]
        assert given == (prompt if bare == role else [{"type": "text", "text": prompt}])
        asked_in_blocks.append(bare != role)
        return exchange(message(code if attempt < (strings if bare == role else blocks) else "?"))

    return reply, asked_in_blocks


def test_a_code_may_be_given_in_a_block() -> None:
    reply, asked_in_blocks = in_form(8, 3)
    capability, _ = drive(copies_codes(RUN, in_blocks=True), reply)
    assert (capability.shown, capability.tries, asked_in_blocks) == (3, 4, [True] * 4)


@pytest.mark.parametrize(
    ("strings", "blocks", "shown", "forms"),
    [
        pytest.param(8, 0, 8, [False] * 8, id="strings"),
        pytest.param(0, 8, 8, [False] * 8 + [True] * 8, id="blocks alone"),
        pytest.param(7, 8, 8, [False] * 8 + [True] * 8, id="blocks always, strings now and then"),
        pytest.param(7, 3, 3, [False] * 8 + [True] * 4, id="both now and then"),
        pytest.param(0, 0, 0, [False] * 8 + [True] * 4, id="neither"),
    ],
)
def test_where_strings_are_in_doubt_codes_are_given_in_blocks(
    strings: int, blocks: int, shown: int, forms: list[bool]
) -> None:
    reply, asked_in_blocks = in_form(strings, blocks)
    capability, _ = drive(copies_codes_in_either_form(RUN), reply)
    assert (capability.shown, asked_in_blocks) == (shown, forms)


CODE, PROMPT, _ = copying(RUN, 0)


@pytest.mark.parametrize(
    ("given", "echo"),
    [
        pytest.param(exchange(message(PROMPT)), True, id="the prompt"),
        pytest.param(exchange(message(f"You said: {PROMPT.upper()} And so?")), True, id="the prompt among other words"),
        pytest.param(exchange(message(CODE)), False, id="the code"),
        pytest.param(exchange(message(PROMPT[:-1])), False, id="half the prompt"),
        pytest.param(NO, False, id="a refusal"),
    ],
)
def test_an_endpoint_echoes_when_its_answer_holds_the_whole_prompt(given: Exchange, echo: bool) -> None:
    assert drive(echoes(RUN), lambda role, asked: given) == (echo, COPYING_ROLES[:1])


def test_an_echo_is_looked_for_in_the_first_try_at_copying_so_that_it_costs_nothing() -> None:
    assert list(next(echoes(RUN)).values()) == [copying(RUN, 0)[2]]
    assert next(copies_codes(RUN))[COPYING_ROLES[0]] == copying(RUN, 0)[2]


def test_an_echo_that_fails_by_itself_is_asked_a_second_time() -> None:
    echo, _ = drive(echoes(RUN), lambda role, asked: exchange(message(PROMPT)) if asked.attempt == SECOND_TRY else OOPS)
    assert echo


@pytest.mark.parametrize("ask", [tool_request, greeting])
def test_what_asks_for_a_call_and_what_does_not_offer_the_same_tool_and_carry_further_fields(
    ask: Callable[..., Request],
) -> None:
    assert ask(RUN).json["tools"] == [CITY_TOOL]
    assert "tool_choice" not in ask(RUN).json
    assert ask(RUN, tool_choice={"type": "any"}).json == {**ask(RUN).json, "tool_choice": {"type": "any"}}


CALL, WORDS = exchange(called("get_weather")), exchange(message())
CALLING = "calls a tool when it is asked to"
LEAVING = "calls no tool when it is only greeted"


@pytest.mark.parametrize("often", [0, 1, 7, 8])
def test_how_often_the_model_calls_when_asked_is_counted_where_it_does_not_in_all_varied_requests(often: int) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return WORDS if role == VARIED[-1] or asked.attempt >= often else CALL

    capability, roles = drive(calls_when_asked(RUN), reply)
    asked = "can the model call a tool"
    tries = FIRST_TRIES if often < FIRST_TRIES else RELIABLE_TRIES
    assert capability == Capability(shown=often, tries=tries, what=CALLING)
    assert roles == [*VARIED, asked, *(f"{asked}, try {number}" for number in range(2, tries + 1))]


def test_a_model_that_calls_in_some_varied_requests_alone_is_unsteady() -> None:
    capability, _ = drive(calls_when_asked(RUN), lambda role, asked: CALL if role in VARIED[1:3] else WORDS)
    assert (capability.shown, capability.tries) == (2, FIRST_TRIES + len(VARIED))
    assert capability.unreliable


def test_a_model_that_calls_in_all_varied_requests_is_asked_nothing_more() -> None:
    capability, roles = drive(calls_when_asked(RUN), lambda role, asked: CALL)
    assert (capability, roles) == (Capability(shown=RELIABLE_TRIES, tries=RELIABLE_TRIES, what=CALLING), VARIED)


@pytest.mark.parametrize("odd", [OOPS, WORDS])
@pytest.mark.parametrize("role", VARIED)
def test_a_varied_request_that_is_not_answered_or_calls_nothing_makes_no_model_unsteady(
    role: str, odd: Exchange
) -> None:
    # One call itself is the first of the tries as well.
    capability, _ = drive(calls_when_asked(RUN), lambda asked, request: odd if asked == role else CALL)
    assert capability.reliable


def test_varied_requests_differ_and_are_not_streams_where_streams_alone_are_answered() -> None:
    assert len({request.identity for request in varied_calls(RUN).values()}) == RELIABLE_TRIES
    streams = replace(RUN, dialect=Dialect(streamed=True))
    _, roles = drive(calls_when_asked(streams), lambda role, asked: CALL)
    assert not set(roles) & set(VARIED)


@pytest.mark.parametrize("left", [0, 1, 3, 4, 7, 8])
def test_whether_a_greeting_is_left_alone_is_tried_a_few_times(left: int) -> None:
    capability, roles = drive(leaves_a_greeting_alone(RUN), lambda _, asked: WORDS if asked.attempt < left else CALL)
    assert capability == Capability(shown=min(left, LEFT_ALONE), tries=LEFT_ALONE, what=LEAVING)
    assert len(roles) == LEFT_ALONE


def test_a_greeting_whose_few_tries_are_not_all_answered_is_tried_as_often_as_other_skills() -> None:
    capability, roles = drive(leaves_a_greeting_alone(RUN), lambda _, asked: NO if asked.attempt == 1 else WORDS)
    assert capability == Capability(shown=RELIABLE_TRIES - 1, tries=RELIABLE_TRIES - 1, unanswered=1, what=LEAVING)
    assert len(set(roles)) == RELIABLE_TRIES


@pytest.mark.parametrize(
    ("shown", "copies", "missing", "own"),
    [
        pytest.param("y", True, False, 1, id="shown at once"),
        pytest.param("-", False, True, 1, id="not shown by a model that copies no code"),
        pytest.param("-yyy", True, False, 4, id="shown later by a model that copies"),
        pytest.param("----y---", True, False, 8, id="shown last by a model that copies"),
        pytest.param("--------", True, True, 8, id="never shown by a model that copies"),
        pytest.param("xy--", False, False, 4, id="not answered at first"),
    ],
)
def test_a_skill_of_one_row_is_missing_after_one_try_where_the_model_does_not_so_much_as_copy(
    shown: str, copies: bool, missing: bool, own: int
) -> None:
    trial = Trial(
        what="says yes",
        tries=tries_of("own", RUN.message("Hi")),
        shows=lambda message: message["content"][0]["text"] == "yes",
    )

    def reply(role: str, asked: Request) -> Exchange:
        if not role.startswith("own"):
            return exchange(message(copying(RUN, COPYING_ROLES.index(role))[0] if copies else "?"))
        said = shown[asked.attempt] if asked.attempt < len(shown) else "-"
        return {"y": YES, "-": NAY, "x": NO}[said]

    capability, roles = drive(trial.at_first(RUN), reply)
    assert (capability.missing, len({role for role in roles if role.startswith("own")})) == (missing, own)
    assert drive(trial.ask_capability(RUN), reply)[0].missing is missing


@pytest.mark.parametrize(
    ("ask_capability", "ask"), [(calls_when_asked, tool_request), (leaves_a_greeting_alone, greeting)]
)
def test_a_skill_of_calling_is_asked_without_tool_choice(
    ask_capability: AskCapability, ask: Callable[[Run], Request]
) -> None:
    assert all("tool_choice" not in asked.json for asked in next(ask_capability(RUN)).values())
    assert ask(RUN) in next(ask_capability(RUN)).values()
