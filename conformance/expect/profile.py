"""Readiness profiles: what a use needs of the rows, and whether a matrix has it."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from conformance.protocol.status import Deviation, Reason, Status

FOLDER = "conformance.expect.profiles"
SUFFIX = ".toml"


class Need(StrEnum):
    """How much a use depends on a row."""

    REQUIRED = "required"
    TOLERATED = "tolerated"
    NICE = "nice"


class Readiness(StrEnum):
    """What a profile, or one row of it, comes to, from worst to best."""

    BLOCKED = "blocked"
    UNPROVEN = "unproven"
    DEGRADED = "degraded"
    READY = "ready"


class RowResult(NamedTuple):
    """What was found of a row, as far as a profile looks at it."""

    status: Status
    deviation: Deviation | None = None
    reason: Reason | None = None


UNMEASURED = RowResult(Status.UNTESTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A row that keeps a profile from being ready: how much the use needs it, and what was found of it means."""

    row: str
    need: Need
    means: Readiness

    def as_json(self) -> dict[str, str]:
        """The entry as it stands in matrix.json."""
        return {"row": self.row, "need": self.need.value, "means": self.means.value}

    @staticmethod
    def from_json(entry: Mapping[str, str]) -> Shortfall:
        """The entry of a matrix.json that follows the schema."""
        return Shortfall(row=entry["row"], need=Need(entry["need"]), means=Readiness(entry["means"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOutcome:
    """What a run's rows mean for a use. `because` holds the rows that keep it from being ready, the worst first,
    `not_known` rows that do not count and of which nothing is known; None where an earlier version did not say."""

    name: str
    title: str
    readiness: Readiness
    because: tuple[Shortfall, ...]
    not_known: tuple[str, ...] | None

    def as_json(self) -> dict[str, object]:
        """The profile's entry in matrix.json."""
        return {
            "name": self.name,
            "title": self.title,
            "readiness": self.readiness.value,
            "because": [each.as_json() for each in self.because],
            **({} if self.not_known is None else {"not_known": list(self.not_known)}),
        }

    @staticmethod
    def from_json(entry: Mapping[str, Any]) -> ProfileOutcome:
        """The profile's entry of a matrix.json that follows the schema."""
        return ProfileOutcome(
            name=entry["name"],
            title=entry["title"],
            readiness=Readiness(entry["readiness"]),
            because=tuple(map(Shortfall.from_json, entry["because"])),
            not_known=tuple(entry["not_known"]) if "not_known" in entry else None,
        )


SAID_BESIDE = (Reason.NOT_APPLICABLE, Reason.NOT_ASKED)
"""Why a row is untested of which nothing need be known."""


class ProfileError(ValueError):
    """A profile is unknown, or its file is at fault: says which and what to write."""


class Profile(BaseModel):
    """A use and what it needs. `required` rows must work, and `partial` says with which deviations the client still
    works; `tolerated` rows may do anything but be refused or break; `nice` rows are missed where they do not work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    use: str
    required: tuple[str, ...]
    tolerated: tuple[str, ...] = ()
    nice: tuple[str, ...] = ()
    partial: Mapping[str, tuple[Deviation, ...]] = {}

    @property
    def needs(self) -> dict[str, Need]:
        """Every row of the profile with its need."""
        return {
            **dict.fromkeys(self.required, Need.REQUIRED),
            **dict.fromkeys(self.tolerated, Need.TOLERATED),
            **dict.fromkeys(self.nice, Need.NICE),
        }

    def readiness_of(self, row_id: str, finding: RowResult) -> Readiness:
        """What was found of one of its rows means for the use. What is not known is never a no.

        need        supported, accepted   partial             ignored    rejected, broken   untested
        required    ready                 degraded with a     blocked    blocked            unproven; ready where it
                                          deviation that the                                is not applicable
                                          client survives,
                                          else blocked
        tolerated   ready                 ready               ready      blocked            ready
        nice        ready                 degraded            degraded   degraded           ready
        """
        need, status = self.needs[row_id], finding.status
        if status in (Status.SUPPORTED, Status.ACCEPTED):
            return Readiness.READY
        if status is Status.UNTESTED:
            needed = need is Need.REQUIRED and finding.reason is not Reason.NOT_APPLICABLE
            return Readiness.UNPROVEN if needed else Readiness.READY
        if need is Need.NICE:
            return Readiness.DEGRADED
        if need is Need.TOLERATED:
            return Readiness.BLOCKED if status in (Status.REJECTED, Status.BROKEN) else Readiness.READY
        survived = status is Status.PARTIAL and finding.deviation in self.partial.get(row_id, ())
        return Readiness.DEGRADED if survived else Readiness.BLOCKED


def assess(profile: Profile, findings: Mapping[str, RowResult]) -> ProfileOutcome:
    """A profile's entry in the matrix: its readiness, which is that of its worst row, the rows that are not ready, the
    worst first, and those that are not known and do not count. A row that was not measured is untested."""
    met = {row: findings.get(row, UNMEASURED) for row in profile.needs}
    found = {row: profile.readiness_of(row, finding) for row, finding in met.items()}
    order = list(Readiness)
    because = sorted(
        (row for row in found if found[row] is not Readiness.READY), key=lambda row: order.index(found[row])
    )
    return ProfileOutcome(
        name=profile.name,
        title=profile.title,
        readiness=found[because[0]] if because else Readiness.READY,
        because=tuple(Shortfall(row=row, need=profile.needs[row], means=found[row]) for row in because),
        not_known=tuple(row for row, finding in met.items() if found[row] is Readiness.READY and _unknown(finding)),
    )


def _unknown(finding: RowResult) -> bool:
    return finding.status is Status.UNTESTED and finding.reason not in SAID_BESIDE


def complaint(profile: Profile, row_id: str, finding: RowResult) -> str | None:
    """Why a row's test fails in a run for a profile; None where the profile can do with it."""
    means = profile.readiness_of(row_id, finding)
    if means not in (Readiness.BLOCKED, Readiness.UNPROVEN):
        return None
    return f"{profile.needs[row_id]} by {profile.name}, is {finding.status}"


def load_profile(name: str, known_rows: Collection[str]) -> Profile:
    """A profile by its name. Raises ProfileError, with the names that are known or the place of the fault."""
    if name not in names():
        raise ProfileError(f"{name}: no such profile; there are {', '.join(names())}")
    return _read(name, frozenset(known_rows))


def all_profiles(known_rows: Collection[str]) -> list[Profile]:
    """Every profile, by name. Raises ProfileError."""
    return [load_profile(name, known_rows) for name in names()]


@cache
def names() -> tuple[str, ...]:
    """The names of all profiles."""
    return tuple(
        sorted(each.name.removesuffix(SUFFIX) for each in files(FOLDER).iterdir() if each.name.endswith(SUFFIX))
    )


@cache
def _read(name: str, known_rows: frozenset[str]) -> Profile:
    file = f"{name}{SUFFIX}"
    try:
        profile = Profile(name=name, **tomllib.loads((files(FOLDER) / file).read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from error
    faults = list(_faults(profile, known_rows))
    if faults:
        raise ProfileError(f"{file}: {'; '.join(faults)}")
    return profile


def _faults(profile: Profile, known_rows: Collection[str]) -> Iterable[str]:
    listed = [*profile.required, *profile.tolerated, *profile.nice]
    yield from (f"no row {row}" for row in listed if row not in known_rows)
    yield from (f"{row} is listed twice" for row in sorted({row for row in listed if listed.count(row) > 1}))
    yield from (f"{row} is partial but not required" for row in profile.partial if row not in profile.required)
