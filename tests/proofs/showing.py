"""Does the request that is printed beside a finding show the finding? Read from what that request was answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from conformance.probing.endpoints import read_any
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import describe_error
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.sse import frames_of
from conformance.protocol.status import Deviation, Reason, Status

QUOTED = re.compile(r"HTTP (\d{3})\b(?:: ([^;()“”]{3,60}))?")
FRAME = re.compile(r"\bframe (\d+): .*?: (event: |data: |id: )")
OF_A_RULE = ("the body ", "the content type ", "error ", "error.")
"""How the words begin that say how a refusal breaks the envelope: they are the suite's, not the endpoint's."""
TAKEN = re.compile(r"\banswered instead of refused\b")

ELSEWHERE_SEEN = re.compile(r"(in 1 of \d+ such answers: )?[a-z0-9_]+(\.[a-z0-9_]+)+, [^:]+: ")
"""How a note begins of what another row's request was answered."""

NOT_ABOUT_THE_FIELD = (
    Reason.CONTROL_REFUSED,
    Reason.PREREQUISITE_REFUSED,
    Reason.KEY_REFUSED,
    Reason.UNREACHABLE,
    Reason.RATE_LIMITED,
    Reason.NOT_ASKED,
    Reason.NO_CASSETTE,
    Reason.NEVER_EXERCISED,
    Reason.BUDGET,
    Reason.CUT,
)
"""Why a row may be untested of which the request with the field shows nothing."""

ELSEWHERE = {
    "fields.stream": '"stream":true',
    "fields.system.array": '"system"',
    "fields.anthropic_version": "anthropic-version",
    "content.string": '"content":"',
    "content.unknown": "zz_",
    "fields.unknown": "zz_",
    "tools.unknown": "zz_",
    "tools.type_custom": '"custom"',
    "tool_choice.string_form": '"tool_choice":"',
    "tool_choice.object_form": '"tool_choice":{',
    "headers.beta_query": "beta=true",
    "endpoints.count_tokens": "/v1/messages/count_tokens",
    "endpoints.models": "/v1/models",
    "endpoints.models.retrieve": "/v1/models/",
    "endpoints.batches": "/v1/messages/batches",
    "endpoints.files": "/v1/files",
}
"""What a row's request carries where it is not named after it."""


def unshown(row: str, verdict: Verdict, shown: Exchange | None) -> str:
    """Why this exchange, whose request is printed, does not show the finding; empty where it does, or where the row is
    supported and there is nothing to show."""
    if verdict.status is Status.SUPPORTED or verdict.reason in (Reason.NOT_ASKED, Reason.NO_CASSETTE, Reason.BUDGET):
        return ""
    if shown is None:
        return "no request is printed"
    return next(_faults(row, verdict, shown), "")


def _faults(row: str, verdict: Verdict, shown: Exchange) -> Iterator[str]:
    if not verdict.rests_on or shown.request.digest not in verdict.rests_on:
        yield "the verdict does not name the exchange"
    quoted = list(QUOTED.finditer(verdict.note))
    half = verdict.deviation is Deviation.INCOMPLETE and read_any(shown).answered  # the other half is refused
    if quoted and not half and not any(_says(shown, match) for match in quoted):
        yield f"the note says {quoted[0].group()!r}, the exchange {_met(shown)!r}"
    frame = FRAME.search(verdict.note)
    if frame:
        frames = list(frames_of(shown.body))
        number = int(frame[1])
        told = verdict.note[frame.start(2) :][:40].rstrip("…")
        held = " ".join(frames[number - 1].raw.decode("utf-8", "replace").split()) if number <= len(frames) else ""
        if " ".join(told.split())[:30] not in held:
            yield f"frame {number} of the exchange does not hold {told!r}"
    if TAKEN.search(verdict.note) and verdict.status is Status.IGNORED and not read_any(shown).answered:
        yield f"the note says that it is answered, the exchange {_met(shown)!r}"
    elsewhere = ELSEWHERE_SEEN.match(verdict.note) is not None
    about_the_field = verdict.reason not in NOT_ABOUT_THE_FIELD and not elsewhere
    if about_the_field and not carries(row, shown.request):
        yield f"the request does not carry the row's subject: {shown.request.body.decode('utf-8', 'replace')[:160]}"


def _says(shown: Exchange, quoted: re.Match[str]) -> bool:
    if _met(shown).startswith(quoted.group()):
        return True
    if shown.status != int(quoted[1]):
        return False
    words = " ".join((quoted[2] or "").split())[:30]
    said = " ".join(f"{_met(shown)} {describe_error(shown)}".split())
    return words in said or words.startswith(OF_A_RULE)


def _met(shown: Exchange) -> str:
    answer = read_any(shown)
    return answer.problem or f"HTTP {shown.status}, answered"


def carries(row: str, request: Request) -> bool:
    """Does a request hold what its row is about?"""
    table, _, subject = row.partition(".")
    body = request.json if isinstance(request.json, dict) else {}
    text = json.dumps(body, separators=(",", ":"))
    whole = f"{request.path} {json.dumps(dict(request.headers))} {text}"
    if row in ELSEWHERE:
        return ELSEWHERE[row] in whole
    if row == "headers.anthropic_beta":
        # What a beta unlocks is asked without the header as well.
        return "anthropic-beta" in request.headers or "context_management" in body
    if table == "headers":
        return True
    if table in ("fields", "tools", "content", "tool_choice"):
        wanted = subject.split(".")
        return any(f'"{name}' in text or f"_{name}" in text for name in (wanted[-1], wanted[0], table))
    if table == "stream":
        return '"stream":true' in text
    return True
