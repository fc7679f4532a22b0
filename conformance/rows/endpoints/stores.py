"""Endpoints that keep something: message batches and files. Nothing is left behind, and no batch is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from conformance.probing.endpoints import (
    Wrong,
    ask_route,
    bodiless,
    failed_route,
    incomplete,
    must_refuse_route,
    posted,
    trouble,
)
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import Outcome
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.shared.betas import FILES_BETA

BATCHES = "/v1/messages/batches"
FILES = "/v1/files"
BOUNDARY = "conformance-5f1c"


@row(
    "endpoints.batches",
    "MAY offer message batches",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.BATCHES,
)
def batches(run: Run) -> Conversation[Verdict]:
    pair = yield from ask_route(run, bodiless(run, f"{BATCHES}?limit=1"), no_page, role="the list of batches")
    if not pair.accepted:
        return (yield from failed_route(run, pair))
    empty = {"a batch without requests": posted(run, BATCHES, {"requests": []})}
    created = yield from must_refuse_route(run, empty, no_batch, status=400, kind="invalid_request_error")
    bogus = bodiless(run, f"{BATCHES}/msgbatch_{run.name('batch', 'zz')}")
    unknown = {"a batch that does not exist": bogus}
    found = yield from must_refuse_route(run, unknown, no_batch, status=404, kind="not_found_error")
    verdict = refused_both({"a batch without requests": created, "a batch that does not exist": found})
    told = "listed and validated; no batch was run"
    return replace(verdict, note=told) if verdict.status is Status.SUPPORTED else verdict


@row(
    "endpoints.files",
    "MAY offer files",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.FILES,
)
def files(run: Run) -> Conversation[Verdict]:
    name = f"{run.nonce('file').lower()}.txt"
    upload = uploaded(run, name)
    pair = yield from ask_route(run, upload, no_file, role="the upload of a file")
    note = ""
    if pair.treatment[-1].outcome is Outcome.REFUSED:
        # Files once needed a beta header, and still do at those who followed the documents of then.
        gated = upload.with_headers(anthropic_beta=FILES_BETA)
        second = yield from ask_route(run, gated, no_file, role="the upload with its beta header")
        if second.accepted:
            pair, note = second, f"with the header anthropic-beta: {FILES_BETA} only"
    if not pair.accepted:
        return (yield from failed_route(run, pair))
    beta = FILES_BETA if note else None
    verdict = yield from _follow(run, name, pair.exchange, beta)
    return replace(verdict, note=note) if verdict.status is Status.SUPPORTED else verdict


def uploaded(run: Run, name: str) -> Request:
    """A small text file as a form's part."""
    disposition = f'content-disposition: form-data; name="file"; filename="{name}"'
    lines = (f"--{BOUNDARY}", disposition, "content-type: text/plain", "", "A harbour.", f"--{BOUNDARY}--", "")
    headers = {**run.headers(), "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return Request(path=FILES, headers=headers, body="\r\n".join(lines).encode())


def _follow(run: Run, name: str, upload: Exchange, beta: str | None) -> Conversation[Verdict]:
    """What became of an uploaded file: described under its name, deleted, and gone.

    described again    deleted               gone                   status
    not              - (but asked for)       -                      partial (incomplete)
    under its name     not                   -                      partial (incomplete)
    under its name     yes                   still described        partial (incomplete)
    under its name     yes                   404 not_found_error    supported
    under its name     yes                   otherwise refused      partial (other refusal)
    """
    path = f"{FILES}/{quote(upload.json['id'], safe='')}"
    get = bodiless(run, path).with_headers(anthropic_beta=beta)
    delete = bodiless(run, path, "DELETE").with_headers(anthropic_beta=beta)
    described = yield from ask_route(run, get, no_file, role="the file")
    # It is deleted whatever came before: nothing of the suite's stays in somebody's account.
    removed = yield from ask_route(run, delete, lambda body: "", role="its deletion")
    if upload.json["filename"] != name:
        return incomplete(f"the file is named {upload.json['filename']!r}, and was sent as {name}", upload)
    failed = trouble(described, "the file is taken, and cannot be asked for")
    if failed:
        return failed
    if described.exchange.json["filename"] != name:
        note = f"another file comes back: {described.exchange.json['filename']!r}, not {name}"
        return incomplete(note, described.exchange)
    # No content is an answer to a deletion as well.
    failed = None if removed.exchange.status == 204 else trouble(removed, "the file cannot be deleted")
    if failed:
        return failed
    gone = {"the file after its deletion": get.again(AFTER)}
    verdict = yield from must_refuse_route(run, gone, no_file, status=404, kind="not_found_error")
    if verdict.status is Status.IGNORED:
        note = "the file is still there after its deletion"
        return replace(verdict, status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note)
    return verdict if verdict.status is Status.SUPPORTED else replace(verdict, note=f"a deleted file: {verdict.note}")


AFTER = 10
"""The attempt from which a file is asked for once it is deleted: the same question, at another time."""


def no_page(body: Mapping[str, Any]) -> str:
    """What is wrong with a body as one page of a list."""
    if not isinstance(body.get("data"), list):
        return "JSON that is no list (no data array)"
    if not isinstance(body.get("has_more"), bool):
        return "a list without has_more"
    return ""


def of_type(kind: str, *keys: str) -> Callable[[Mapping[str, Any]], str]:
    """Finds fault with a body that is not of this type, or lacks a text under a key."""

    def wrong(body: Mapping[str, Any]) -> str:
        if body.get("type") != kind:
            other = f", but object {body['object']!r}" if "object" in body else ""
            return f"JSON that is no {kind} (type {body.get('type')!r}{other})"
        lacking = [key for key in keys if not isinstance(body.get(key), str) or not body[key]]
        return f"a {kind} without {' and '.join(lacking)}" if lacking else ""

    return wrong


no_batch: Wrong = of_type("message_batch", "id")
no_file: Wrong = of_type("file", "id", "filename")


def refused_both(found: Mapping[str, Verdict]) -> Verdict:
    """One verdict of several refusals that are due: the first that is not as stated, the worst kind first.

    any refusal is                               status
    broken                                       broken
    untested                                     untested
    missing: answered instead                    partial (incomplete)
    another                                      partial (other refusal)
    else                                         supported
    """
    for status in (Status.BROKEN, Status.UNTESTED, Status.IGNORED, Status.PARTIAL):
        for what, verdict in found.items():
            if verdict.status is not status:
                continue
            if status is Status.IGNORED:
                note = f"{what} is answered instead of refused"
                return replace(verdict, status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note)
            return replace(verdict, note=f"{what}: {verdict.note}")
    return Verdict(status=Status.SUPPORTED)
