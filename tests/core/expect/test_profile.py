"""Profiles: what the status of a row means for a use, and the files that say what a use needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.expect import profile as profiles
from conformance.expect.profile import (
    Need,
    Profile,
    ProfileError,
    Readiness,
    RowResult,
    Shortfall,
    assess,
    complaint,
    load_profile,
)
from conformance.lies import LIES
from conformance.protocol.status import Deviation, Reason, Status
from conformance.report import terminal
from conformance.report.matrix_row import MatrixRow
from conformance.report.readiness import reasons
from conformance.rows import BY_ID
from tests.core import matrices

MADE_UP = Profile(
    name="made-up",
    title="Made up",
    use="Something",
    required=("a.must", "a.part"),
    tolerated=("a.any",),
    nice=("a.nice",),
    partial={"a.part": (Deviation.FRAMING,)},
)
READY, DEGRADED, BLOCKED, UNPROVEN = Readiness.READY, Readiness.DEGRADED, Readiness.BLOCKED, Readiness.UNPROVEN
TABLE = {
    "a.must": (READY, BLOCKED, READY, BLOCKED, BLOCKED, BLOCKED, UNPROVEN),
    "a.part": (READY, DEGRADED, READY, BLOCKED, BLOCKED, BLOCKED, UNPROVEN),
    "a.any": (READY, READY, READY, READY, BLOCKED, BLOCKED, READY),
    "a.nice": (READY, DEGRADED, READY, DEGRADED, DEGRADED, DEGRADED, READY),
}


def as_found(status: Status, code: Deviation | Reason | None = None) -> RowResult:
    """With the deviation or the reason that such a status has."""
    if status is Status.PARTIAL:
        return RowResult(status, deviation=code if isinstance(code, Deviation) else Deviation.FRAMING)
    if status is Status.UNTESTED:
        return RowResult(status, reason=code if isinstance(code, Reason) else Reason.CANNOT_TELL)
    return RowResult(status)


WELL = as_found(Status.SUPPORTED)
ALL_WELL = dict.fromkeys(TABLE, WELL)


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize("status", Status)
def test_what_a_status_means_for_the_use(row: str, status: Status) -> None:
    due, found = TABLE[row][list(Status).index(status)], as_found(status)
    assert MADE_UP.readiness_of(row, found) is due
    entry = assess(MADE_UP, {**ALL_WELL, row: found})
    assert entry.readiness == due
    assert [each.row for each in entry.because] == ([] if due is READY else [row])
    assert entry.not_known == ((row,) if status is Status.UNTESTED and due is READY else ())
    assert (complaint(MADE_UP, row, found) is None) == (due in (READY, DEGRADED))


def test_only_the_deviation_that_the_client_survives_is_let_pass() -> None:
    found = as_found(Status.PARTIAL, Deviation.INCOMPLETE)
    assert MADE_UP.readiness_of("a.part", found) is BLOCKED
    assert complaint(MADE_UP, "a.part", found) == "required by made-up, is partial"


@pytest.mark.parametrize("row", TABLE)
def test_what_does_not_apply_is_no_complaint(row: str) -> None:
    entry = assess(MADE_UP, {**ALL_WELL, row: as_found(Status.UNTESTED, Reason.NOT_APPLICABLE)})
    assert (entry.readiness, entry.because, entry.not_known) == ("ready", (), ())


def test_what_is_asked_on_request_only_is_no_complaint_where_it_is_not_required() -> None:
    not_asked = as_found(Status.UNTESTED, Reason.NOT_ASKED)
    entry = assess(MADE_UP, {**ALL_WELL, "a.nice": not_asked})
    assert (entry.readiness, entry.not_known) == ("ready", ())
    assert assess(MADE_UP, {**ALL_WELL, "a.must": not_asked}).readiness == "unproven"


def test_the_worst_row_decides_and_stands_first() -> None:
    found = {"a.must": Status.UNTESTED, "a.part": Status.PARTIAL, "a.any": Status.BROKEN, "a.nice": Status.IGNORED}
    entry = assess(MADE_UP, {row: as_found(status) for row, status in found.items()})
    assert entry.readiness == "blocked"
    assert [(each.row, each.means) for each in entry.because] == [
        ("a.any", "blocked"),
        ("a.must", "unproven"),
        ("a.part", "degraded"),
        ("a.nice", "degraded"),
    ]


def test_a_row_that_was_not_measured_is_never_ready() -> None:
    assert assess(MADE_UP, {}).readiness == "unproven"
    assert assess(MADE_UP, {}).not_known == ("a.any", "a.nice")


SURVIVED = {
    # The real Claude Code ends its turns well on a stream with [DONE], and so do the SDKs.
    "claude-code": {"fields.stream": Deviation.FRAMING, "stream.no_done": Deviation.FRAMING},
    "sdk-basics": {"fields.stream": Deviation.FRAMING, "response.stop_sequence": Deviation.UNREPORTED},
    "tool-agents": {"fields.stream": Deviation.FRAMING, "clients.sdk.tool_loop": Deviation.ONE_MODE},
}


@pytest.mark.parametrize("name", SURVIVED)
def test_a_profile_is_no_stricter_than_its_client(name: str) -> None:
    profile = load_profile(name, BY_ID)
    found = {**dict.fromkeys(profile.needs, WELL)}
    found |= {row: as_found(Status.PARTIAL, code) for row, code in SURVIVED[name].items()}
    assert assess(profile, found).readiness == "degraded"


def test_a_model_that_never_thinks_is_ready_for_claude_code() -> None:
    profile = load_profile("claude-code", BY_ID)
    none = as_found(Status.UNTESTED, Reason.NOT_APPLICABLE)
    assert assess(profile, {**dict.fromkeys(profile.needs, WELL), "replay.thinking": none}).readiness == "ready"


def test_the_error_of_another_form_does_not_stop_the_sdk() -> None:
    profile = load_profile("sdk-basics", BY_ID)
    found = {**dict.fromkeys(profile.needs, WELL), "errors.envelope": as_found(Status.BROKEN)}
    assert assess(profile, found).readiness == "degraded"


@pytest.mark.parametrize("name", profiles.names())
def test_every_deviation_that_a_profile_lets_pass_can_be_found(name: str) -> None:
    told = {(lie.row, lie.code) for lie in LIES if lie.status == Status.PARTIAL}
    partial = load_profile(name, BY_ID).partial
    assert [(row, code) for row, codes in partial.items() for code in codes if (row, code) not in told] == []


def test_the_terminal_says_by_what_a_profile_is_blocked() -> None:
    found = {**ALL_WELL, "a.must": as_found(Status.REJECTED), "a.nice": as_found(Status.IGNORED)}
    entry = assess(MADE_UP, {**found, "a.any": as_found(Status.UNTESTED)})
    row = MatrixRow.from_json(matrices.row("fields.top_k", "rejected", "HTTP 400: no"))
    assert [text for text, _ in terminal.profile_lines(entry, {"a.must": row})] == [
        "",
        "Made up (--profile=made-up): blocked",
        "  blocked by a.must: rejected: HTTP 400: no",
        "  degraded by a.nice",
        "  not known: a.any",
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
    because = tuple(
        Shortfall(row=row, need=Need.REQUIRED, means=Readiness(means))
        for row, means in (
            ("a.one", "blocked"),
            ("a.two", "unproven"),
            ("a.three", "unproven"),
            ("a.four", "unproven"),
            ("a.five", "degraded"),
        )
    )
    spent = MatrixRow.from_json(matrices.row("fields.top_k", "untested", "all is spent", reason="budget"))
    rows = {each.row: spent for each in because} | {"a.four": replace(spent, reason="unreachable", note="")}
    assert list(reasons(replace(assess(MADE_UP, {}), because=because), rows)) == [
        ("blocked", ["a.one"], "untested: budget: all is spent"),
        ("unproven", ["a.two", "a.three"], "untested: budget: all is spent"),
        ("unproven", ["a.four"], "untested: unreachable"),
        ("degraded", ["a.five"], ""),
    ]
