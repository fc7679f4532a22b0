"""Lies about the top-level fields of a request."""

from __future__ import annotations

from conformance.lies import (
    limits,
    newer_fields,
    output_config,
    sampling,
    streaming,
    thinking,
    thinking_types,
)
from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import narrowed, unclean
from conformance.reference import faults
from conformance.reference.headers import MCP_BETAS
from conformance.reference.transforms import (
    Transform,
    answer_copy,
    answer_default,
    answer_drop,
    answer_put,
    drop,
    keep_first,
    keep_last,
    map_unknown_models,
    only,
    put,
    refuse,
)

UNKNOWN_MODEL = {"model": "^(?!reference-)"}
LONG = {"system": ".{20}"}
FILLER = "The harbour town keeps a ledger of every boat that enters the bay, with the weight of the catch. " * 2
MCP_BETA = "$headers[anthropic-beta=mcp-client-2025-11-20]"

MODEL: list[Lie] = [
    *(
        Lie(
            row="fields.model",
            name=name,
            transforms=(answer_put("model", served),),
            status="partial",
            code="renamed",
            note=f"reference-1 is asked for, {served} is named in the answer",
        )
        for name, served in (("renamed", "gpt-4o"), ("downsized", "reference-1-mini"), ("upgraded", "reference-2"))
    ),
    Lie(
        row="fields.model",
        name="mapped",
        transforms=(map_unknown_models(),),
        status="partial",
        code="mapped",
        note="a model that does not exist is answered as reference-1",
    ),
    Lie(
        row="fields.model",
        name="mapped_in_secret",
        transforms=(map_unknown_models(), answer_copy("model", "model")),
        status="partial",
        code="mapped",
        note="a model that does not exist is answered as no-such-model",
    ),
    *(
        Lie(
            row="fields.model",
            name=f"unknown_refused_with_{status}",
            transforms=(only(faults.fail(status, "model", "No access to this model"), UNKNOWN_MODEL),),
            status="untested",
            code="key_refused",
            note=f"^the key that is good for messages is not let in: HTTP {status}: No access to this model$",
        )
        for status in (401, 403)
    ),
    Lie(
        row="fields.model",
        name="unknown_refused_with_400",
        transforms=(only(faults.fail(400, "model", "No access to this model"), UNKNOWN_MODEL),),
        status="supported",
        note="a model that does not exist: HTTP 400: No access to this model",
    ),
    # A crash is told beside what is known of the field.
    *unclean(
        "fields.model", "unknown", "model", "a model that does not exist", status="supported", given=UNKNOWN_MODEL
    ),
]


def _injected(row: str, path: str, dropped: tuple[Transform, ...]) -> list[Lie]:
    """A field that is given a bogus value, whose lookup must fail; `dropped` takes it away."""
    other = "refused, but not for the lookup: HTTP 4"
    return [
        # An honest refusal follows where it only flickers, so it must be taken as well.
        *failures(row, path, without=["forbidden", "flickers"]),
        Lie(
            row=row,
            name="flickers",
            transforms=(faults.fail(400, path, "Not now", every=2), *dropped),
            status="untested",
            code="unstable",
            note="failed once and was answered once: HTTP 400: Not now",
        ),
        Lie(
            row=row,
            name="dropped",
            transforms=dropped,
            status="ignored",
            note="a bogus value is accepted and nothing comes of it",
        ),
        *(
            Lie(
                row=row,
                name=f"{name}_refused",
                transforms=(faults.fail(status, path, words),),
                status="untested",
                code="cannot_tell",
                note=f"{other}.*{words}",
            )
            for name, status, words in (
                ("forbidden_and", 403, "Not in your plan"),
                ("vaguely", 400, "Invalid request"),
                ("unsupported_and", 400, f"{path} is not supported"),
                ("unfound_and", 400, f"No such parameter: {path}"),
            )
        ),
        *(
            Lie(
                row=row,
                name=f"looked_up_with_{status}",
                transforms=(faults.fail(status, path, f"{path}: library was not found"),),
                status="supported",
                note=f"a bogus value is looked up: HTTP {status}: {path}: library was not found",
            )
            for status in (404, 502)
        ),
    ]


CONTAINER: list[Lie] = [
    *_injected("fields.container", "container", (drop("container"),)),
    Lie(
        row="fields.container",
        name="echoed",
        transforms=(
            drop("container"),
            answer_default("container", None, beside="container"),
            answer_copy("container", "container", beside="container"),
        ),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
]

MCP_SERVERS: list[Lie] = [
    *_injected("fields.mcp_servers", "mcp_servers", (drop("mcp_servers"), drop("tools[type=mcp_toolset]"))),
    Lie(
        row="fields.mcp_servers",
        name="dropped_without_toolset",
        transforms=(drop("mcp_servers", unless="tools"),),
        status="supported",
        note="a bogus value is looked up: .*Connection error",
    ),
    Lie(
        row="fields.mcp_servers",
        name="toolset_refused",
        transforms=(drop("mcp_servers", unless="tools"), refuse("tools[type=mcp_toolset]")),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
    Lie(
        row="fields.mcp_servers",
        name="crashes_with_toolset",
        transforms=(faults.fail(500, "mcp_servers", beside="tools"),),
        status="broken",
        note="HTTP 500: Internal error",
    ),
    Lie(
        row="fields.mcp_servers",
        name="hangs_with_toolset",
        transforms=(faults.hang("mcp_servers", beside="tools"),),
        status="broken",
        note="timeout: not done in",
    ),
    Lie(
        row="fields.mcp_servers",
        name="beta_refused",
        transforms=(faults.fail(400, MCP_BETA, "Unexpected value for the `anthropic-beta` header"),),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 400: Unexpected value",
    ),
    Lie(
        row="fields.mcp_servers",
        name="beta_limited",
        transforms=(faults.fail(429, MCP_BETA, "Slow down"),),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Slow down",
    ),
]
assert MCP_BETA[:-1].partition("=")[2] in MCP_BETAS

METADATA: list[Lie] = [
    # Claude Code's first request has it as well, beside its thinking.
    *failures("fields.metadata", "metadata", unless="thinking"),
    Lie(
        row="fields.metadata",
        name="dropped",
        transforms=(drop("metadata"),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    *unclean(
        "fields.metadata",
        "bad_value",
        "metadata",
        "a bad value",
        short="accepted",
        told="whether a bad one is refused is not known: ",
        given={"metadata.user_id": "^5$"},
    ),
]

METADATA += [
    Lie(
        row="fields.metadata",
        name=f"{most}_characters_at_most",
        transforms=(
            only(
                faults.fail(400, "metadata.user_id", f"metadata.user_id: at most {most} characters"),
                {"metadata.user_id": f"^.{{{most + 1}}}"},
            ),
        ),
        status="partial",
        code="incomplete",
        note=f"an id of 150 characters, such as Claude Code sends, is rejected: HTTP 400: .*at most {most} characters",
        reports=(report,),
    )
    for most, report in ((128, "P06"), (64, "P07"))
]

SERVICE_TIER: list[Lie] = [
    *failures("fields.service_tier", "service_tier"),
    Lie(
        row="fields.service_tier",
        name="dropped",
        transforms=(drop("service_tier"),),
        status="ignored",
        note="a bad value is accepted as well, and what is reported is the same without the field",
    ),
    Lie(
        row="fields.service_tier",
        name="dropped_and_unreported",
        transforms=(drop("service_tier"), answer_drop("usage.service_tier")),
        status="ignored",
        note="a bad value is accepted as well, and nothing reports the field",
    ),
    Lie(
        row="fields.service_tier",
        name="unreported",
        transforms=(answer_drop("usage.service_tier"),),
        status="accepted",
        note="validated only: a bad value is refused",
    ),
    Lie(
        row="fields.service_tier",
        name="reported_as_default",
        transforms=(answer_put("usage.service_tier", "default"),),
        status="accepted",
        note="validated only: a bad value is refused",
    ),
    Lie(
        row="fields.service_tier",
        name="dropped_and_echoed",
        transforms=(drop("service_tier"), answer_copy("usage.service_tier", "service_tier")),
        status="ignored",
        note="a bad value is accepted as well, and nothing reports the field",
    ),
    *unclean(
        "fields.service_tier",
        "bad_value",
        "service_tier",
        "a bad value",
        status="supported",
        given={"service_tier": "^gold$"},
    ),
]

SYSTEM: list[Lie] = [
    # Its control has a short one, which is met by most failures as well.
    *failures("fields.system", "system[:string]", without=["flickers"]),
    *narrowed((lie for lie in failures("fields.system", "system[:string]") if lie.name == "flickers"), LONG),
    Lie(
        row="fields.system",
        name="dropped",
        transforms=(drop("system[:string]"),),
        status="ignored",
        note=r"the code does not come back, and its content does not lengthen the prompt \(from",
    ),
    Lie(
        row="fields.system",
        name="long_dropped",
        transforms=(only(drop("system[:string]"), LONG),),
        status="ignored",
        note="the code does not come back, and its content does not lengthen the prompt",
    ),
    Lie(
        row="fields.system",
        name="replaced",
        transforms=(only(put("system[:string]", FILLER), LONG),),
        status="untested",
        code="cannot_tell",
        note=r"the code does not come back, although the prompt grew \(from",
    ),
    Lie(
        row="fields.system",
        name="dropped_and_uncounted",
        transforms=(drop("system[:string]"), answer_put("usage.input_tokens", 7)),
        status="ignored",
        note="the code does not come back",
    ),
]

SYSTEM_ARRAY: list[Lie] = [
    *failures("fields.system.array", "system[:array]", unless="thinking"),
    Lie(
        row="fields.system.array",
        name="only_strings",
        transforms=(refuse("system[:array]", "system: Input should be a valid string", unless="thinking"),),
        status="rejected",
        note="HTTP 400: system: Input should be a valid string",
    ),
    Lie(
        row="fields.system.array",
        name="dropped",
        transforms=(drop("system[:array]"),),
        status="ignored",
        note="no code comes back",
    ),
    Lie(
        row="fields.system.array",
        name="first_kept",
        transforms=(keep_first("system"),),
        status="partial",
        code="incomplete",
        note="of 2 system blocks only number 1 is read",
    ),
    Lie(
        row="fields.system.array",
        name="last_kept",
        transforms=(keep_last("system[*]"),),
        status="partial",
        code="incomplete",
        note="of 2 system blocks only number 2 is read",
    ),
    Lie(
        row="fields.system.array",
        name="replaced",
        transforms=(put("system[*].text", FILLER),),
        status="untested",
        code="cannot_tell",
        note="no code comes back, yet it may have reached the prompt",
    ),
]

LIES: list[Lie] = [
    *MODEL,
    *limits.MAX_TOKENS,
    *CONTAINER,
    *MCP_SERVERS,
    *METADATA,
    *SERVICE_TIER,
    *limits.STOP_SEQUENCES,
    *streaming.STREAM,
    *SYSTEM,
    *SYSTEM_ARRAY,
    *newer_fields.SYSTEM_CACHE,
    *sampling.TEMPERATURE,
    *sampling.ABOVE,
    *sampling.BOTH,
    *thinking.THINKING,
    *thinking.BUDGETS,
    *thinking_types.LIES,
    *sampling.TOP_K,
    *sampling.TOP_P,
    *output_config.LIES,
    *newer_fields.LATER,
]
