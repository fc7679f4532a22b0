"""Fills a JSON schema with values from the prompt: what is prescribed, what is named, else what merely fits."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.model.words import NUMBER_WORDS, codes, content_stems, quoted, stems, words_in

Schema = dict[str, Any]
_VALUE = r"(?:\"(?P<q>[^\"]+)\"|'(?P<s>[^']+)'|`(?P<b>[^`]+)`|“(?P<c>[^”]+)”|(?P<w>[^\s,;\"'`]+))"
PRESCRIBED = re.compile(
    rf"\b(?:must (?:always )?(?:be|equal|contain)|(?:should|has to|shall) (?:always )?be|always"
    rf"|is always|set (?:it |this )?to|set to"
    rf"|pass|use|provide|equals?|fixed to|constant)\s+(?:(?:exactly|set to|the (?:value|string"
    rf"|code|word|literal|constant)|pass|use|be"
    rf"|equal to|to|with|this|as|literally|always)\s+)*(?::\s*)?{_VALUE}",
    re.I,
)
STOPPERS = frozenset(
    words_in("""
    a an the in as it and or of to be value this that given required provided called set used code for
""")
)
EXAMPLE_ASKED = re.compile(r"\bexamples?\b", re.I)
MOST_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Hints:
    """What the prompt offers: its text, and the values named for the call at hand, likeliest first. `free`: nothing
    holds the model to the schema, so that it does as the user says where the two differ."""

    text: str
    entities: tuple[str, ...] = ()
    description: str = ""
    free: bool = False
    used: set[str] = field(default_factory=set, compare=False)


def fill(schema: Schema, hints: Hints, *, name: str = "", root: Schema | None = None, depth: int = 0) -> Any:
    """A value that fits `schema`."""
    root = schema if root is None else root
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return _of_enum(schema, hints, name)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((option for option in kind if option != "null"), "null")
    if kind == "object" or (kind is None and "properties" in schema):
        return {} if depth > MOST_DEPTH else _object(schema, hints, root, depth)
    if kind == "array":
        return [] if depth > MOST_DEPTH else _array(schema, hints, name, root, depth)
    if kind in ("integer", "number"):
        return _number(schema, hints, name, kind == "integer")
    if kind == "boolean":
        return _boolean(schema, hints, name)
    if kind == "null":
        return None
    return _string(schema, hints, name)


def _resolved(schema: Schema, root: Schema) -> Schema:
    for _ in range(MOST_DEPTH):
        if "$ref" in schema:
            found: Any = root
            for step in str(schema["$ref"]).lstrip("#/").split("/"):
                found = found.get(step, {}) if isinstance(found, dict) else {}
            schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
        elif "allOf" in schema:
            merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
            for part in schema["allOf"]:
                part = _resolved(part, root)
                properties = {**merged.get("properties", {}), **part.get("properties", {})}
                required = [*merged.get("required", []), *part.get("required", [])]
                merged = {**merged, **part}
                if properties:
                    merged.update(properties=properties, required=required)
            schema = merged
        elif schema.get("anyOf") or schema.get("oneOf"):
            options = schema.get("anyOf") or schema.get("oneOf") or []
            schema = next((option for option in options if option.get("type") != "null"), options[0])
        else:
            break
    return schema


def _object(schema: Schema, hints: Hints, root: Schema, depth: int) -> dict[str, Any]:
    required = schema.get("required") or []
    filled: dict[str, Any] = {}
    properties = schema.get("properties") or {}
    for name, inner in properties.items():
        if name in required or _wanted(name, inner, hints, root):
            filled[name] = fill(inner, hints, name=name, root=root, depth=depth + 1)
    for name in required:
        if name not in filled:
            filled[name] = _string({}, hints, name)
    return filled


def _wanted(name: str, schema: Schema, hints: Hints, root: Schema) -> bool:
    """Whether an optional property is prescribed by a description or named in the prompt."""
    schema = _resolved(schema, root)
    if prescribed(name, schema, hints) is not None:
        return True
    return named_value(name, hints.text) is not None or (
        bool(schema.get("enum")) and any(_says(str(option), hints.text) for option in schema["enum"])
    )


def prescribed(name: str, schema: Schema, hints: Hints) -> str | None:
    """The value that the property's or the tool's description says to pass."""
    own = str(schema.get("description") or "")
    found = _order_in(own)
    if found is not None:
        return found
    spelled = re.escape(name).replace("_", "[_ ]")
    named = re.search(rf"(?<![\w]){spelled}[\"'`”]?\s*(?:=|:|(?:parameter |argument |field |property )?(?:must "
        rf"(?:always )?be|should (?:always )?be|is"
                      rf"|to be|set to|to|with the value|with)\s+(?:always\s+|exactly\s+|set to\s+|the (?:value"
        rf"|string|code|word)\s+)*){_VALUE}",
                      hints.description, re.I)  # fmt: skip
    if named:
        return _caught(named)
    carried = re.search(rf"(?<!\w){spelled}\s+(?P<code>[A-Za-z]*-?[\w-]*\d[\w-]*)", hints.description, re.I)
    if carried:
        return carried["code"]
    reverse = re.search(rf"\b(?:pass|use|provide|send|give|put|with)\s+(?:the (?:value|string|code"
        rf"|word) )?{_VALUE}\s+(?:as|for|in|into)\s+(?:the\s+)?[\"'`“]?{spelled}\b",
                        hints.description, re.I)  # fmt: skip
    return _caught(reverse) if reverse else None


def _order_in(text: str) -> str | None:
    for match in PRESCRIBED.finditer(text):
        value = _caught(match)
        if value is None:
            continue
        bare = match["w"] is not None
        if not bare or codes(value) or (value.lower() not in STOPPERS and (value.isupper() or value.isdigit())):
            return value.split("=")[-1] if bare and "=" in value else value
    return None


def _caught(match: re.Match[str]) -> str | None:
    for key in ("q", "s", "b", "c"):
        if match[key]:
            return str(match[key])
    bare = (match["w"] or "").rstrip(".,;:!?)")
    return None if not bare or bare.lower() in STOPPERS else bare


def named_value(name: str, text: str) -> str | None:
    """The value that a prompt gives to a property by name: "units=metric", "with limit 5", "the city is Rome"."""
    spelled = re.escape(name).replace("_", "[_ ]").replace(r"\ ", "[_ ]")
    found = re.search(
        rf"(?<![\w]){spelled}[\"'`”]?\s*(?:=|:|(?:is|being|set to|equal to|to be|of|as|named"
        rf"|called)\s)\s*(?:exactly\s+|the\s+)?{_VALUE}",
        text, re.I)  # fmt: skip
    if not found:
        found = re.search(
            rf"(?<![\w]){spelled}\s+(?:\"(?P<q>[^\"]+)\"|'(?P<s>[^']+)'|`(?P<b>[^`]+)`|“(?P<c>[^”]+)”|(?P<w>[A-Z0-9][\w-]*))",
            text,
        )
    return _caught(found) if found else None


def _of_enum(schema: Schema, hints: Hints, name: str) -> Any:
    options = schema["enum"]
    order = prescribed(name, schema, hints)
    for option in options:
        if order is not None and str(option) == order:
            return option
    told = named_value(name, hints.text) if hints.free else None
    if told is not None and not any(str(option).lower() == told.lower() for option in options):
        return told
    for entity in hints.entities:
        for option in options:
            if str(option).lower() == entity.lower():
                return option
    mentioned = [option for option in options if _says(str(option), hints.text)]
    return mentioned[0] if mentioned else schema.get("default", options[0])


def _says(word: str, text: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(word).replace('_', '[_ ]')}(?!\w)", text, re.I))


def _array(schema: Schema, hints: Hints, name: str, root: Schema, depth: int) -> list[Any]:
    items = schema.get("items") if isinstance(schema.get("items"), dict) else {}
    items = _resolved(items or {}, root)
    least, most = int(schema.get("minItems", 1)), int(schema.get("maxItems", 64))
    if items.get("enum"):
        options = [option for option in items["enum"] if _says(str(option), hints.text)] or items["enum"][:1]
        values: list[Any] = options
    elif items.get("type") in (None, "string") and hints.entities:
        values = list(hints.entities)
    elif items.get("type") in ("integer", "number"):
        found = _numbers(hints.text)
        whole = items["type"] == "integer"
        values = [int(n) if whole else n for n in found if not whole or n == int(n)] or [1]
    else:
        values = [fill(items, hints, name=name.rstrip("s"), root=root, depth=depth + 1)]
    while len(values) < least:
        values.append(values[-1] if values else "item")
    return values[:most]


def _numbers(text: str) -> list[float]:
    found = [float(n) for n in re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])", text)]
    return found or [
        float(NUMBER_WORDS[w])
        for w in re.findall(r"[a-z]+", text.lower())
        if w in NUMBER_WORDS and w not in ("one", "once")
    ]


def _number(schema: Schema, hints: Hints, name: str, whole: bool) -> float | int:
    order = prescribed(name, schema, hints) or named_value(name, hints.text)
    found: list[float] = []
    if order is not None and re.fullmatch(r"-?\d+(?:\.\d+)?", order):
        found = [float(order)]
    if not found:
        offered = [n for entity in hints.entities for n in _numbers(entity)]
        if len(hints.entities) != 1 or not offered:
            offered += [n for n in _numbers(hints.text) if n not in offered]
        fresh = [n for n in offered if f"{n}" not in hints.used]
        found = fresh or offered
        if found:
            hints.used.add(f"{found[0]}")
    value = found[0] if found else float(schema.get("default", max(1, schema.get("minimum", 1))))
    low, high = schema.get("minimum"), schema.get("maximum")
    value = max(value, float(low)) if low is not None else value
    value = min(value, float(high)) if high is not None else value
    return int(value) if whole or value == int(value) else value


def _boolean(schema: Schema, hints: Hints, name: str) -> bool:
    order = prescribed(name, schema, hints) or named_value(name, hints.text)
    if order is not None and order.lower() in ("true", "false", "yes", "no", "on", "off"):
        return order.lower() in ("true", "yes", "on")
    if re.search(rf"\b(?:no|without|not|disable)\s+{re.escape(name)}", hints.text, re.I):
        return False
    return bool(schema.get("default", True))


def _string(schema: Schema, hints: Hints, name: str) -> str:
    order = prescribed(name, schema, hints)
    if order is not None:
        return order
    given = named_value(name, hints.text)
    if given is not None:
        return given
    examples = schema.get("examples") or []
    if examples and EXAMPLE_ASKED.search(hints.text):
        return str(examples[0])
    about = set(stems(f"{name} {schema.get('description', '')}"))
    value = _offered(hints, about)
    if schema.get("format") == "date":
        dates = re.findall(r"\b\d{4}-\d\d-\d\d\b", hints.text)
        value = dates[0] if dates else "2026-01-01"
    if value is None:
        value = str(schema.get("default") or (examples[0] if examples else "") or _gist(hints.text) or name or "value")
    value = value[: int(schema.get("maxLength", 4000))]
    return value.ljust(int(schema.get("minLength", 0)), "x")


def _offered(hints: Hints, about: set[str]) -> str | None:
    offers = [*hints.entities, *quoted(hints.text)]
    if about.intersection({"code", "id", "identifier", "key", "token", "number"}):
        offers = [*codes(hints.text), *offers]
    if about.intersection({"query", "search", "question", "prompt", "message", "text", "description", "reason"}):
        offers = [*quoted(hints.text), _gist(hints.text), *hints.entities]
    if about.intersection({"expression", "formula", "equation", "calculation"}):
        sums = re.findall(r"\(*\d[\d.]*\)*(?:\s*[-+*/^x×]\s*\(*\d[\d.]*\)*)+", hints.text)
        offers = [*sums, *offers]
    fresh = [offer for offer in offers if offer and offer not in hints.used]
    chosen: Sequence[str] = fresh or [offer for offer in offers if offer]
    if chosen:
        hints.used.add(chosen[0])
        return chosen[0]
    return None


def _gist(text: str) -> str:
    words = [w for w in re.findall(r"[\w'-]+", text) if content_stems(w)]
    return " ".join(words[:12])


def as_json(value: Any) -> str:
    """JSON text as the model writes it."""
    return json.dumps(value, ensure_ascii=False)
