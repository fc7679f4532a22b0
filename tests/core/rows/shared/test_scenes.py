"""Rows that share an exchange: a code counts in its own place, and what is not seen there is asked alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from conformance.probing.run import Run
from conformance.probing.scene import Scene, or_shown_in_further_tries
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows import BY_ID
from conformance.rows.content import server_tool_turns
from conformance.rows.shared import scenes, shared_calls
from tests.core.made_up import RUN, copied, drive, exchange, message, refusal, text_stream

MANY = {
    "fields.system.array": scenes.system_codes(RUN),
    "messages.multi_turn": [RUN.nonce("multi_turn")],
    "content.string": [RUN.nonce("content.string")],
    "content.text.text": scenes.door_codes(RUN),
}
CALLS = {
    "fields.system": [RUN.nonce("system")],
    "content.tool_use.input": [RUN.nonce("tool_use.input")],
    "content.tool_use.name": [RUN.name("tool_use.name/elsewhere", "heave")],
    "content.tool_result.content": [RUN.nonce("tool_result.content")],
    "content.tool_result.content.array": [RUN.nonce(f"tool_result.array/{n}") for n in range(2)],
}
PAPERS = {
    "content.document": [RUN.nonce("document")],
    "content.document.pdf": [RUN.nonce("document.pdf")],
    "content.document.content": [RUN.nonce(f"document.content/{n}") for n in range(2)],
    "content.search_result": [RUN.nonce("search_result")],
}
SERVED = {
    "content.server_tool_use": [RUN.nonce("server_tool_use")],
    "content.web_fetch_tool_result": [RUN.nonce("web_fetch")],
    "content.code_execution_tool_result": [RUN.nonce("code_execution")],
}
MCP = {
    "content.mcp_tool_use": [RUN.nonce("mcp_tool_use")],
    "content.mcp_tool_result": [RUN.nonce("mcp_tool_result")],
}
SCENES: list[tuple[Callable[[Run], Scene], Mapping[str, list[str]]]] = [
    (scenes.many_turns, MANY),
    (scenes.tool_turns_read, CALLS),
    (scenes.papers_read, PAPERS),
    (scenes.server_turns, SERVED),
    (scenes.mcp_turns, MCP),
]
SHARED = [(row, scene, codes) for scene, codes in SCENES for row in codes]


def asks(row: str, answer: Exchange) -> tuple[Verdict, list[str]]:
    """The verdict and the roles where the shared conversation is answered so, and all else refused."""

    def reply(role: str, asked: Request) -> Exchange:
        return answer if role.startswith("codes in") else copied(role, 8) or refusal("alone")

    return drive(BY_ID[row].probe(RUN), reply)


@pytest.mark.parametrize(("scene", "codes"), SCENES)
def test_each_code_stands_in_one_place(scene: Callable[[Run], Scene], codes: Mapping[str, list[str]]) -> None:
    body = scene(RUN).request.body.decode()
    held = [code for each in codes.values() for code in each]
    assert len(set(held)) == len(held)
    # What stands in a PDF cannot be seen in the bytes.
    assert {code: body.count(code) for code in held if code != RUN.nonce("document.pdf")} == {
        code: 1 for code in held if code != RUN.nonce("document.pdf")
    }


@pytest.mark.parametrize(("row", "scene", "codes"), SHARED)
def test_a_row_whose_code_comes_back_asks_nothing_of_its_own(
    row: str, scene: Callable[[Run], Scene], codes: Mapping[str, list[str]]
) -> None:
    # Whether text beside results is read shows in another shared conversation.
    further = CALLS if row == "content.text.text" else {}
    said = message(", ".join(code for each in (*codes.values(), *further.values()) for code in each))
    verdict, roles = asks(row, exchange(said))
    assert verdict.status is Status.SUPPORTED
    assert roles[0] == scene(RUN).role
    assert all(role.startswith(("can the model copy", "codes in")) for role in roles[1:])


@pytest.mark.parametrize(("row", "scene", "codes"), SHARED)
def test_the_codes_of_all_other_rows_say_nothing_of_a_row(
    row: str, scene: Callable[[Run], Scene], codes: Mapping[str, list[str]]
) -> None:
    # Of two parts, one alone is not enough.
    said = [code for other, each in codes.items() for code in (each if other != row else each[1:])]
    verdict, roles = asks(row, exchange(message(", ".join(said))))
    assert verdict.status is not Status.SUPPORTED
    assert len(roles) > 1


@pytest.mark.parametrize("met", [refusal(), refusal(status=500), exchange(b"", None, failure="timeout: 30 s")])
@pytest.mark.parametrize(("row", "scene", "codes"), SHARED)
def test_a_shared_conversation_that_fails_says_nothing(
    row: str, scene: Callable[[Run], Scene], codes: Mapping[str, list[str]], met: Exchange
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        if role.startswith("codes in"):
            return met
        return copied(role, 8) or exchange(message(", ".join(code for each in codes.values() for code in each)))

    verdict, roles = drive(BY_ID[row].probe(RUN), reply)
    assert len(roles) > 1
    assert verdict.status in (Status.SUPPORTED, Status.UNTESTED)


def test_an_early_turn_counts_only_beside_the_last() -> None:
    verdict, roles = asks("messages.multi_turn", exchange(message(RUN.nonce("multi_turn"))))
    assert len(roles) > 1
    assert verdict.status is Status.UNTESTED


def parroted(role: str, asked: Request) -> Exchange:
    return exchange(message(re.sub(r'\\n|[{}"]', " ", asked.body.decode())))


@pytest.mark.parametrize("row", ["content.document", "fields.system", "content.tool_use.input"])
def test_an_endpoint_that_echoes_proves_nothing(row: str) -> None:
    verdict, _ = drive(BY_ID[row].probe(RUN), parroted)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)


def test_both_wordings_of_the_question_are_used() -> None:
    asked = {scenes.every_code(Run(seed=seed, model="m"), "all", "names") for seed in range(8)}
    assert len(asked) == 2


SCENE, FAILED = server_tool_turns.five_searches(RUN)
ERRORS = re.findall(r'"error_code":\s*"(\w+)"', SCENE.request.body.decode())


@pytest.mark.parametrize(
    ("said", "proves"),
    [
        (ERRORS, True),
        (ERRORS[::-1], False),
        (ERRORS[:-1], False),
        (list(server_tool_turns.SEARCH_ERRORS), False),
        ([], False),
    ],
)
def test_only_the_errors_of_the_searches_in_their_order_are_proof(said: list[str], proves: bool) -> None:
    assert FAILED(message(", ".join(said))) is proves


@pytest.mark.parametrize(
    ("copies", "verdict", "again"),
    [
        (4, untested(Reason.MODEL_TOO_WEAK, ""), 6),
        (4, untested(Reason.CANNOT_TELL, ""), 6),
        (8, untested(Reason.CANNOT_TELL, ""), 0),
        (0, untested(Reason.MODEL_TOO_WEAK, ""), 0),
        (4, untested(Reason.UNSTABLE, ""), 0),
        (4, Verdict(status=Status.REJECTED), 0),
    ],
)
def test_only_a_model_that_obeys_now_and_then_is_asked_more_often(copies: int, verdict: Verdict, again: int) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return copied(role, copies) or exchange(message("?"))

    told, roles = drive(or_shown_in_further_tries(RUN, verdict, SCENE, FAILED, 7), reply)
    assert told == verdict
    assert sum(role.startswith(SCENE.role) for role in roles) == again


def given(**changes: object) -> dict[str, object]:
    shelf, grade = shared_calls.parcel_keys(RUN)
    whole = {shelf: 7, grade: shared_calls.parcel_grades(RUN)[1], "permit": shared_calls.permit(RUN)}
    return {**whole, **changes}


def calling(parcel: object, cabinet: object, name: str = "") -> dict[str, object]:
    named = ((name or shared_calls.parcel_name(RUN), parcel), (shared_calls.CABINET, cabinet))
    return message(
        content=[
            {"type": "tool_use", "id": f"t{number}", "name": each, "input": value}
            for number, (each, value) in enumerate(named)
        ]
    )


SHELF, GRADE = shared_calls.parcel_keys(RUN)
EXAMPLE = {"cabinet": "red", "code": shared_calls.example_code(RUN)}
TOOLS = ("tools.name", "tools.input_schema", "tools.description", "tools.input_examples", "tools.type_custom")


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (calling(given(), EXAMPLE), {"tools.description"}),
        (calling(given(), EXAMPLE, "another"), set()),
        (calling(given(permit="?"), EXAMPLE), set()),
        (calling({}, {**EXAMPLE, "code": shared_calls.permit(RUN)}), set()),
    ],
)
def test_each_field_of_a_tool_shows_in_its_own_place(answer: dict[str, object], shown: set[str]) -> None:
    alone = set()
    for row in TOOLS:

        def reply(role: str, asked: Request) -> Exchange:
            return exchange(answer) if role == shared_calls.ROLE else refusal("alone")

        verdict, roles = drive(BY_ID[row].probe(RUN), reply)
        if verdict.status is Status.SUPPORTED:
            assert roles == [shared_calls.ROLE]
            alone.add(row)
    assert alone == shown


@pytest.mark.parametrize(
    ("answer", "streams"),
    [
        (calling(given(), EXAMPLE), {"tools.name", "tools.input_schema", "tools.input_examples", "tools.type_custom"}),
        (calling(given(more=1), EXAMPLE), {"tools.name", "tools.input_examples", "tools.type_custom"}),
        (calling(given(**{SHELF: "7"}), EXAMPLE), {"tools.name", "tools.input_examples", "tools.type_custom"}),
        (calling(given(**{GRADE: "purple"}), {}), {"tools.name", "tools.type_custom"}),
        (calling([], EXAMPLE), {"tools.name", "tools.input_examples"}),
    ],
)
def test_a_field_that_shows_is_looked_for_in_a_stream_as_well(answer: dict[str, object], streams: set[str]) -> None:
    asked_for = set()
    for row in TOOLS:

        def reply(role: str, asked: Request) -> Exchange:
            if role == shared_calls.ROLE:
                return exchange(answer)
            stream = role == f"{shared_calls.ROLE}, streamed"
            return exchange(text_stream("No."), headers={"content-type": "text/event-stream"}) if stream else refusal()

        verdict, roles = drive(BY_ID[row].probe(RUN), reply)
        if f"{shared_calls.ROLE}, streamed" in roles:
            # What the stream does not show is asked alone.
            assert len(roles) > 2
            assert verdict.status is not Status.SUPPORTED
            asked_for.add(row)
    assert asked_for == streams
