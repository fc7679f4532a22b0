"""Lies about the id by which a provider finds a request again."""

from __future__ import annotations

from conformance.lies.lie import STREAMED, Lie
from conformance.reference.transforms import (
    HEADERS,
    Transform,
    error_reshape,
    only,
    stamp_drop,
    stamp_put,
    stamp_rename,
)

ID_ROW = "headers.request_id"
OTHER_ID = {"type": "error", "error": {"type": "$type", "message": "$message"}, "request_id": "req_other"}
NO_ID = {"type": "error", "error": {"type": "$type", "message": "$message"}}
ID = "request-id"
OTHER_NAME = "x-request-id"


def _ids(name: str, *transforms: Transform, note: str, code: str = "") -> Lie:
    """A lie about ids: broken, unless it has the code of a deviation."""
    status = "partial" if code else "broken"
    return Lie(row=ID_ROW, name=name, transforms=transforms, status=status, code=code, note=note)


LIES: list[Lie] = [
    Lie(
        row=ID_ROW,
        name="missing",
        transforms=(stamp_drop(ID), error_reshape(NO_ID)),
        status="ignored",
        note="^no answer has a request-id$",
    ),
    _ids("missing_but_in_bodies", stamp_drop(ID), code="incomplete", note="^no answer has a request-id; some name one"),
    _ids("renamed", stamp_rename(ID, OTHER_NAME), code="renamed", note="^the id is in x-request-id$"),
    _ids(
        "missing_for_streams",
        stamp_drop(ID, beside=STREAMED),
        code="incomplete",
        note="^no request-id for a stream$",
    ),
    _ids(
        "missing_for_errors",
        *(only(stamp_drop(ID), {HEADERS: "sk-"}), stamp_drop(ID, unless="max_tokens")),
        code="incomplete",
        note="^no request-id for without max_tokens, a wrong key$",
    ),
    _ids(
        "renamed_for_answers",
        only(stamp_rename(ID, OTHER_NAME), {"model": "^reference-", "max_tokens": ".", HEADERS: "^(?!.*sk-)"}),
        code="incomplete",
        note="^no request-id for an answer, without messages, a stream$",
    ),
    _ids("missing_in_bodies", error_reshape(NO_ID), code="incomplete", note="^no error body has a request_id$"),
    _ids("constant", stamp_put(ID, "req_1"), note="^an answer and without max_tokens have the same id req_1$"),
    _ids(
        "constant_under_another_name",
        stamp_put(ID, "req_1"),
        stamp_rename(ID, OTHER_NAME),
        note="^an answer and without max_tokens have the same id req_1$",
    ),
    _ids(
        "kept_for_streams",
        stamp_put(ID, "req_1", beside=STREAMED),
        only(stamp_put(ID, "req_1"), {"model": "^(?!reference-)"}),
        note="^a model that does not exist and a stream have the same id req_1$",
    ),
    _ids(
        "contradicted",
        error_reshape(OTHER_ID),
        note="^without max_tokens: request-id is req_[0-9a-f]+, request_id in the body is req_other$",
    ),
    _ids(
        "contradicted_by_a_gateway",
        only(stamp_put(ID, "gw-1"), {"model": "^(?!reference-)"}),
        note="^a model that does not exist: request-id is gw-1, request_id in the body is req_[0-9a-f]+$",
    ),
]
