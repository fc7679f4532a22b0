"""References to tools, images in results, and blocks of no known type."""

from __future__ import annotations

import pytest

from conformance.probing.capability import RELIABLE_TRIES
from conformance.probing.verdict import Effect, Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import PROBES
from conformance.rows.content.images import colour_sets, names_colours
from conformance.rows.content.tool_reference import explain_known_anyway
from conformance.rows.content.unknown_block import refused_as_stated
from tests.core.made_up import RUN, called, drive, exchange, message, refusal, request

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
TOOL = RUN.name("tool_reference", "read_gauge")
CALL, OTHER = exchange(called(TOOL)), exchange(called("find_tools"))
DEFERRED = "a deferred tool, with no reference to it"


@pytest.mark.parametrize(
    ("answer", "effect"),
    [(NO, Effect.NOT_VISIBLE), (OK, Effect.IN_CONTROL), (OOPS, Effect.IN_CONTROL)],
)
def test_a_reference_to_no_tool_tells_whether_references_are_looked_at(answer: Exchange, effect: Effect) -> None:
    assert drive(explain_known_anyway(request()), lambda *_: answer)[0].effect is effect


def referred(
    *,
    bare: Exchange = OK,
    waiting: Exchange = OK,
    treatment: Exchange = CALL,
    bogus: Exchange = NO,
    calls: bool = True,
    reads: bool = True,
) -> Verdict:
    def reply(role: str, asked: Request) -> Exchange:
        if role == "without the deferred tool":
            return bare
        if role in (DEFERRED, "control"):
            return waiting
        if role.startswith("can the model call a tool"):
            return OTHER if calls else OK
        if role.startswith("can the model copy a code"):
            codes = [RUN.nonce(f"calibrate/copy/{n}") for n in range(RELIABLE_TRIES)]
            return exchange(message(" ".join(codes))) if reads else OK
        return bogus if role == "a reference to no tool" else treatment

    return drive(PROBES["content.tool_reference"](RUN), reply)[0]


@pytest.mark.parametrize(
    ("verdict", "status", "reason"),
    [
        pytest.param(referred(), Status.SUPPORTED, None, id="called for the reference alone"),
        pytest.param(referred(treatment=OTHER), Status.IGNORED, None, id="another is called"),
        pytest.param(referred(treatment=OK), Status.IGNORED, None, id="none is called"),
        pytest.param(referred(treatment=OK, calls=False), Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="never calls"),
        pytest.param(referred(treatment=OK, reads=False), Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="never reads"),
        pytest.param(referred(treatment=NO), Status.REJECTED, None, id="refused"),
        pytest.param(referred(treatment=OOPS), Status.BROKEN, None, id="crashes"),
        pytest.param(referred(waiting=CALL), Status.ACCEPTED, None, id="called anyway, and validated"),
        pytest.param(
            referred(waiting=CALL, bogus=OK),
            Status.UNTESTED,
            Reason.NOT_ATTRIBUTABLE,
            id="called anyway, unread",
        ),
        pytest.param(referred(waiting=NO), Status.UNTESTED, Reason.PREREQUISITE_REFUSED, id="deferral refused"),
        pytest.param(referred(bare=NO, waiting=NO), Status.UNTESTED, Reason.CONTROL_REFUSED, id="tools refused"),
    ],
)
def test_a_reference_is_read_where_its_tool_is_called_for_it(
    verdict: Verdict, status: Status, reason: Reason | None
) -> None:
    assert (verdict.status, verdict.reason) == (status, reason)


USER, ASSISTANT = "an unknown block of the user", "an unknown block of the assistant"
HEARD = exchange(message(f"It is {RUN.nonce('content.unknown')}."))


@pytest.mark.parametrize(
    ("user", "assistant", "status", "deviation", "note"),
    [
        pytest.param(NO, NO, Status.SUPPORTED, None, "", id="refused"),
        pytest.param(OK, OK, Status.IGNORED, None, "dropped in silence", id="dropped"),
        pytest.param(HEARD, OK, Status.IGNORED, None, "its text is read", id="read"),
        pytest.param(OK, HEARD, Status.IGNORED, None, "its text is read", id="read in the history"),
        pytest.param(NO, OK, Status.PARTIAL, Deviation.INCOMPLETE, "refused in one form only", id="of the user alone"),
        pytest.param(HEARD, NO, Status.PARTIAL, Deviation.INCOMPLETE, "the other is answered", id="of the other"),
        pytest.param(refusal("no", 422), NO, Status.PARTIAL, Deviation.OTHER_REFUSAL, "HTTP 422", id="otherwise"),
        pytest.param(OOPS, NO, Status.BROKEN, None, "no clean refusal: HTTP 500", id="crashes"),
    ],
)
def test_an_unknown_block_is_refused_wherever_it_stands(
    user: Exchange, assistant: Exchange, status: Status, deviation: Deviation | None, note: str
) -> None:
    answers = {USER: user, ASSISTANT: assistant}
    verdict, _ = drive(PROBES["content.unknown"](RUN), lambda role, _: answers.get(role, OK))
    assert (verdict.status, verdict.deviation) == (status, deviation)
    assert note in verdict.note


def test_both_unknown_blocks_hold_the_code_and_the_control_does_not() -> None:
    code, seen = RUN.nonce("content.unknown"), {}

    def reply(role: str, asked: Request) -> Exchange:
        seen[role] = [code in str(turn) for turn in asked.json["messages"]]
        return NO if role in (USER, ASSISTANT) else OK

    drive(PROBES["content.unknown"](RUN), reply)
    assert seen == {"control": [False] * 3, USER: [False, False, True], ASSISTANT: [False, True, False]}


@pytest.mark.parametrize(
    ("answer", "stated"),
    [
        (NO, True),
        (refusal("no", 422), False),
        (refusal("no", 400, "bad_request"), False),
        (exchange({"error": "no"}, 400), False),
        (OK, False),
    ],
)
def test_a_refusal_as_stated_is_400_and_of_its_type(answer: Exchange, stated: bool) -> None:
    assert refused_as_stated(answer) is stated


OUTSIDE = "the same images outside of a tool result"


@pytest.mark.parametrize(
    ("control", "outside", "treatment", "status", "reason"),
    [
        pytest.param(OK, NO, NO, Status.UNTESTED, Reason.PREREQUISITE_REFUSED, id="no image anywhere"),
        pytest.param(NO, OK, NO, Status.UNTESTED, Reason.CONTROL_REFUSED, id="no result given as blocks"),
        pytest.param(OK, OK, NO, Status.REJECTED, None, id="refused in a result"),
        pytest.param(OK, OK, OOPS, Status.BROKEN, None, id="crashes in a result"),
    ],
)
def test_an_image_in_a_result_is_judged_where_one_is_taken_outside(
    control: Exchange, outside: Exchange, treatment: Exchange, status: Status, reason: Reason | None
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return {"control": control, OUTSIDE: outside}.get(role, treatment)

    verdict, _ = drive(PROBES["content.tool_result.content.image"](RUN), reply)
    assert (verdict.status, verdict.reason) == (status, reason)


@pytest.mark.parametrize("right", [0, 1, 2])
def test_a_model_sees_where_it_names_both_sets(right: int) -> None:
    sets = [", ".join(colours) for colours in colour_sets(RUN)]

    def reply(role: str, asked: Request) -> Exchange:
        number = int(role.removesuffix(")")[-1]) - 1
        return exchange(message(sets[number] if number < right else "?"))

    assert drive(names_colours(RUN), reply)[0].shown == right
