"""Lies about references to tools in results."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import RESULTS, on_result
from conformance.lies.shared.combinators import reported
from conformance.reference.transforms import drop, put, refuse

REFERENCE = f"{RESULTS}.content[type=tool_reference]"
DEFERRED = "tools[*].defer_loading"
REFERENCE_ROW = "content.tool_reference"
UNCALLED = "the tool that is referred to is not called"

LIES: list[Lie] = [
    *reported(failures(REFERENCE_ROW, REFERENCE), {"refused": ("H17",), "overloaded": ("H18",), "crashed": ("H19",)}),
    on_result(REFERENCE_ROW, "dropped", "ignored", UNCALLED, drop(REFERENCE)),
    on_result(
        REFERENCE_ROW, "swallowed", "ignored", UNCALLED, put(REFERENCE, {"type": "text", "text": "A reference."})
    ),
    on_result(
        REFERENCE_ROW,
        "deferral_dropped",
        "accepted",
        "validated only: HTTP 400: Tool reference .* not found.*called without a reference to it as well",
        drop(DEFERRED),
    ),
    on_result(
        REFERENCE_ROW,
        "deferral_and_references_dropped",
        "untested",
        "the deferred tool is called without a reference to it as well",
        drop(DEFERRED),
        drop(REFERENCE),
        code="not_attributable",
    ),
    on_result(
        REFERENCE_ROW,
        "deferral_refused",
        "untested",
        "what the row needs is refused: HTTP 400: .*defer_loading: Extra inputs",
        refuse(DEFERRED),
        code="prerequisite_refused",
    ),
    on_result(
        REFERENCE_ROW,
        "deferred_tools_lost",
        "rejected",
        "HTTP 400: Tool reference 'read_gauge_.*' not found in available tools",
        drop("tools[defer_loading]"),
        reports=("H21",),
    ),
    on_result(
        REFERENCE_ROW,
        "name_lost",
        "rejected",
        "HTTP 400: .*tool_name: Field required",
        drop(f"{REFERENCE}.tool_name"),
    ),
]
