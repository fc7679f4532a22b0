"""The same lies applied to everything: most faults of real servers do not keep to one row's requests.

Each lie's conditions on the request are dropped, or widened to one of four: all requests, all streams (or all that is
not streamed), all requests with tools, all refusals. Which, follows from where the lie changes something:

    where                                           applied to
    the request, or a refusal of what stands there  all requests that hold that path
    the answer, its headers, another endpoint's     all answers; a lie about one mode keeps to that mode
    events and frames                               all streams
    the body of an error                            all refusals
    a failure instead of an answer                  all requests with tools, and all streams: applied to all, it ends
                                                    the preflight, and no row is asked
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from conformance.lies.lie import STREAMED, Lie
from conformance.reference.faults import MARKED
from conformance.reference.transforms import Act, Transform

EVERYWHERE = "everywhere"
SCOPES = {"with_tools": "tools", "streams": STREAMED}
"""Which requests a form is limited to, by the word for them, and the path that such requests hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalLie:
    """One endpoint that goes wrong everywhere, and the lies about single rows of which it is the global form."""

    scope: str
    transforms: tuple[Transform, ...]
    of: tuple[Lie, ...]

    @property
    def id(self) -> str:
        """The first of its lies, and what it is told of: `stream.framing/unnamed everywhere`."""
        return f"{self.of[0].id} {self.scope}"

    @property
    def act(self) -> Act:
        """The lie as an endpoint acts it out."""
        return Act("*", self.id, self.transforms)

    @property
    def stages(self) -> frozenset[str]:
        """Where it changes something."""
        return frozenset(step.stage for step in self.transforms if step.name != "mark")


def global_forms(lies: Iterable[Lie]) -> tuple[GlobalLie, ...]:
    """Every lie in its global forms; forms that are the same endpoint are one. A form that is the narrow lie itself is
    left out: it is told already."""
    found: dict[str, tuple[str, tuple[Transform, ...], list[Lie]]] = {}
    for lie in lies:
        for scope, transforms in _forms(lie):
            if transforms != lie.transforms:
                key = repr([_alike(step) for step in transforms])
                found.setdefault(key, (scope, transforms, []))[2].append(lie)
    return tuple(GlobalLie(scope=scope, transforms=steps, of=tuple(of)) for scope, steps, of in found.values())


def scoped(form: GlobalLie) -> list[GlobalLie]:
    """The same of requests with tools, and of streams, for a form under which not even a bare message is answered."""
    return [
        replace(form, scope=scope, transforms=tuple(replace(step, beside=path) for step in form.transforms))
        for scope, path in SCOPES.items()
        if not any(step.stage in ("headers", "model") for step in form.transforms)
    ]


def _forms(lie: Lie) -> list[tuple[str, tuple[Transform, ...]]]:
    failures = [step for step in lie.transforms if _fails(step)]
    if not failures:
        return [(EVERYWHERE, tuple(_widened(step) for step in lie.transforms))]
    said = {_is_stream(step) for step in failures if step.name == "say"}
    if said == {True} or any(mode_of(step) == "streamed" for step in failures):
        scopes = ["streams"]
    else:
        scopes = ["with_tools"] if said else list(SCOPES)
    # What else the lie does is not met any more.
    return [(scope, (_told_of(failures[0], scope),)) for scope in scopes]


def _fails(step: Transform) -> bool:
    return step.stage == "fault" and step.name != "mark"


def _is_stream(said: Transform) -> bool:
    """Whether an answer of fixed bytes is frames, as far as it holds any."""
    body: bytes = said.value[1]
    return body.lstrip().startswith((b"event:", b"data:", b": "))


def _told_of(fault: Transform, scope: str) -> Transform:
    return replace(fault, path=SCOPES[scope], beside="", unless="", given={}, where={})


def _widened(step: Transform) -> Transform:
    if step.stage in ("headers", "model"):
        return replace(step, beside="", given={})
    streams = step.stage in ("events", "frames")
    beside = STREAMED if mode_of(step) == "streamed" and not streams else ""
    unless = STREAMED if mode_of(step) == "unstreamed" and not streams else ""
    return replace(
        step,
        path="" if step.name == "mark" else step.path,
        beside=MARKED if step.beside == MARKED else beside,
        unless=MARKED if step.unless == MARKED else unless,
        given={},
    )


def mode_of(step: Transform) -> str:
    """The mode that a lie keeps to; empty where it is told of both."""
    places = (step.beside, step.path) if step.stage == "fault" else (step.beside,)
    if {STREAMED, "stream"}.intersection(places) or "stream" in step.given:
        return "streamed"
    return "unstreamed" if step.unless in (STREAMED, "stream") else ""


def _alike(step: Transform) -> object:
    """What makes two steps the same fault: not the words of a refusal, nor those of an answer out of a cache."""
    told: object = repr(step.value)
    if step.stage == "refuse":
        told = ""
    elif step.stage == "fault" and step.name == "fail":
        told = step.value[0]
    elif step.stage == "fault" and step.name == "say":
        status, body, *form = step.value
        told = (status, _shape(body), *form)
    conditions = (repr(step.where), step.beside, step.unless, repr(step.given), step.every)
    return step.stage, step.name, step.path, told, conditions


def _shape(body: bytes) -> object:
    try:
        return _keys(json.loads(body))
    except ValueError:
        return [line.partition(b"{")[0] for line in body.splitlines()]


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(held) for key, held in value.items()}
    return type(value).__name__
