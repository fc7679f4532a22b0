"""Lies about tool calls and their results, as they stand in the history."""

from __future__ import annotations

from dataclasses import replace

from conformance.lies.lie import Lie
from conformance.lies.shared.blocks import BLOCKS, RESULTS
from conformance.lies.shared.caching import automatic, cache_lies
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import answer_put, drop, number, only, put, refuse, sort_values

CALLS = f"{BLOCKS}[type=tool_use]"
STRANGER = f"{RESULTS}[tool_use_id=toolu_01stranger]"
"""The result of no call."""

BESIDE_TEXT = {"messages[role=user].content[:array]": r"tool_result.*'type': 'text'"}
"""Where the results of a turn are followed by words of the user."""

PAIRS = ("content.tool_use.id", "content.tool_result.tool_use_id")


def _pairing(row: str, block: str, ids: str, role: str) -> list[Lie]:
    """Lies about the ids of one side, that of `role`."""
    turned = {f"messages[role={role}].content[:array]": "toolu_01second.*toolu_01first|toolu_01pair"}
    return [
        Lie(
            row=row,
            name="refused",
            transforms=(refuse(block),),
            status="rejected",
            note="HTTP 400: .*does not match any of the expected tags",
        ),
        Lie(
            row=row,
            name="crashed",
            transforms=(faults.fail(500, block),),
            status="broken",
            note="HTTP 500: Internal error",
        ),
        Lie(
            row=row,
            name="paired_by_place",
            transforms=(number(f"{CALLS}.id", "toolu_"), number(f"{RESULTS}.tool_use_id", "toolu_")),
            status="ignored",
            note="the answer is the same when the ids are exchanged, and a result of no call is accepted",
        ),
        Lie(
            row=row,
            name="only_validated",
            transforms=(sort_values(ids),),
            status="accepted",
            note="validated only: a result of no call is refused",
        ),
        *(
            replace(lie, transforms=(*lie.transforms, sort_values(ids)))
            for lie in unclean(row, "stranger", STRANGER, "a result of no call")
        ),
        Lie(
            row=row,
            name="paired_every_second_time",
            transforms=(only(mark(block), turned), sort_values(ids, beside=MARKED)),
            status="untested",
            code="cannot_tell",
            note="with the ids exchanged the other code comes back in 2 of 4 tries",
        ),
    ]


LIES: list[Lie] = [
    *_pairing(PAIRS[0], CALLS, f"{CALLS}.id", "assistant"),
    *_pairing(PAIRS[1], RESULTS, f"{RESULTS}.tool_use_id", "user"),
    *(
        Lie(
            row="content.tool_result.tool_use_id",
            name=name,
            transforms=(refused,),
            status=status,
            code=code,
            note=f"HTTP 400: {words}",
            reports=(report,),
        )
        for name, refused, words, report, status, code in (
            (
                "refused_beside_text",
                only(faults.fail(400, RESULTS, "messages.2: roles must alternate"), BESIDE_TEXT),
                "messages.2: roles must alternate",
                "J03",
                "untested",  # the text beside is refused, and not the result
                "prerequisite_refused",
            ),
            (
                "in_the_wrong_role",
                refuse(RESULTS, "`tool_result` blocks can only be in `user` messages"),
                "`tool_result` blocks can only be in `user` messages",
                "J06",
                "rejected",
                "",
            ),
        )
    ),
    Lie(
        row=PAIRS[0],
        name="no_place_in_the_template",
        transforms=(faults.fail(400, CALLS, "Invalid assistant message: it must have either content or tool_calls"),),
        status="rejected",
        note="HTTP 400: Invalid assistant message",
        reports=("I13",),
    ),
    Lie(
        row="content.tool_use.id",
        name="results_mixed_up",
        transforms=(put(f"{CALLS}.input", {"locker": "red"}),),
        status="untested",
        code="prerequisite_refused",
        note="^what the row needs is missing: content.tool_use.input is ignored",
    ),
    Lie(
        row="content.tool_use.input",
        name="emptied",
        transforms=(put(f"{CALLS}.input", {}),),
        status="ignored",
        note=r"the code does not come back, and its content does not lengthen the prompt",
    ),
    Lie(
        row="content.tool_use.input",
        name="answer_fixed",
        transforms=(answer_put("content[type=text].text", "I do not know.", beside=RESULTS),),
        status="untested",
        code="prerequisite_refused",
        note="^what the row needs is missing: the text beside a tool_result is not read",
    ),
    Lie(
        row="content.tool_use.name",
        name="replaced",
        transforms=(put(f"{CALLS}.name", "tool"),),
        status="ignored",
        note="does not come back: the answer is the same whichever was called",
    ),
    Lie(
        row="content.tool_use.name",
        name="replaced_every_second_time",
        transforms=(
            mark(f"{CALLS}[id=toolu_01name]"),
            put(f"{CALLS}.name", "tool", beside=MARKED),
            put(f"{CALLS}[id=toolu_02second].name", "tool"),
        ),
        status="untested",
        code="cannot_tell",
        note="the name of the tool that was called does not come back each time",
    ),
    Lie(
        row="content.tool_use.name",
        name="replaced_and_input_lost",
        transforms=(put(f"{CALLS}.name", "tool"), put(f"{CALLS}.input", {})),
        status="untested",
        code="prerequisite_refused",
        note="^what the row needs is missing: content.tool_use.input is ignored",
    ),
    *cache_lies(
        "content.tool_use.cache_control",
        f"{CALLS}.cache_control",
        emptied=put(f"{CALLS}[cache_control].input", {}),
        unasked=automatic(CALLS),
    ),
    Lie(
        row="content.tool_result.content",
        name="dropped",
        transforms=(drop(f"{RESULTS}.content"),),
        status="ignored",
        note="the code does not come back, and its content does not lengthen the prompt",
    ),
    Lie(
        row="content.tool_result.content",
        name="replaced",
        transforms=(put(f"{RESULTS}.content", "The tool was called, and what it gave is kept by the gateway."),),
        status="ignored",
        note="the code does not come back, and its content does not lengthen the prompt",
    ),
    Lie(
        row="content.tool_result.content",
        name="answer_fixed",
        transforms=(answer_put("content[type=text].text", "The tool was called.", beside=RESULTS),),
        status="untested",
        code="prerequisite_refused",
        note="^what the row needs is missing: the text beside a tool_result is not read",
    ),
    *cache_lies(
        "content.tool_result.cache_control",
        f"{RESULTS}.cache_control",
        emptied=put(f"{RESULTS}[cache_control].content", "The locker is open."),
        unasked=automatic(RESULTS),
    ),
]
