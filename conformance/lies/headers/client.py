"""Lies about the headers that official clients send."""

from __future__ import annotations

from dataclasses import replace

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.lies.shared.fixed_answers import kept, message
from conformance.reference import faults
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.stream import events_of, frame
from conformance.reference.transforms import HEADERS, Transform, drop, only

VERSION_ROW = "headers.anthropic_version.2026_10_21"
ACCEPT_ROW = "headers.accept_stream"
SET_ROW = "headers.sdk_set"
NEW_VERSION = f"{HEADERS}[anthropic-version={CURRENT_VERSION}]"
ACCEPT_JSON = f"{HEADERS}[accept=application/json]"
STAINLESS = f"{HEADERS}.x-stainless-lang"

# The clients themselves send these headers as well, and have rows of their own.
BY_NO_CLIENT = {HEADERS: "(?s)^(?!.*'(x-stainless-lang|x-app)')"}
OLD_VERSION = {f"{HEADERS}.anthropic-version": "^2023"}


def _met(row: str, path: str, given: dict[str, str], *, beside: str = "", part: str = "") -> list[Lie]:
    """Every way to fail over these headers; `part` begins the note."""
    refused = Lie(
        row=row,
        name="refused",
        transforms=(faults.fail(400, path, "This header is not for us", beside=beside),),
        status="rejected",
        note="HTTP 400: This header is not for us",
    )
    told = [*failures(row, path, beside=beside, without=["refused"]), refused]
    blamed = ("rejected", "broken")
    noted = [replace(lie, note=f"^{part}{lie.note}") if part and lie.status in blamed else lie for lie in told]
    return narrowed(noted, given)


def _in_one_mode(row: str, path: str, given: dict[str, str]) -> list[Lie]:
    refusal = faults.fail(400, path, "Not so")

    def lie(name: str, fault: Transform, status: str, note: str) -> Lie:
        code = "one_mode" if status == "partial" else ""
        return Lie(row=row, name=name, transforms=(only(fault, given),), status=status, code=code, note=note)

    return [
        lie("stream_refused", replace(refusal, beside=STREAMED), "partial", "^a stream is refused: HTTP 400: Not so"),
        lie(
            "only_streamed",
            replace(refusal, unless=STREAMED),
            "partial",
            "^only a stream is not refused: HTTP 400: Not so",
        ),
        lie(
            "stream_crashes",
            faults.fail(500, path, beside=STREAMED),
            "broken",
            "in a stream: HTTP 500: Internal error",
        ),
        lie("stream_is_one_body", drop("stream", beside=path), "broken", "in a stream: the answer is one JSON body"),
    ]


WALLED = faults.page(403, f"{HEADERS}.user-agent")
BY_THE_SDK = {**OLD_VERSION, f"{HEADERS}.user-agent": "^Anthropic/"}
NOT_STAINLESS = faults.fail(403, STAINLESS, "Too many headers")

PARTS = [
    Lie(row=SET_ROW, name=name, transforms=transforms, status="rejected", note=note)
    for name, transforms, note in (
        ("user_agent_walled_off", (only(WALLED, BY_THE_SDK),), "^it is answered without user-agent: HTTP 403"),
        (
            "nothing_of_it_taken",
            (only(WALLED, BY_THE_SDK), only(NOT_STAINLESS, OLD_VERSION)),
            "^no single part is the cause: HTTP 403",
        ),
    )
]

STREAM = b"".join(frame(event) for event in events_of(message("OK")))

ACCEPT = [
    Lie(
        row=ACCEPT_ROW,
        name="negotiated",
        transforms=(drop("stream", beside=ACCEPT_JSON),),
        status="broken",
        note="^the answer is one JSON body where a stream was asked for$",
    ),
    *(
        Lie(
            row=ACCEPT_ROW,
            name=name,
            transforms=(faults.say(ACCEPT_JSON, STREAM, media_type, beside=STREAMED),),
            status="partial",
            code="framing",
            note=f"the stream comes as {told}",
        )
        for name, media_type, told in (
            ("labelled_as_asked", "application/json", "application/json"),
            ("unlabelled", None, "no content type"),
        )
    ),
    Lie(
        row=ACCEPT_ROW,
        name="not_acceptable",
        transforms=(faults.fail(406, ACCEPT_JSON, "Only text/event-stream", beside=STREAMED),),
        status="rejected",
        note="HTTP 406: Only text/event-stream",
    ),
]

LABELLED_A_STREAM = Lie(
    row=VERSION_ROW,
    name="answer_labelled_a_stream",
    transforms=(faults.say(NEW_VERSION, kept("OK"), "text/event-stream", unless=STREAMED),),
    status="broken",
    note="a stream without a message",
    reports=("N15",),
)

LIES: list[Lie] = [
    *_met(VERSION_ROW, NEW_VERSION, BY_NO_CLIENT),
    *_in_one_mode(VERSION_ROW, NEW_VERSION, BY_NO_CLIENT),
    *narrowed([LABELLED_A_STREAM], BY_NO_CLIENT),
    *_met(ACCEPT_ROW, ACCEPT_JSON, BY_NO_CLIENT, beside=STREAMED),
    *narrowed(ACCEPT, BY_NO_CLIENT),
    *_met(SET_ROW, STAINLESS, OLD_VERSION, part="it is answered without x-stainless: .*"),
    *_in_one_mode(SET_ROW, STAINLESS, OLD_VERSION),
    *PARTS,
]
