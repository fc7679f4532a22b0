"""Lies about message batches and files."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.routes import answers, by_method, ends_of, fails, route_failures
from conformance.reference import faults
from conformance.reference.transforms import Transform, answer_drop, answer_put, at_route, elsewhere, error_reshape

BATCHES = "^/v1/messages/batches"
LISTED = r"^/v1/messages/batches(\?|$)"
ONE_BATCH = "^/v1/messages/batches/"
OTHER_TYPE = {"type": "error", "error": {"type": "api_error", "message": "$message"}}


def batches(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about batches; unless told otherwise the row is partial, for another refusal."""
    due = {"status": "partial", **due}
    code = due.pop("code", "other_refusal" if due["status"] == "partial" else "")
    return Lie(row="endpoints.batches", name=name, transforms=transforms, code=code, **due)


BATCH = {"id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress"}
EMPTY, NO_BATCH = "a batch without requests", "a batch that does not exist"

OF_BATCHES = [
    *route_failures("endpoints.batches", BATCHES, "JSON that is no list .no data array"),
    batches(
        "list_without_has_more",
        elsewhere(LISTED, answer_drop("has_more")),
        status="broken",
        note="a list without has_more",
    ),
    batches(
        "list_as_object",
        elsewhere(LISTED, answer_put("data", {})),
        status="broken",
        note="JSON that is no list .no data array",
    ),
    batches(
        "empty_batch_taken",
        by_method("POST", answers(BATCHES, BATCH)),
        code="incomplete",
        note=f"{EMPTY} is answered instead of refused",
    ),
    batches(
        "unknown_batch_returned",
        by_method("GET", answers(ONE_BATCH, BATCH)),
        code="incomplete",
        note=f"{NO_BATCH} is answered instead of refused",
    ),
    *(
        batches(
            f"empty_batch_{status}",
            by_method("POST", fails(BATCHES, status, "no")),
            note=f"{EMPTY}: refused otherwise: HTTP {status}: no",
        )
        for status in (403, 404, 405, 422)
    ),
    *(
        batches(
            f"unknown_batch_{status}",
            by_method("GET", fails(ONE_BATCH, status, "no")),
            note=f"{NO_BATCH}: refused otherwise: HTTP {status}: no",
        )
        for status in (400, 405, 410)
    ),
    batches(
        "empty_batch_of_other_type",
        by_method("POST", at_route(BATCHES, error_reshape(OTHER_TYPE))),
        note=f"{EMPTY}: refused otherwise: HTTP 400",
    ),
    *ends_of("endpoints.batches", "empty_batch", BATCHES, EMPTY, method="POST"),
    *ends_of("endpoints.batches", "unknown_batch", ONE_BATCH, NO_BATCH),
]

FILES = "^/v1/files"
ONE_FILE = "^/v1/files/"


def files(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about files; unless told otherwise the row is partial, for what does not work."""
    due = {"status": "partial", **due}
    code = due.pop("code", "incomplete" if due["status"] == "partial" else "")
    return Lie(row="endpoints.files", name=name, transforms=transforms, code=code, **due)


BETA = "$headers.anthropic-beta"
OPENAI = {"id": "file-1", "object": "file", "bytes": 10, "filename": "a.txt", "purpose": "user_data"}

OF_FILES = [
    *route_failures("endpoints.files", FILES, "JSON that is no file .type None"),
    files(
        "in_another_protocol",
        by_method("POST", answers(FILES, OPENAI)),
        status="broken",
        note="JSON that is no file .type None, but object 'file'",
    ),
    files(
        "wants_a_purpose",
        by_method("POST", fails(FILES, 400, "purpose: Field required")),
        status="rejected",
        note="^HTTP 400: purpose: Field required$",
    ),
    files(
        "with_its_beta_alone",
        at_route(FILES, faults.fail(404, "", "Not found", unless=BETA)),
        status="supported",
        note="with the header anthropic-beta: files-api-2025-04-14 only",
    ),
    files(
        "nameless",
        by_method("POST", elsewhere(FILES, answer_drop("filename"))),
        status="broken",
        note="a file without filename",
    ),
    files(
        "without_an_id", by_method("POST", elsewhere(FILES, answer_put("id", ""))), status="broken", note="without id"
    ),
    files(
        "renamed",
        by_method("POST", elsewhere(FILES, answer_put("filename", "upload.bin"))),
        note="the file is named 'upload.bin', and was sent as ",
    ),
    files(
        "taken_and_lost",
        by_method("GET", fails(ONE_FILE, 404, "File not found")),
        note="the file is taken, and cannot be asked for: HTTP 404: File not found",
    ),
    files(
        "description_crashes",
        by_method("GET", fails(ONE_FILE, 500)),
        note="the file is taken, and cannot be asked for: HTTP 500",
    ),
    files(
        "another_comes_back",
        by_method("GET", elsewhere(ONE_FILE, answer_put("filename", "other.txt"))),
        note="another file comes back: 'other.txt', not ",
    ),
    *(
        files(
            f"deletion_{status}",
            by_method("DELETE", fails(ONE_FILE, status, "no")),
            note=f"the file cannot be deleted: HTTP {status}: no",
        )
        for status in (403, 405, 500)
    ),
    files(
        "deletion_forgotten",
        by_method("DELETE", answers(ONE_FILE, {"id": "file_1", "type": "file_deleted"})),
        note="the file is still there after its deletion",
    ),
    files(
        "deleted_of_other_type",
        by_method("GET", at_route(ONE_FILE, error_reshape(OTHER_TYPE))),
        code="other_refusal",
        note="a deleted file: refused otherwise: HTTP 404",
    ),
]

LIES: list[Lie] = [
    *OF_BATCHES,
    *OF_FILES,
]
