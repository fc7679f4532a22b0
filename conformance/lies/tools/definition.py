"""Lies about name, description and input_schema of a tool."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import also_at, narrowed
from conformance.reference.transforms import (
    answer_as_text,
    answer_default,
    answer_drop,
    answer_put,
    answer_put_each,
    drop,
    put,
)

CALLS = "content[type=tool_use]"

# Only this row offers a tool for a city without a description.
UNDESCRIBED = "tools[input_schema].input_schema.properties.city"

# Other rows tell of this tool in a history; only this one offers it in a first turn.
DESCRIBED = "tools[name=open_locker].description"
PARCEL = "tools[name=store_parcel]"

# The request in which most fields of a tool show at once.
AT_ONCE = "tools[type=custom][name!=get_weather]"

NAME = [
    *also_at(failures("tools.name", UNDESCRIBED, unless="tools[*].description"), AT_ONCE),
    Lie(
        row="tools.name",
        name="dropped",
        transforms=(drop("tools[input_schema]"), drop("tool_choice[type]")),
        status="ignored",
        note="^tools do not reach the model: a tool does not lengthen the prompt",
        reports=("C05",),
    ),
    Lie(
        row="tools.name",
        name="called_in_words",
        transforms=(answer_put(CALLS, {"type": "text", "text": '<tool_call>{"name": "x"}</tool_call>'}),),
        status="broken",
        note="^no call comes unstreamed, .*stop_reason is tool_use, but no tool_use block is there",
    ),
    Lie(
        row="tools.name",
        name="foreign_call",
        transforms=(answer_put(f"{CALLS}.type", "function_call"),),
        status="broken",
        note="^no call comes unstreamed, .*stop_reason is tool_use, but no tool_use block is there",
    ),
    Lie(
        row="tools.name",
        name="renamed",
        transforms=(answer_put(f"{CALLS}.name", "functions.call"),),
        status="partial",
        code="renamed",
        note=r"the tool lookup_\w+ is called as functions\.call",
    ),
    Lie(
        row="tools.name",
        name="nameless",
        transforms=(answer_drop(f"{CALLS}.name"),),
        status="partial",
        code="renamed",
        note=r"the tool lookup_\w+ is called as None",
    ),
    *narrowed(
        [
            Lie(
                row="tools.name",
                name="uncalled_in_streams",
                transforms=(answer_put(CALLS, {"type": "text", "text": "OK"}, beside="stream[:true]"),),
                status="partial",
                code="one_mode",
                note="absent in a stream .no tool is called",
            )
        ],
        {"tools[*].name": r"^(store|lookup)_\w+$"},
    ),
]

AMISS_IN_ITS_INPUT = [
    Lie(
        row="tools.input_schema",
        name="dropped",
        transforms=(put("tools[input_schema].input_schema", {"type": "object"}),),
        status="ignored",
        note=r"input lacks the required shelf_\w+, grade_\w+",
    ),
    Lie(
        row="tools.input_schema",
        name="emptied",
        reports=("B06",),
        transforms=(answer_put(f"{CALLS}.input", {}),),
        status="ignored",
        note=r"input lacks the required shelf_\w+, grade_\w+",
    ),
    Lie(
        row="tools.input_schema",
        name="only_unstreamed",
        reports=("B07",),
        transforms=(answer_put(f"{CALLS}.input", {}, beside="stream[:true]"),),
        status="partial",
        code="one_mode",
        note="absent in a stream .input lacks the required",
    ),
    Lie(
        row="tools.input_schema",
        name="only_streamed",
        transforms=(answer_put(f"{CALLS}.input", {}, unless="stream[:true]"),),
        status="partial",
        code="one_mode",
        note="seen in a stream, absent unstreamed .input lacks the required",
    ),
    Lie(
        row="tools.input_schema",
        name="uncalled_in_streams",
        transforms=(answer_put(CALLS, {"type": "text", "text": "OK"}, beside="stream[:true]"),),
        status="partial",
        code="one_mode",
        note="absent in a stream .no tool is called",
    ),
    Lie(
        row="tools.input_schema",
        name="input_as_text",
        transforms=(answer_as_text(f"{CALLS}.input"),),
        status="ignored",
        note="input is str, not an object",
    ),
    Lie(
        row="tools.input_schema",
        name="input_as_array",
        transforms=(answer_put(f"{CALLS}.input", []),),
        status="ignored",
        note="input is list, not an object",
    ),
    Lie(
        row="tools.input_schema",
        name="input_as_null",
        transforms=(answer_put(f"{CALLS}.input", None),),
        status="ignored",
        note="input is NoneType, not an object",
    ),
    Lie(
        row="tools.input_schema",
        name="numbers_as_text",
        transforms=(answer_as_text(f"{CALLS}.input", each=True),),
        status="partial",
        code="incomplete",
        note="not of the type or the enum that the schema states",
    ),
    Lie(
        row="tools.input_schema",
        name="enum_unread",
        transforms=(answer_put_each(f"{CALLS}.input", 7),),
        status="partial",
        code="incomplete",
        note="not of the type or the enum that the schema states",
    ),
    Lie(
        row="tools.input_schema",
        name="extra_property",
        transforms=(answer_default(f"{CALLS}.input.explanation", "as asked"),),
        status="partial",
        code="extra_keys",
        note="properties that the schema does not know",
    ),
    Lie(
        row="tools.input_schema",
        name="extra_property_in_streams",
        transforms=(answer_default(f"{CALLS}.input.explanation", "as asked", beside="stream[:true]"),),
        status="partial",
        code="extra_keys",
        note="in a stream: input has properties that the schema does not know",
    ),
    Lie(
        row="tools.input_schema",
        name="numbers_as_text_in_streams",
        transforms=(answer_as_text(f"{CALLS}.input", each=True, beside="stream[:true]"),),
        status="partial",
        code="incomplete",
        note="in a stream: input has the properties, but not of the type",
    ),
]

INPUT_SCHEMA = [
    *also_at(failures("tools.input_schema", PARCEL), AT_ONCE),
    *narrowed(AMISS_IN_ITS_INPUT, {"tools[*].name": r"^store_\w+$"}),
]

DESCRIPTION = [
    *also_at(failures("tools.description", DESCRIBED, unless="messages[role=assistant]"), AT_ONCE),
    Lie(
        row="tools.description",
        name="dropped",
        transforms=(drop("tools[*].description"),),
        status="ignored",
        note="the code of the description is not passed",
    ),
    Lie(
        row="tools.description",
        name="cut_short",
        transforms=(put("tools[*].description", "Opens a locker."),),
        status="ignored",
        note="the code of the description is not passed",
    ),
]

LIES: list[Lie] = [
    *NAME,
    *INPUT_SCHEMA,
    *DESCRIPTION,
]
