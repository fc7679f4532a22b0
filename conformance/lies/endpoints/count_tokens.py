"""Lies about the token count."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.routes import answers, fails, route_failures
from conformance.reference import faults
from conformance.reference.transforms import (
    Transform,
    answer_drop,
    answer_estimate,
    answer_put,
    answer_scale,
    at_route,
    drop,
    elsewhere,
    refuse,
)

ROW = "endpoints.count_tokens"
COUNT = "/count_tokens"
TOKENS = "input_tokens"


def count(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about the count; unless told otherwise the row is partial, for an implausible count."""
    due = {"status": "partial", **due}
    code = due.pop("code", "implausible" if due["status"] == "partial" else "")
    return Lie(row=ROW, name=name, transforms=transforms, code=code, **due)


def no_count(name: str, value: Any, shown: str) -> Lie:
    """A value that is no count of a prompt."""
    transform = elsewhere(COUNT, answer_put(TOKENS, value))
    return count(
        name, transform, status="broken", note=f"HTTP 200 with {TOKENS} {shown}, which is no count of a prompt"
    )


SPRING = {"timestamp": "2026-02-26", "status": 400, "error": "No static resource v1/messages/count_tokens."}
ANYWAY = {"error": "Unexpected endpoint or method. (POST /v1/messages/count_tokens). Returning 200 anyway"}

LIES: list[Lie] = [
    *route_failures(ROW, COUNT, "JSON that is no count .no input_tokens"),
    count(
        "absent_as_a_bad_request",
        answers(COUNT, SPRING, status=400),
        status="rejected",
        note="HTTP 400: No static resource v1/messages/count_tokens",
        reports=("E02",),
    ),
    count(
        "absent_and_200_anyway",
        answers(COUNT, ANYWAY),
        status="broken",
        note="HTTP 200 that is an error: Unexpected endpoint or method.*Returning 200 anyway",
        reports=("E03",),
    ),
    count(
        "absent_in_a_gateway",
        answers(COUNT, {"detail": "Not Found"}, status=404),
        status="rejected",
        note="the path is met like one that does not exist: HTTP 404: Not Found",
        reports=("E07",),
    ),
    count(
        "query_makes_another_path",
        fails(r"/count_tokens\?", 404, "invalid_path anthropic/v1/messages/count_tokens?beta=true"),
        code="one_form",
        note=r"counts, but not with \?beta=true: HTTP 404: invalid_path",
        reports=("E01",),
    ),
    count(
        "wants_max_tokens",
        fails(COUNT, 400, "max_tokens: Field required"),
        status="rejected",
        note="HTTP 400: max_tokens: Field required",
    ),
    count(
        "unnamed",
        elsewhere(COUNT, answer_drop(TOKENS)),
        status="broken",
        note="HTTP 200 with JSON that is no count .no input_tokens",
    ),
    no_count("zero", 0, "0"),
    no_count("negative", -1, "-1"),
    no_count("null", None, "None"),
    no_count("as_text", "12", "'12'"),
    no_count("as_fraction", 12.5, "12.5"),
    no_count("true", True, "True"),
    count(
        "constant",
        elsewhere(COUNT, answer_put(TOKENS, 42)),
        note="the count hardly grows with some hundred words more .42 to 42 tokens",
    ),
    count(
        "letters_by_four",
        elsewhere(COUNT, answer_estimate(TOKENS, 4)),
        note=r"^\d+ (with a system prompt|with a tool|of a longer prompt), where usage of the real call is \d+ .\d+% ",
    ),
    count(
        "letters_by_one",
        elsewhere(COUNT, answer_estimate(TOKENS, 1)),
        note=r"where usage of the real call is \d+ .\d+% more",
    ),
    count(
        "another_tokenizer",
        elsewhere(COUNT, answer_scale(TOKENS, 0.7)),
        note=r"where usage of the real call is \d+ .(29|3\d)% less",
        reports=("E06",),
    ),
    count(
        "half_as_much_again", elsewhere(COUNT, answer_scale(TOKENS, 1.5)), note=r"usage of the real call is .*% more"
    ),
    # Within the tolerance: an estimate, as the documents call it.
    count("nearly", elsewhere(COUNT, answer_scale(TOKENS, 1.05)), status="supported", note="^$"),
    count(
        "tools_not_counted",
        at_route(COUNT, drop("tools")),
        code="incomplete",
        note=r"the tool is not counted .(\d+) to \1 tokens",
        reports=("E05",),
    ),
    count(
        "system_not_counted",
        at_route(COUNT, drop("system")),
        code="incomplete",
        note=r"the system prompt is not counted .(\d+) to \1 tokens",
    ),
    count(
        "neither_system_nor_tools_counted",
        at_route(COUNT, drop("system")),
        at_route(COUNT, drop("tools")),
        code="incomplete",
        note=r"^the system prompt is not counted .(\d+) to \1 tokens. and the tool is not counted .\1 to \1 tokens.$",
    ),
    *(
        count(
            f"{field}_refused",
            at_route(COUNT, refuse(field)),
            code="incomplete",
            note=f"counts, but not with a {form}: HTTP 400: {field}: Extra inputs",
        )
        for field, form in (("tools", "tool"), ("system", "system prompt"))
    ),
    *(
        count(
            f"{field}_crash",
            at_route(COUNT, faults.fail(500, field)),
            status="broken",
            note=f"with a {form}: HTTP 500: Internal error",
        )
        for field, form in (("tools", "tool"), ("system", "system prompt"))
    ),
    count(
        "flickers_with_tools",
        at_route(COUNT, faults.fail(400, "tools", "Not now", every=2)),
        status="untested",
        code="unstable",
        note="with a tool: the same request failed once and was answered once: HTTP 400: Not now",
    ),
    count(
        "query_crashes",
        fails(r"/count_tokens\?", 500),
        status="broken",
        note=r"with \?beta=true: HTTP 500: Internal error",
    ),
]
