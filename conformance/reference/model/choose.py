"""Decides which tools to call, how often, and with what."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.reference.model.arguments import Hints, fill
from conformance.reference.model.client_tools import SERVER_TYPES, known_input, suits_known
from conformance.reference.model.literal import COLON
from conformance.reference.model.read import Transcript
from conformance.reference.model.sample import CREATIVE
from conformance.reference.model.words import CODE, content_stems, number_of, stems, words_in
from conformance.reference.walk import is_custom, tool_name, tools_of

Json = dict[str, Any]
CALLING = re.compile(
    r"\b(?:call|use|using|invoke|run|execute|try|trigger|query|consult|make|via|through|with the help of)\b", re.I
)
NEGATED = re.compile(
    r"\b(?:do not|don't|never|without|no need to|not|avoid|refrain from|instead of)\s+"
    r"(?:\w+\s+){0,2}?(?:call|us|invok|run|try|execut)\w*",
    re.I,
)
PAST = re.compile(
    r"\b(?:did (?:you|it|the tool|the \w+)|you (?:just )?(?:called|used|invoked|ran|made"
    r"|passed|received|got)|(?:was|were) (?:called|used|returned)"
    r"|returned|reported|came back|responded|have you|succe\w+|fail(?:ed)?|tool result|result of the)\b",
    re.I,
)
TOOL_WORD = re.compile(r"\b(?:tools?|functions?)\b", re.I)
EVERY_TOOL = re.compile(
    r"\b(?:both|all|each|every)(?: of)?(?: the)?(?: \w+)? (?:tools?|functions?)\b|\bboth of them\b", re.I
)
TIMES = re.compile(
    r"\b(?P<n>\d{1,2}|two|three|four|five|six)\s+(?:times|calls|parallel calls"
    r"|separate calls)\b|\b(?P<word>twice|thrice)\b",
    re.I,
)
_ITEM = (
    r"(?:\"[^\"]+\"|“[^”]+”|'[^'\n]+'|[A-ZÀ-Þ][\w'’-]*(?:\s+(?:de\s+"
    r"|la\s+)?[A-ZÀ-Þ][\w'’-]*){0,3}|[A-Za-z]*-?\d[\w.-]*\w|\d)"
)
LISTED = re.compile(
    rf"(?:\b(?:in|for|of|at|to|with|about|from|on|cities|between|user|users|order|orders|item|items|city|is|are)\b|:|\()\s*:?\s*"
    rf"(?:the\s+(?:city|cities|user|users|order|orders|town|towns|code|codes|items?|numbers?"
    rf"|ids?|values?|words?)\s+(?:of\s+)?|each of\s+|both\s+|these\s*:?\s*)?"
    rf"(?P<list>{_ITEM}(?:(?:\s*[,;]\s*(?:and\s+|or\s+|then\s+)?|\s+and\s+(?:for\s+|in\s+)?"
    rf"|\s+or\s+|\s+as well as\s+|\s*&\s*|\s+then\s+){_ITEM})*)"
)
SEPARATOR = re.compile(
    r"\s*[,;]\s*(?:and\s+|or\s+|then\s+)?|\s+and\s+(?:for\s+|in\s+)?|\s+or\s+|\s+as well as\s+|\s*&\s*|\s+then\s+"
)
NAME_NOISE = frozenset(
    words_in("""
    get set list fetch find lookup look run do make tool api call current check query my the for by of read
""")
)
NOT_ENTITIES = frozenset(
    words_in("""
    I Please Then Answer Reply Use Call And The What Which How Do Json JSON Celsius Fahrenheit YES NO OK Tell Give
    Report Call In At
""")
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the tool's definition, the name it is called by, and its input."""

    tool: Json
    name: str
    input: Json
    toolset: str | None = None


def plan_calls(body: Json, transcript: Transcript, lookup: Callable[[str], str | None]) -> list[Call]:
    """The calls that the conversation asks for now; `lookup` finds a value that the prompt gives to a name."""
    tools = [tool for tool in tools_of(body) if not tool.get("defer_loading") or _referenced(tool, transcript)]
    choice = body.get("tool_choice") or {"type": "auto"}
    callable_tools = [tool for tool in tools if tool.get("type") != "mcp_toolset"]
    if not callable_tools or choice["type"] == "none":
        return []
    ask = transcript.ask
    single = bool(choice.get("disable_parallel_tool_use"))
    if choice["type"] == "tool":
        named = [tool for tool in callable_tools if tool_name(tool) == choice["name"]]
        calls = calls_of(named[0], _segment(ask, named[0], callable_tools), ask, lookup)
        return calls[:1] if single else calls
    chosen, explicit = _chosen(callable_tools, transcript)
    if not chosen and not PAST.search(ask) and not NEGATED.search(ask):
        chosen = _searcher(tools_of(body), ask)
    if choice["type"] == "any":
        chosen = chosen or [_nearest(callable_tools, ask)]
    elif transcript.results_pending and not (explicit and _asked_now(body)) and not single:
        return []
    calls = [call for tool in chosen for call in calls_of(tool, _segment(ask, tool, callable_tools), ask, lookup)]
    if transcript.results_pending and choice["type"] == "auto" and not _asked_now(body):
        calls = calls[len(transcript.calls_made) :]
    return calls[:1] if single else calls


def _referenced(tool: Json, transcript: Transcript) -> bool:
    name = tool_name(tool)
    return any(
        ("tool reference", name) in passage.pairs or ("tool name", name) in passage.pairs
        for passage in transcript.passages
    )


def _asked_now(body: Json) -> bool:
    last = body["messages"][-1]
    if isinstance(last["content"], str):
        return True
    return any(block["type"] == "text" for block in last["content"])


def _chosen(tools: list[Json], transcript: Transcript) -> tuple[list[Json], bool]:
    """The tools to call under auto, and whether the user asked for them by name or as tools."""
    ask = transcript.ask
    if not ask or PAST.search(ask):
        return [], False
    if NEGATED.search(ask):
        return [], False
    named = [tool for tool in tools if _mentions(ask, tool)]
    literal = COLON.search(ask)
    if literal and not any(_mentions(ask[: literal.start("text")], tool) for tool in tools):
        return [], False
    if named and (CALLING.search(ask) or TOOL_WORD.search(ask) or any("_" in tool_name(t) for t in named)):
        first = sorted(named, key=lambda tool: _position(ask, tool))
        return first, True
    if CALLING.search(ask) and TOOL_WORD.search(ask):
        if EVERY_TOOL.search(ask):
            return tools, True
        return [_nearest(tools, ask)], True
    if CREATIVE.search(ask):
        return [], False
    scored = [(score, tool) for tool in tools if (score := _score(tool, ask)) >= 2]
    if not scored:
        return [], False
    best = max(score for score, _tool in scored)
    return [next(tool for score, tool in scored if score == best)], False


def _searcher(tools: list[Json], ask: str) -> list[Json]:
    """The tool search, where only a deferred tool would suit."""
    searchers = [tool for tool in tools if str(tool.get("type")).startswith("tool_search_tool")]
    wanted = any(tool.get("defer_loading") and _score(tool, ask) >= 2 for tool in tools)
    return searchers[:1] if wanted else []


def _spelled(tool: Json) -> re.Pattern[str]:
    name = re.escape(tool_name(tool)).replace("_", "[_ ]").replace(r"\-", "[- ]")
    return re.compile(rf"(?<![\w-]){name}(?![\w-])", re.I)


def _mentions(ask: str, tool: Json) -> bool:
    return bool(_spelled(tool).search(ask))


def _position(ask: str, tool: Json) -> int:
    found = _spelled(tool).search(ask)
    return found.start() if found else len(ask)


def _score(tool: Json, ask: str) -> float:
    """How plainly a request matches a tool: two for a word of its name, one for a word of its description."""
    if not is_custom(tool):
        return 2.0 if suits_known(tool, ask) else 0.0
    asked = set(content_stems(ask)) | set(stems(ask)) - {"the"}
    name = {word for word in stems(re.sub(r"(?<=[a-z])(?=[A-Z])|[-_]", " ", tool_name(tool))) if word not in NAME_NOISE}
    described = set(content_stems(str(tool.get("description") or ""))) - NAME_NOISE
    wanted = re.search(
        r"\?|\b(?:what|how|which|find|check|look|get|show|tell|give|send|search|please|need|want|add|create|book|compute|convert|translate|set)\b",
        ask,
        re.I,
    )
    if not (wanted or CALLING.search(ask) or TOOL_WORD.search(ask) or len(name & asked) > 1):
        return 0.0
    return 2.0 * len(name & asked) + len((described & set(content_stems(ask))) - name)


def _nearest(tools: list[Json], ask: str) -> Json:
    named = [tool for tool in tools if _mentions(ask, tool)]
    return (named or sorted(tools, key=lambda tool: -_score(tool, ask)))[0]


def _segment(ask: str, tool: Json, tools: list[Json]) -> str:
    """The part of the request that speaks of this tool, when it names several."""
    marks = sorted(_position(ask, other) for other in tools if _mentions(ask, other))
    if len(marks) < 2 or not _mentions(ask, tool):
        return ask
    start = _position(ask, tool)
    after = [mark for mark in marks if mark > start]
    return ask[start : after[0] if after else len(ask)]


def calls_of(tool: Json, segment: str, ask: str, lookup: Callable[[str], str | None]) -> list[Call]:
    """The calls of one tool for a request, one for each thing that it names; `segment` is what speaks of this tool."""
    name = tool_name(tool)
    if not is_custom(tool):
        called, given, toolset = known_input(tool, ask)
        return [Call(tool, called, given, toolset)]
    named = entities_of(segment, name) or entities_of(ask, name)
    schema = _with_examples(tool)
    properties = schema.get("properties") or {}
    required = [key for key in schema.get("required") or [] if key in properties]
    if not required and named:
        texts = [key for key, inner in properties.items() if inner.get("type") == "string" and not inner.get("enum")]
        required = texts[:1]
        schema = {**schema, "required": required}
    times = TIMES.search(segment)
    count = (number_of(times["word"] or times["n"]) or 1) if times else 1
    open_slots = [key for key in required if not ({"const", "enum"} & set(properties[key]))]
    groups: list[tuple[str, ...]] = [tuple(named)]
    arrays = any(_is_array(properties[key]) for key in properties)
    if len(named) > 1 and properties and not arrays and (len(open_slots) <= 1 or count == len(named)):
        groups = [(entity,) for entity in named]
    elif count > 1:
        groups = [tuple(named)] * min(count, 20)
    description = str(tool.get("description") or "")
    free = not tool.get("strict")
    return [Call(tool, name, _filled(schema, Hints(segment, group, description, free), lookup)) for group in groups]


def _filled(schema: Json, hints: Hints, lookup: Callable[[str], str | None]) -> Json:
    if not hints.entities:
        found = [lookup(key) for key in schema.get("required") or []]
        hints = replace(hints, entities=tuple(value for value in found if value))
    filled = fill(schema, hints)
    return filled if isinstance(filled, dict) else {}


def _with_examples(tool: Json) -> Json:
    schema: Json = dict(tool["input_schema"])
    examples = tool.get("input_examples") or []
    properties = {}
    for key, inner in (schema.get("properties") or {}).items():
        shown = [example[key] for example in examples if key in example]
        properties[key] = {"examples": shown, **inner} if shown and isinstance(inner, dict) else inner
    return {**schema, "properties": properties} if properties else schema


def _is_array(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "array"


def entities_of(text: str, tool: str = "") -> list[str]:
    """The things that a request is about: a list after a preposition, else what is quoted or capitalised."""
    found: list[str] = []
    for match in LISTED.finditer(text):
        found += SEPARATOR.split(match["list"])
    marks = [first or second for first, second in re.findall(r"\"([^\"\n]+)\"|“([^”\n]+)”", text)]
    if not found or len(marks) > len(found):
        found = marks
    if not found:
        found = [m.group() for m in re.finditer(r"(?<=[a-z,] )[A-ZÀ-Þ][\w'’-]+(?:\s+[A-ZÀ-Þ][\w'’-]+)*", text)]
    if not found:
        found = [code for code in CODE.findall(text) if any(letter.isdigit() for letter in code)]
    cleaned = [re.sub(r"['’]s$", "", item.strip(" \"'“”‘’.?!")) for item in found]
    kept = [item for item in cleaned if item and item not in NOT_ENTITIES and item.lower() != tool.lower()]
    return list(dict.fromkeys(kept))


def is_server_tool(tool: Json) -> bool:
    """Whether the endpoint, not the client, runs the tool."""
    return str(tool.get("type") or "").startswith(SERVER_TYPES)
