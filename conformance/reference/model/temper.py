"""Makes the model weak, noisy or odd: the endpoint stays what it is, and its model answers otherwise.

What the endpoint enforces by itself still holds: limits, stop sequences, tool_choice none, a call where one is forced
(but for a model that cannot call at all), a schema of the output, thinking that is disabled.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from conformance.reference.model.answer import Draft
from conformance.reference.model.arguments import Hints, fill
from conformance.reference.model.read import read_request
from conformance.reference.model.reasoning import (
    is_disabled,
    think_in_a_block,
    think_in_the_text,
    think_unseen,
)
from conformance.reference.model.sample import WORDS
from conformance.reference.tokens import count_tokens
from conformance.reference.walk import is_custom, tool_name, tools_of

Json = dict[str, Any]
Temper = Callable[[Draft, Json, random.Random], None]

SORRY = "I'm sorry, but I can't help with that."
PLEASANTRY = "\n\nI hope this helps! Let me know if there is anything else that I can do for you."
MUSING = "Hmm, let me see what is wanted here. I look at it once more, and then I know what to say."
SPANISH = {
    "red": "rojo",
    "green": "verde",
    "blue": "azul",
    "yellow": "amarillo",
    "black": "negro",
    "white": "blanco",
    "yes": "sí",
    "no": "no",
    "ok": "vale",
    "hello": "hola",
    "and": "y",
    "it is": "es",
    "they are": "son",
    "done": "hecho",
    "the": "el",
}
OPENING = "Claro, aquí está la respuesta: "


def tempered(temper: str, draft: Draft, body: Json, seed: str) -> Draft:
    """The draft as a model of this temper would have written it; `seed` makes its whims repeatable."""
    TEMPERS[temper](draft, body, random.Random(f"{temper}:{seed}"))
    return draft


def _never_obeys(draft: Draft, body: Json, whim: random.Random) -> None:
    """Words at random; a call that is forced has words at random for its arguments."""
    if _schema_is_enforced(body):
        return
    if _a_call_is_forced(body):
        for block in _calls(draft):
            block["input"] = {
                key: _words(whim, 2) if isinstance(value, str) else value for key, value in block["input"].items()
            }
    else:
        _say(draft, _words(whim, whim.randint(3, 40)))


def _obeys_half_the_time(draft: Draft, body: Json, whim: random.Random) -> None:
    if whim.random() < 0.5:
        _never_obeys(draft, body, whim)


def _always_thinks(draft: Draft, body: Json, _whim: random.Random) -> None:
    off = (body.get("thinking") or {}).get("type") == "disabled"
    if not off and not any(block["type"] == "thinking" for block in draft.content):
        draft.content.insert(0, {"type": "thinking", "thinking": MUSING})


def _always_calls(draft: Draft, body: Json, _whim: random.Random) -> None:
    tools = [tool for tool in tools_of(body) if is_custom(tool)]
    if tools and not _calls(draft) and (body.get("tool_choice") or {}).get("type") != "none":
        given = fill(tools[0]["input_schema"], Hints(read_request(body).ask))
        block = {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": tool_name(tools[0])}
        draft.content = [b for b in draft.content if b["type"] == "thinking"]
        draft.content.append({**block, "input": given if isinstance(given, dict) else {}})


def _never_calls(draft: Draft, body: Json, _whim: random.Random) -> None:
    if _uses_tools(draft) and not _a_call_is_forced(body):
        _say(draft, "I would rather answer that by myself.")


def _cannot_call(draft: Draft, _body: Json, _whim: random.Random) -> None:
    if _uses_tools(draft):
        _say(draft, "I do not know how to call anything.")


def _calls_one_at_a_time(draft: Draft, _body: Json, _whim: random.Random) -> None:
    for call in _calls(draft)[1:]:
        draft.content.remove(call)


def _refuses(draft: Draft, body: Json, _whim: random.Random) -> None:
    if not _a_call_is_forced(body):
        _say(draft, SORRY)


def _other_language(draft: Draft, body: Json, _whim: random.Random) -> None:
    def translated(text: str) -> str:
        for word, foreign in SPANISH.items():
            text = re.sub(rf"\b{word}\b", foreign, text, flags=re.IGNORECASE)
        return OPENING + text

    _reword(draft, body, translated)


def _markdown(draft: Draft, body: Json, _whim: random.Random) -> None:
    _reword(draft, body, lambda text: f"### Answer\n\n- **{text}**\n")


def _pleasant(draft: Draft, body: Json, _whim: random.Random) -> None:
    _reword(draft, body, lambda text: text + PLEASANTRY)


def _echoes(draft: Draft, body: Json, _whim: random.Random) -> None:
    prompt = "\n".join(passage.text for passage in read_request(body).passages)
    _reword(draft, body, lambda text: f"{prompt}\n{text}")


def _verbose(draft: Draft, body: Json, whim: random.Random) -> None:
    room = min(int(body["max_tokens"]), 2000)

    def padded(text: str) -> str:
        while count_tokens(text) <= room:
            text = f"{text} {_words(whim, 20)}"
        return text

    _reword(draft, body, padded)


def _says_one_thing(draft: Draft, body: Json, _whim: random.Random) -> None:
    if not _calls(draft):
        _reword(draft, body, lambda _text: "I am a helpful assistant, and I like the river.")


def _thinks(tokens: int) -> Temper:
    def think(draft: Draft, body: Json, _whim: random.Random) -> None:
        if not is_disabled(body):
            think_in_a_block(draft, body, tokens)

    return think


def _thinks_in_the_text(draft: Draft, body: Json, _whim: random.Random) -> None:
    if not is_disabled(body):
        think_in_the_text(draft, body, 300)


def _thinks_unseen(draft: Draft, body: Json, _whim: random.Random) -> None:
    if not is_disabled(body) and not any(block["type"] == "thinking" for block in draft.content):
        think_unseen(draft, body, 300)


def _thinks_although_disabled(draft: Draft, body: Json, _whim: random.Random) -> None:
    think_in_a_block(draft, body, 300)


TEMPERS: Mapping[str, Temper] = {
    "never_obeys": _never_obeys,
    "obeys_half_the_time": _obeys_half_the_time,
    "always_thinks": _always_thinks,
    "always_calls": _always_calls,
    "never_calls": _never_calls,
    "cannot_call": _cannot_call,
    "calls_one_at_a_time": _calls_one_at_a_time,
    "refuses": _refuses,
    "other_language": _other_language,
    "markdown": _markdown,
    "pleasant": _pleasant,
    "echoes": _echoes,
    "verbose": _verbose,
    "says_one_thing": _says_one_thing,
    "thinks_60_tokens": _thinks(60),
    "thinks_300_tokens": _thinks(300),
    "thinks_1500_tokens": _thinks(1500),
    "thinks_in_the_text": _thinks_in_the_text,
    "thinks_unseen": _thinks_unseen,
    "thinks_although_disabled": _thinks_although_disabled,
    "thinks_without_end": _thinks(1_000_000),
}


def _calls(draft: Draft) -> list[Json]:
    return [block for block in draft.content if block["type"] == "tool_use"]


def _uses_tools(draft: Draft) -> bool:
    return any(block["type"] in ("tool_use", "server_tool_use") for block in draft.content)


def _a_call_is_forced(body: Json) -> bool:
    return (body.get("tool_choice") or {}).get("type") in ("any", "tool")


def _schema_is_enforced(body: Json) -> bool:
    return bool((body.get("output_config") or {}).get("format"))


def _say(draft: Draft, text: str) -> None:
    """Leaves the thinking, and puts this text in place of everything else."""
    thinking = [block for block in draft.content if block["type"] == "thinking"]
    draft.content = [*thinking, {"type": "text", "text": text}]
    # A model that says something else has run nothing.
    draft.server_tool_use, draft.ran_code = {}, False


def _reword(draft: Draft, body: Json, change: Callable[[str], str]) -> None:
    if _schema_is_enforced(body):
        return
    for block in draft.content:
        if block["type"] == "text":
            block["text"] = change(block["text"])
            block.pop("citations", None)


def _words(whim: random.Random, count: int) -> str:
    return " ".join(whim.choice(WORDS) for _ in range(count))
