"""What a cassette and a journal say of their run, so that they can be judged alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated

from pydantic import Field, TypeAdapter

from conformance.probing.everywhere import Mark
from conformance.probing.unsteady import Unsteady


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """A run, and in the cassette of a row what it came to for that row. What a file does not say is empty here.

    `long_prompt` is None in cassettes from before that option. `mode` is "live" or "embedded". `changed` says how the
    endpoint of the run changed on the way. Of the row: its id, `judged` the status that it came to when it was
    recorded, `run_cut` why the run ended before it was measured, `seen_elsewhere` what other rows' exchanges show of
    its rule, `unsteady` what the run shows of failures that come by chance. `further` is what a file says that this
    version knows nothing of.
    """

    seed: Annotated[int, Field(ge=0)]
    model: str
    auth: str
    anthropic_version: str
    provider: str = ""
    url: str = ""
    long_prompt: bool | None = None
    mode: str = ""
    changed: str = ""
    row: str = ""
    judged: str = ""
    run_cut: str = ""
    seen_elsewhere: tuple[Mark, ...] = ()
    unsteady: Unsteady | None = None
    further: Mapping[str, object] = field(default_factory=dict)

    def of_the_run(self) -> RunInfo:
        """Without what is said of the row alone: what an exchange is kept with that several rows share."""
        return replace(self, row="", judged="", run_cut="")


_NAMES = frozenset(each.name for each in fields(RunInfo)) - {"further"}
_READER = TypeAdapter(RunInfo)


def read_run_info(told: Mapping[str, object]) -> RunInfo:
    """The record that a file holds. Raises ValueError where a value is of the wrong kind, or what a run cannot be
    judged without is missing: seed, model, auth, anthropic_version."""
    known = {name: value for name, value in told.items() if name in _NAMES}
    further = {name: value for name, value in told.items() if name not in _NAMES}
    return replace(_READER.validate_python(known), further=further)


def run_info_as_data(info: RunInfo) -> dict[str, object]:
    """The record as a file holds it: what is empty is left out."""
    told: dict[str, object] = {
        "row": info.row,
        "provider": info.provider,
        "url": info.url,
        "model": info.model,
        "auth": info.auth,
        "anthropic_version": info.anthropic_version,
        "long_prompt": info.long_prompt,
        "seed": info.seed,
        "mode": info.mode,
        "changed": info.changed,
        "judged": info.judged,
        "run_cut": info.run_cut,
        "seen_elsewhere": [mark.as_data() for mark in info.seen_elsewhere],
        "unsteady": info.unsteady.as_data() if info.unsteady else None,
    }
    return {name: value for name, value in told.items() if value not in ("", None, [])} | dict(info.further)
