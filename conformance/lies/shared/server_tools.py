"""How lies about the tools that the endpoint itself runs are made."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tools import lie, only_in_one_mode, under_beta
from conformance.reference.transforms import answer_drop, answer_put, drop, put, refuse

USE = "content[type=server_tool_use]"
HANDED = "is handed to the client as tool_use, and not run"
UNOWNED = "belongs to no server_tool_use of the answer"
TEXT = {"type": "text", "text": "I have done as you asked."}


def function(name: str, key: str) -> dict[str, Any]:
    """What a gateway makes of a server tool for a model that knows only functions."""
    schema = {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]}
    return {"name": name, "input_schema": schema}


def server_lies(row: str, kind: str, name: str, key: str, result: str, beta: str) -> list[Lie]:
    """The lies about one server tool of type `kind`, whose input has `key` and whose result block is `result`."""
    typed = f"tools[type={kind}]"
    block = f"content[type={result}]"
    failed = {"type": f"{result}_error", "error_code": "unavailable"}
    silent = answer_drop("usage.server_tool_use", beside=typed)
    return [
        *failures(row, typed),
        lie(row, "dropped", drop(typed), status="ignored", note=f"{name} is not run"),
        lie(
            row,
            "handed_to_the_client",
            put(typed, function(name, key)),
            status="ignored",
            note=f"{name} {HANDED}",
        ),
        lie(
            row,
            "told_in_words",
            answer_put("content[*]", TEXT, beside=typed),
            silent,
            answer_drop("container", beside=typed),
            status="ignored",
            note=f"{name} is not run",
        ),
        lie(
            row,
            "error_for_a_result",
            answer_put(f"{block}.content", failed),
            answer_drop("content[type=text]", beside=typed),
            answer_drop("content[type=tool_use]", beside=typed),
            status="partial",
            code="incomplete",
            note="the tool is run, and fails: unavailable",
        ),
        lie(
            row,
            "result_of_another_use",
            answer_put(f"{block}.tool_use_id", "srvtoolu_0"),
            status="partial",
            code="incomplete",
            note=f"the {result} {UNOWNED}",
        ),
        lie(
            row,
            "result_without_its_use",
            answer_drop(USE, beside=typed),
            status="partial",
            code="incomplete",
            note=f"the {result} {UNOWNED}",
        ),
        lie(
            row,
            "use_without_its_result",
            answer_drop(block, beside=typed),
            answer_drop("content[type=text]", beside=typed),
            answer_drop("content[type=tool_use]", beside=typed),
            silent,
            status="ignored",
            note="a server_tool_use block stands without any result",
        ),
        lie(
            row,
            "paused_for_ever",
            answer_drop(block, beside=typed),
            answer_drop("content[type=text]", beside=typed),
            answer_drop("content[type=tool_use]", beside=typed),
            answer_put("stop_reason", "pause_turn", beside=typed),
            silent,
            status="untested",
            code="model_too_weak",
            note="the turn is paused before any result",
        ),
        lie(
            row,
            "schema_demanded",
            refuse(typed, "tools.0.custom.input_schema: Field required"),
            status="rejected",
            note="HTTP 400: tools.0.custom.input_schema: Field required",
            reports=("O02",) if kind.startswith("web_search") else (),
        ),
        *only_in_one_mode(row, typed, answer_put("content[*]", TEXT), f"{name} is not run"),
        *under_beta(row, typed, beta),
    ]
