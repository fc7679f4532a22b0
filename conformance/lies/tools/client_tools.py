"""Lies about the tools whose schema the vendor owns and the client runs."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tools import lie, only_in_one_mode, under_beta
from conformance.reference import faults
from conformance.reference.transforms import (
    answer_as_text,
    answer_default,
    answer_drop,
    answer_put,
    drop,
    put,
    refuse,
    refuse_header,
)

CALLS = "content[type=tool_use]"
WORDS = {"type": "text", "text": '<tool_call>{"name": "x"}</tool_call>'}
GUESS = "the model gives the same input to a tool of that name without any schema, so it may be a guess"


def plain_function(name: str) -> dict[str, Any]:
    """What a gateway makes of a tool that it does not know: a function that says nothing of its input."""
    return {"name": name, "input_schema": {"type": "object", "properties": {}}}


def client_lies(row: str, kind: str, name: str, *, due: str, fits: dict[str, Any], may_be: dict[str, Any]) -> list[Lie]:
    """The lies about one tool of type `kind`. `due` is what the input must have, `fits` an input that has it, and
    `may_be` one from which nothing follows."""
    typed = f"tools[type={kind}]"
    unread = put(typed, plain_function(name))
    return [
        *failures(row, typed),
        lie(row, "dropped", drop(typed), status="ignored", note="no tool is called"),
        lie(
            row,
            "made_a_plain_function",
            unread,
            status="ignored",
            note=f"{name} is called with an empty input where {due} is due",
        ),
        lie(
            row,
            "guessed_by_the_model",
            unread,
            answer_put(f"{CALLS}[name={name}].input", fits),
            status="untested",
            code="not_attributable",
            note=GUESS,
        ),
        lie(
            row,
            "guessed_by_halves",
            unread,
            answer_put(f"{CALLS}.input", may_be, beside=typed),
            status="untested",
            code="model_too_weak",
            note=f"{name} is called with {', '.join(may_be)} where {due} is due",
        ),
        lie(
            row,
            "told_and_not_used",
            answer_put(f"{CALLS}.input", {}, beside=typed),
            status="untested",
            code="cannot_tell",
            note=r"is called with an empty input .*although the type brings \d+ tokens into the prompt",
        ),
        lie(
            row,
            "wrong_keys",
            unread,
            answer_put(f"{CALLS}.input", {"arguments": "x"}, beside=typed),
            status="ignored",
            note=f"{name} is called with arguments where {due} is due",
        ),
        lie(
            row,
            "input_as_text",
            unread,
            answer_put(f"{CALLS}.input", fits, beside=typed),
            answer_as_text(f"{CALLS}.input", beside=typed),
            status="ignored",
            note=f"{name} is called with a str where {due} is due",
        ),
        lie(
            row,
            "called_in_words",
            drop(typed),
            answer_put("content[*]", WORDS, beside=typed),
            status="ignored",
            note="no tool is called",
        ),
        lie(
            row,
            "renamed",
            answer_put(f"{CALLS}.name", f"functions.{name}", beside=typed),
            status="partial",
            code="renamed",
            note=rf"{name} is called as functions\.{name}",
        ),
        lie(
            row,
            "extra_key",
            answer_default(f"{CALLS}.input.explanation", "as asked", beside=typed),
            status="partial",
            code="extra_keys",
            note="the input has explanation, which the tool does not have",
        ),
        lie(
            row,
            "schema_demanded",
            refuse(typed, "tools.0.custom.input_schema: Field required"),
            status="rejected",
            note="HTTP 400: tools.0.custom.input_schema: Field required",
        ),
        *only_in_one_mode(row, typed, answer_put(CALLS, WORDS), "no tool is called"),
    ]


BASH = client_lies(
    "tools.bash", "bash_20250124", "bash", due="restart", fits={"restart": True}, may_be={"command": "exec bash"}
)

EDITOR_NAME = "str_replace_based_edit_tool"
EDITOR_KIND = "text_editor_20250728"


def _editor(lie_: Lie) -> bool:
    """The path that is asked for is another in every run, so that no fixed input fits it."""
    return lie_.name not in ("guessed_by_the_model", "guessed_by_halves", "input_as_text")


EDITOR = [
    *filter(
        _editor,
        client_lies(
            "tools.text_editor",
            EDITOR_KIND,
            EDITOR_NAME,
            due="command, path and view_range",
            fits={},
            may_be={},
        ),
    ),
    lie(
        "tools.text_editor",
        "range_left_out",
        answer_drop(f"{CALLS}.input.view_range", beside=f"tools[type={EDITOR_KIND}]"),
        status="untested",
        code="model_too_weak",
        note=f"{EDITOR_NAME} is called with command, path where command, path and view_range is due",
    ),
    lie(
        "tools.text_editor",
        "input_as_text",
        answer_as_text(f"{CALLS}.input", beside=f"tools[type={EDITOR_KIND}]"),
        status="untested",
        code="cannot_tell",
        note=f"{EDITOR_NAME} is called with a str .*although the type brings",
    ),
]

MEMORY = [
    *client_lies(
        "tools.memory",
        "memory_20250818",
        "memory",
        due="command and a path under /memories",
        fits={"command": "view", "path": "/memories"},
        may_be={"command": "view", "path": "notes"},
    ),
    # Other rows need this beta header as well, so that it is not refused here.
    *(
        each
        for each in under_beta("tools.memory", "tools[type=memory_20250818]", "context-management-2025-06-27")
        if each.name != "beta_refused_as_well"
    ),
]

COMPUTER_ROW = "tools.computer"
TOOLSET = "tools[type=computer_toolset_20260801]"
EARLY = "tools[type=computer_20250124]"
BETA_OF_COMPUTER = "computer-use-2025-01-24"
SHOT = {"type": "tool_use", "id": "toolu_1", "name": "computer_toolset_20260801", "input": {}}

COMPUTER = [
    *failures(COMPUTER_ROW, TOOLSET, without=("refused", "forbidden")),
    lie(
        COMPUTER_ROW,
        "toolset_refused",
        refuse(TOOLSET),
        status="partial",
        code="one_form",
        note=r"the toolset is refused \(HTTP 400: .*\), the earlier computer tool is known under its beta header",
    ),
    lie(
        COMPUTER_ROW,
        "toolset_dropped",
        drop(TOOLSET),
        status="partial",
        code="one_form",
        note=r"the toolset is ignored \(no tool is called\), the earlier computer tool is known",
    ),
    lie(COMPUTER_ROW, "refused", refuse(TOOLSET), refuse(EARLY), status="rejected", note="HTTP 400: "),
    lie(
        COMPUTER_ROW,
        "forbidden",
        faults.fail(403, TOOLSET, "Not in your plan"),
        faults.fail(403, EARLY, "Not in your plan"),
        status="rejected",
        note="HTTP 403: Not in your plan",
    ),
    lie(
        COMPUTER_ROW,
        "refused_and_its_beta_as_well",
        refuse(TOOLSET),
        refuse_header("anthropic-beta", BETA_OF_COMPUTER),
        status="rejected",
        note="HTTP 400: ",
    ),
    lie(COMPUTER_ROW, "dropped", drop(TOOLSET), drop(EARLY), status="ignored", note="no tool is called"),
    lie(
        COMPUTER_ROW,
        "made_a_plain_function",
        put(TOOLSET, plain_function("computer_toolset_20260801")),
        answer_put("content[*]", SHOT, beside=TOOLSET),
        drop(EARLY),
        status="ignored",
        note="computer_toolset_20260801 is called with an empty input where screenshot is due",
    ),
    lie(
        COMPUTER_ROW,
        "toolset_untold",
        answer_drop(f"{CALLS}.toolset_name"),
        status="partial",
        code="unreported",
        note="the call does not say its toolset_name",
    ),
    lie(
        COMPUTER_ROW,
        "toolset_told_as_number",
        answer_put(f"{CALLS}.toolset_name", 5),
        status="partial",
        code="unreported",
        note="the call does not say its toolset_name",
    ),
    lie(
        COMPUTER_ROW,
        "early_tool_unknown_in_its_input",
        refuse(TOOLSET),
        put(EARLY, plain_function("computer")),
        status="rejected",
        note="HTTP 400: .*computer_toolset_20260801",
    ),
    *only_in_one_mode(COMPUTER_ROW, TOOLSET, answer_put(CALLS, WORDS), "no tool is called")[:1],
]

LIES: list[Lie] = [
    *BASH,
    *EDITOR,
    *MEMORY,
    *COMPUTER,
]
