"""Profiles: what the status of a row means for a use, and the files that say what a use needs."""

from __future__ import annotations

import pytest

from conformance import profile as profiles
from conformance.profile import Profile, ProfileError, Readiness, assess, complaint, load_profile
from conformance.report import terminal
from conformance.report.readiness import reasons
from conformance.rows import BY_ID
from conformance.status import Status

MADE_UP = Profile(
    name="made-up",
    title="Made up",
    use="Something",
    required=("a.must", "a.part"),
    partial=("a.part",),
    tolerated=("a.any",),
    nice=("a.nice",),
)
READY, DEGRADED, BLOCKED, UNPROVEN = Readiness.READY, Readiness.DEGRADED, Readiness.BLOCKED, Readiness.UNPROVEN
TABLE = {
    "a.must": (READY, BLOCKED, READY, BLOCKED, BLOCKED, BLOCKED, UNPROVEN),
    "a.part": (READY, DEGRADED, READY, BLOCKED, BLOCKED, BLOCKED, UNPROVEN),
    "a.any": (READY, READY, READY, READY, BLOCKED, BLOCKED, DEGRADED),
    "a.nice": (READY, DEGRADED, READY, DEGRADED, DEGRADED, DEGRADED, DEGRADED),
}
ALL_WELL = dict.fromkeys(TABLE, Status.SUPPORTED)


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize("status", Status)
def test_what_a_status_means_for_the_use(row: str, status: Status) -> None:
    due = TABLE[row][list(Status).index(status)]
    assert MADE_UP.readiness_of(row, status) is due
    entry = assess(MADE_UP, {**ALL_WELL, row: status})
    assert entry["readiness"] == due
    assert [each["row"] for each in entry["because"]] == ([] if due is READY else [row])
    assert (complaint(MADE_UP, row, status) is None) == (due in (READY, DEGRADED))


def test_the_worst_row_decides_and_stands_first() -> None:
    found = {"a.must": Status.UNTESTED, "a.part": Status.PARTIAL, "a.any": Status.BROKEN, "a.nice": Status.IGNORED}
    entry = assess(MADE_UP, found)
    assert entry["readiness"] == "blocked"
    assert [(each["row"], each["means"]) for each in entry["because"]] == [
        ("a.any", "blocked"),
        ("a.must", "unproven"),
        ("a.part", "degraded"),
        ("a.nice", "degraded"),
    ]


def test_a_row_that_was_not_measured_is_never_ready() -> None:
    assert assess(MADE_UP, {})["readiness"] == "unproven"


def test_a_nice_row_that_is_asked_on_request_only_degrades_nothing() -> None:
    found = {**ALL_WELL, "a.nice": Status.UNTESTED}
    assert assess(MADE_UP, found, {"a.nice"})["readiness"] == "ready"
    assert assess(MADE_UP, {**ALL_WELL, "a.must": Status.UNTESTED}, {"a.must"})["readiness"] == "unproven"


def test_the_terminal_says_by_what_a_profile_is_blocked() -> None:
    entry = assess(MADE_UP, {**ALL_WELL, "a.must": Status.REJECTED, "a.nice": Status.IGNORED})
    row = {"status": "rejected", "deviation": None, "reason": None, "note": "HTTP 400: no"}
    assert [text for text, _ in terminal.profile_lines(entry, {"a.must": row})] == [
        "",
        "Made up (--profile=made-up): blocked",
        "  blocked by a.must: rejected: HTTP 400: no",
        "  degraded by a.nice",
    ]


@pytest.mark.parametrize("name", profiles.names())
def test_a_profile_names_rows_that_there_are_once_each(name: str) -> None:
    assert load_profile(name, BY_ID).required


def test_a_profile_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ProfileError, match=r"no-such: no such profile; there are .*claude-code.*, vision"):
        load_profile("no-such", BY_ID)


def test_a_profile_of_rows_that_there_are_not_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"vision\.toml: no row content\.image"):
        load_profile("vision", BY_ID.keys() - {"content.image"})


def test_rows_of_which_the_same_was_found_are_told_together() -> None:
    because = [
        {"row": row, "means": means}
        for row, means in (
            ("a.one", "blocked"),
            ("a.two", "unproven"),
            ("a.three", "unproven"),
            ("a.four", "unproven"),
            ("a.five", "degraded"),
        )
    ]
    spent = {"status": "untested", "deviation": None, "reason": "budget", "note": "all is spent"}
    rows = {each["row"]: spent for each in because} | {"a.four": {**spent, "reason": "unreachable", "note": ""}}
    assert list(reasons({"because": because}, rows)) == [
        ("blocked", ["a.one"], "untested: budget: all is spent"),
        ("unproven", ["a.two", "a.three"], "untested: budget: all is spent"),
        ("unproven", ["a.four"], "untested: unreachable"),
        ("degraded", ["a.five"], ""),
    ]
