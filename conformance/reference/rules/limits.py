"""Rules on single values: max_tokens, sampling, stop sequences, thinking, output format."""

from __future__ import annotations

from typing import Any

from conformance.reference.errors import invalid
from conformance.reference.headers import CURRENT_VERSION

MOST_OUTPUT_TOKENS = 128_000
SAMPLING = ("temperature", "top_p", "top_k")


def check(body: dict[str, Any], *, version: str) -> None:
    """Messages API reference, "Body parameters"; the dated version drops the sampling fields."""
    _check_max_tokens(body)
    _check_sampling(body, version)
    for sequence in body.get("stop_sequences") or ():
        if not sequence:
            raise invalid("stop_sequences: each stop sequence must be non-empty")
        if not sequence.strip():
            raise invalid("stop_sequences: each stop sequence must contain non-whitespace")
    _check_thinking(body)
    output_format = (body.get("output_config") or {}).get("format")
    if output_format:
        check_closed_objects(output_format["schema"], "output_config.format.schema")


def _check_max_tokens(body: dict[str, Any]) -> None:
    limit = body["max_tokens"]
    if limit > MOST_OUTPUT_TOKENS:
        raise invalid(
            f"max_tokens: {limit} > {MOST_OUTPUT_TOKENS}, which is the maximum allowed number of output tokens "
            f"for {body['model']}"
        )
    if limit > 0:
        return
    forced = (body.get("tool_choice") or {}).get("type") in ("any", "tool")
    thinking = (body.get("thinking") or {}).get("type") == "enabled"
    formatted = (body.get("output_config") or {}).get("format")
    if body.get("stream") or forced or thinking or formatted:
        raise invalid(
            "max_tokens: 0 is not supported with stream, thinking, a forced tool_choice or output_config.format"
        )


def _check_sampling(body: dict[str, Any], version: str) -> None:
    for field in SAMPLING:
        if version == CURRENT_VERSION and field in body:
            raise invalid(f"{field}: {field} is not supported in anthropic-version {version}")
    for field in ("temperature", "top_p"):
        value = body.get(field)
        if value is not None and not 0 <= value <= 1:
            raise invalid(f"{field}: range: 0..1")


def _check_thinking(body: dict[str, Any]) -> None:
    kind = (body.get("thinking") or {}).get("type")
    if kind == "enabled" and body["thinking"]["budget_tokens"] >= body["max_tokens"]:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
    if kind not in ("enabled", "adaptive"):
        return
    if body.get("temperature") not in (None, 1):
        raise invalid("`temperature` may only be set to 1 when thinking is enabled")
    if body.get("top_k") is not None:
        raise invalid("top_k must be unset when thinking is enabled or in adaptive mode")
    if body.get("top_p") is not None and body["top_p"] < 0.95:
        raise invalid("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled")


def check_closed_objects(schema: Any, place: str) -> None:
    """Structured outputs: every object of a constrained schema says `additionalProperties: false`."""
    if isinstance(schema, list):
        for item in schema:
            check_closed_objects(item, place)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
        if keyword in schema and schema.get("type") in ("number", "integer"):
            kind = schema["type"]
            raise invalid(f"{place}: For '{kind}' type, property '{keyword}' is not supported")
    for keyword, value in schema.items():
        if keyword in ("properties", "$defs", "definitions") and isinstance(value, dict):
            for inner in value.values():
                check_closed_objects(inner, place)
        elif keyword in ("items", "anyOf", "allOf", "oneOf"):
            check_closed_objects(value, place)
