"""Lies about the path of Messages with a query."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.transforms import AT_ROUTE, Transform, answer_put, at_route, default, drop

ROW = "endpoints.beta_query"
QUERY = r"^/v1/messages\?"
CLAUDE_CODE = "$headers.x-app"


def query(name: str, transform: Transform, **due: Any) -> Lie:
    """A lie about the query; unless told otherwise the row is partial, for one mode alone."""
    due = {"status": "partial", **due}
    code = due.pop("code", "one_mode" if due["status"] == "partial" else "")
    return Lie(row=ROW, name=name, transforms=(at_route(QUERY, transform),), code=code, **due)


LIES: list[Lie] = [
    # Claude Code asks with the query as well, and its rows tell it by themselves.
    *narrowed(failures(ROW, "max_tokens", unless=CLAUDE_CODE, without=["refused"]), {AT_ROUTE: QUERY}),
    query(
        "makes_another_path",
        faults.fail(404, "", "Not Found"),
        status="rejected",
        note="HTTP 404: Not Found",
        reports=("N01",),
    ),
    query(
        "refused_in_a_stream",
        faults.fail(404, "stream", "Not Found", unless=CLAUDE_CODE),
        note="refused in a stream alone: HTTP 404: Not Found",
    ),
    query(
        "refused_unstreamed",
        faults.fail(404, "", "Not Found", unless="stream"),
        note="refused unstreamed alone: HTTP 404: Not Found",
    ),
    query(
        "crashes_in_a_stream",
        faults.fail(500, "stream", unless=CLAUDE_CODE),
        status="broken",
        note="in a stream: HTTP 500: Internal error",
    ),
    query("crashes_unstreamed", faults.fail(500, "", unless="stream"), status="broken", note="^HTTP 500: Internal"),
    query(
        "never_streams",
        drop("stream", unless=CLAUDE_CODE),
        status="broken",
        note="in a stream: the answer is one JSON body where a stream was asked for",
    ),
    query(
        "always_streams",
        default("stream", True),
        status="broken",
        note="a stream where one JSON body was asked for",
    ),
    query(
        "to_another_model",
        answer_put("model", "reference-2"),
        code="mapped",
        note="answered as reference-2, and as reference-1 without the query",
    ),
    query(
        "to_another_model_in_a_stream",
        answer_put("model", "reference-2", beside="stream"),
        code="mapped",
        note="answered as reference-2, and as reference-1 without the query",
    ),
]
