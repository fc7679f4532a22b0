"""Batches and files: what is one, and one verdict of several refusals; and the query's two modes."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest

from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import PROBES
from conformance.rows.endpoints.beta_query import both_modes
from conformance.rows.endpoints.stores import no_batch, no_file, no_page, refused_both, uploaded
from tests.core.made_up import RUN, drive, exchange, message, refusal

GOOD = Verdict(status=Status.SUPPORTED)
BAD = Verdict(status=Status.BROKEN, note="bang")
NONE = untested(Reason.UNSTABLE, "now and then")
NO = Verdict(status=Status.REJECTED, note="HTTP 404")
OTHER = Verdict(status=Status.PARTIAL, deviation=Deviation.OTHER_REFUSAL, note="refused otherwise")
TAKEN = Verdict(status=Status.IGNORED, note="answered")
MAPPED = Verdict(status=Status.PARTIAL, deviation=Deviation.MAPPED, note="answered as b")


@pytest.mark.parametrize(
    ("first", "second", "status", "note"),
    [
        (GOOD, GOOD, "supported", ""),
        (GOOD, OTHER, "partial", "second: refused otherwise"),
        (OTHER, TAKEN, "partial", "second is answered instead of refused"),
        (TAKEN, NONE, "untested", "second: now and then"),
        (NONE, BAD, "broken", "second: bang"),
    ],
)
def test_one_verdict_of_several_refusals(first: Verdict, second: Verdict, status: str, note: str) -> None:
    verdict = refused_both({"first": first, "second": second})
    assert (verdict.status.value, verdict.note) == (status, note)


@pytest.mark.parametrize(
    ("unstreamed", "streamed", "status", "note"),
    [
        (GOOD, GOOD, "supported", ""),
        (NONE, NONE, "untested", "now and then"),
        (NONE, NO, "rejected", "HTTP 404"),
        (NO, NONE, "rejected", "HTTP 404"),
        (GOOD, NO, "partial", "refused in a stream alone: HTTP 404"),
        (NO, GOOD, "partial", "refused unstreamed alone: HTTP 404"),
        (BAD, NO, "broken", "bang"),
        (NO, BAD, "broken", "in a stream: bang"),
        (NO, NO, "rejected", "HTTP 404"),
        (GOOD, MAPPED, "partial", "answered as b"),
        (MAPPED, GOOD, "partial", "answered as b"),
    ],
)
def test_one_verdict_of_two_modes(unstreamed: Verdict, streamed: Verdict, status: str, note: str) -> None:
    verdict = both_modes(unstreamed, streamed)
    assert (verdict.status.value, verdict.note) == (status, note)


def test_pages_batches_and_files_are_told_from_others() -> None:
    assert no_page({"data": [], "has_more": False}) == ""
    assert no_page({"data": []}) == "a list without has_more"
    assert no_page({"has_more": False}) == "JSON that is no list (no data array)"
    assert no_batch({"type": "message_batch", "id": "b"}) == ""
    assert no_batch({"object": "batch", "id": "b"}) == "JSON that is no message_batch (type None, but object 'batch')"
    assert no_file({"type": "file", "id": "f", "filename": "a.txt"}) == ""
    assert no_file({"type": "file", "id": "", "filename": 5}) == "a file without id and filename"


def test_an_upload_is_a_form_with_one_text_file() -> None:
    request = uploaded(RUN, "a.txt")
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    (part,) = BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts()
    assert (part.get_filename(), part.get_content_type()) == ("a.txt", "text/plain")
    assert part.get_content() == "A harbour."


@pytest.mark.parametrize("named", ["a", "b/../c"])
def test_whatever_comes_of_an_upload_it_is_deleted(named: str) -> None:
    asked: list[tuple[str, str]] = []

    def reply(role: str, request: Request) -> Exchange:
        asked.append((request.method, request.path))
        if request.path == "/v1/messages":
            return exchange(message())
        body: dict[str, Any] = {"type": "file", "id": named, "filename": "other.txt"}
        return exchange(body) if request.method == "POST" else refusal("gone", 404)

    verdict, _ = drive(PROBES["endpoints.files"](RUN), reply)
    assert (verdict.status, verdict.deviation) == (Status.PARTIAL, Deviation.INCOMPLETE)
    assert ("DELETE", f"/v1/files/{named.replace('/', '%2F')}") in asked
