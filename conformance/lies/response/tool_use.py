"""Lies about the tool_use blocks of answers."""

from __future__ import annotations

from dataclasses import replace

from conformance.lies.lie import STREAMED, Lie
from conformance.lies.shared.answers import CALLS, LOST, SEVERAL, in_one_mode, lie
from conformance.lies.shared.combinators import reported
from conformance.reference.transforms import (
    answer_as_text,
    answer_double,
    answer_drop,
    answer_number,
    answer_put,
    answer_word,
    only,
)

UNCALLED = "tools[name=list_departures]"
NO_STRING = "the id of a tool_use block is"
ID, NAME, INPUT = (f"{CALLS}.{key}" for key in ("id", "name", "input"))
JOINED = '{"city": "Oslo"}{"city": "Lima"}'

TOOL_USE = [
    lie("response.tool_use", "null_id", answer_put(ID, None), note=f"{NO_STRING} None"),
    lie("response.tool_use", "no_id", answer_drop(ID), note=f"{NO_STRING} None"),
    lie("response.tool_use", "empty_id", answer_put(ID, ""), note=f"{NO_STRING} ''"),
    lie("response.tool_use", "numeric_id", answer_put(ID, 0), note=f"{NO_STRING} 0"),
    lie(
        "response.tool_use",
        "one_id",
        answer_put(ID, "call_0"),
        note="several calls: 3 tool_use blocks have the id 'call_0'",
    ),
    lie(
        "response.tool_use",
        "one_id_at_once",
        only(answer_put(ID, "call_0"), SEVERAL),
        note="several calls: 3 tool_use blocks have the id 'call_0'",
    ),
    *in_one_mode(
        "response.tool_use", "doubled", only(answer_double(CALLS), SEVERAL), "2 tool_use blocks have the id 'toolu_"
    ),
    lie(
        "response.tool_use",
        "ids_from_one_again",
        answer_number(ID, "call_"),
        note="the second call of a conversation has the id of the first, 'call_1'",
    ),
    lie(
        "response.tool_use",
        "ids_of_foreign_signs",
        answer_word(ID, "functions.x:{}"),
        status="partial",
        code="implausible",
        note="has signs other than a-z, A-Z, 0-9, _ and -",
    ),
    lie(
        "response.tool_use",
        "names_joined",
        only(answer_word(NAME, "{}{}"), SEVERAL),
        note="the name 'get_weatherget_weather' is none of the tools offered .get_weather.",
        reports=("B13",),
    ),
    lie(
        "response.tool_use",
        "names_prefixed",
        answer_word(NAME, "functions.{}"),
        note="the name 'functions.get_weather' is none of the tools offered",
    ),
    lie(
        "response.tool_use",
        "no_name",
        answer_drop(NAME),
        note="the name None is none of the tools offered",
    ),
    *(
        lie(
            "response.tool_use",
            f"input_{name}",
            only(transform, SEVERAL),
            note=f"several calls: the call of get_weather has {told}",
            reports=reports,
        )
        for name, transform, told, reports in (
            ("as_text", answer_as_text(INPUT), "an input that is str, not an object", ("B01",)),
            ("as_array", answer_put(INPUT, []), "an input that is list, not an object", ("B05",)),
            ("null", answer_put(INPUT, None), "an input that is NoneType, not an object", ()),
            ("missing", answer_drop(INPUT, unless=STREAMED), "no input", ()),
            ("of_two_joined", answer_put(INPUT, JOINED), "an input that is str, not an object", ("B09",)),
        )
    ),
    *in_one_mode(
        "response.tool_use",
        "input_as_text",
        only(answer_as_text(INPUT), SEVERAL),
        "the call of get_weather has an input that is str",
    ),
    *(
        lie(
            "response.tool_use",
            f"no_arguments_{name}",
            replace(transform, beside=UNCALLED),
            note=f"a call without arguments: the call of list_departures has {told}",
        )
        for name, transform, told in (
            ("as_text", answer_put(INPUT, "", unless=STREAMED), "an input that is str"),
            ("as_json_text", answer_put(INPUT, "{}"), "an input that is str"),
            ("null", answer_put(INPUT, None, unless=STREAMED), "an input that is NoneType"),
            ("missing", answer_drop(INPUT, unless=STREAMED), "no input"),
        )
    ),
    lie(
        "response.tool_use",
        "no_arguments_dropped",
        answer_drop(CALLS, beside=UNCALLED),
        note=f"a call without arguments: {LOST}",
    ),
    *(
        lie(
            "response.tool_use",
            f"no_arguments_unheard_{mode}",
            only(answer_drop(CALLS, beside=UNCALLED, unless=unless), given),
            only(answer_put("stop_reason", "end_turn", beside=UNCALLED, unless=unless), given),
            status="partial",
            code="one_mode",
            note=f"a tool without arguments is not called {told}, in 3 tries",
        )
        for mode, unless, given, told in (
            ("streamed", "", {"stream": "True"}, "in a stream"),
            ("unstreamed", STREAMED, {}, "unstreamed"),
        )
    ),
]

LIES: list[Lie] = reported(TOOL_USE, {"doubled_unstreamed": ("B14",)})
