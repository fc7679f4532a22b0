"""Lies about cache_control at the top of a request and in its system prompt."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.caching import automatic, cache_lies
from conformance.reference.transforms import only, put, refuse

SYSTEM_CACHE = cache_lies(
    "fields.system.cache_control",
    "system[*].cache_control",
    unless="thinking",
    emptied=put("system[cache_control].text", "..."),
    unasked=automatic("system[:array]"),
)

TEXT_MARKS = ("system[*].cache_control", "messages[*].content[type=text].cache_control")

ALL_MARKS = (
    *TEXT_MARKS,
    "cache_control",
    "tools[*].cache_control",
    "messages[*].content[*].cache_control",
)


def _unknown_marks(name: str, report: str, paths: tuple[str, ...]) -> Lie:
    """Markers refused wherever they stand, those of a client's first request among them."""
    return Lie(
        row="fields.system.cache_control",
        name=name,
        transforms=tuple(refuse(path) for path in paths),
        status="rejected",
        note="HTTP 400: system.0.*cache_control: Extra inputs are not permitted",
        reports=(report,),
    )


SYSTEM_CACHE += [
    _unknown_marks("refused_on_text", "H11", TEXT_MARKS),
    _unknown_marks("refused_everywhere", "H10", ALL_MARKS),
]

AUTOMATIC_CACHE = cache_lies(
    "fields.cache_control",
    "cache_control",
    emptied=put("messages[*].content", "...", beside="cache_control"),
    unasked=only(automatic("messages[*].content[:string]"), {"messages[*].content[:string]": "^.{9000}"}),
)

LIES: list[Lie] = [
    *SYSTEM_CACHE,
    *AUTOMATIC_CACHE,
]
