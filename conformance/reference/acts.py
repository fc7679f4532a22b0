"""How each claim about a row is acted out: data only, every act a handful of generic transforms at a JSON path.

`supported` is empty where the documented official behaviour already is that. A word that no transform can act out
for a row is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.reference.faults import fail
from conformance.reference.headers import CURRENT_VERSION, KNOWN_BETAS, VERSIONS
from conformance.reference.rules.limits import MOST_OUTPUT_TOKENS
from conformance.reference.transforms import (
    Act,
    Transform,
    answer_default,
    answer_drop,
    answer_put,
    answer_scale,
    at_route,
    clamp,
    default,
    default_header,
    drop,
    drop_header,
    elsewhere,
    error_reshape,
    keep_first,
    keep_known_header,
    keep_last,
    map_unknown_models,
    put,
    put_header,
    refuse,
    refuse_header,
    wrap_string,
)

Acted = Mapping[str, tuple[Transform, ...]]
BLOCKS = "messages[*].content"
RESULTS = f"{BLOCKS}[type=tool_result]"
NO_CREATION_COUNTERS = (
    answer_put("usage.cache_creation_input_tokens", 0),
    answer_put("usage.cache_creation.ephemeral_5m_input_tokens", 0),
    answer_put("usage.cache_creation.ephemeral_1h_input_tokens", 0),
)
OTHER_ENVELOPE = {"error": {"message": "$message", "type": "$type", "param": None, "code": None}}
OLD_VERSION = next(version for version in VERSIONS if version != CURRENT_VERSION)


def _field(path: str) -> Acted:
    """A field that may be left out: ignored when dropped, unsupported when refused as unknown."""
    return {"supported": (), "ignored": (drop(path),), "unsupported": (refuse(path),)}


def _tool(kind: str) -> Acted:
    """A tool that is known by its type."""
    return _field(f"tools[type={kind}]")


def _cached(path: str) -> Acted:
    """A breakpoint: partial when the cache works but what it writes is not counted."""
    return {**_field(path), "partial": NO_CREATION_COUNTERS}


def _block(kind: str) -> Acted:
    """A block type: ignored when the block is dropped and a word left in its place, so that no turn is empty."""
    path = f"{BLOCKS}[type={kind}]"
    return {
        "supported": (),
        "ignored": (put(path, {"type": "text", "text": "..."}),),
        "unsupported": (refuse(path),),
    }


def _emptied(kind: str, key: str, nothing: object) -> Acted:
    """A block that comes with a partner, so it cannot go alone: ignored when what it says is emptied."""
    path = f"{BLOCKS}[type={kind}]"
    return {"supported": (), "ignored": (put(f"{path}.{key}", nothing),), "unsupported": (refuse(path),)}


def _absent(path: str) -> Acted:
    """An endpoint other than Messages: unsupported when its path is not there."""
    return {"supported": (), "unsupported": (at_route(path, fail(404, "", "Not Found")),)}


def _choice(kind: str) -> Acted:
    path = f"tool_choice[type={kind}]"
    return {"supported": (), "ignored": (put(path, {"type": "auto"}),), "unsupported": (refuse(path),)}


ACTS: Mapping[str, Acted] = {
    "headers.x_api_key": {"supported": (), "unsupported": (drop_header("x-api-key"),)},
    "headers.authorization": {"supported": (), "unsupported": (drop_header("authorization"),)},
    "headers.both": {"supported": (), "unsupported": (refuse_header("authorization", beside="x-api-key"),)},
    "headers.anthropic_version": {
        "supported": (),
        "ignored": (put_header("anthropic-version", OLD_VERSION),),
        "partial": (default_header("anthropic-version", OLD_VERSION),),
    },
    "headers.anthropic_beta": {
        "supported": (),
        "ignored": (keep_known_header("anthropic-beta", sorted(KNOWN_BETAS)),),
        "unsupported": (refuse_header("anthropic-beta"),),
    },
    "fields.model": {"supported": (), "partial": (map_unknown_models(),)},
    "fields.max_tokens": {
        "supported": (),
        "partial": (answer_put("stop_reason", "end_turn", {"stop_reason": "max_tokens"}),),
        "ignored": (put("max_tokens", MOST_OUTPUT_TOKENS),),
    },
    "fields.container": _field("container"),
    "fields.mcp_servers": {**_field("mcp_servers"), "ignored": (drop("mcp_servers"), drop("tools[type=mcp_toolset]"))},
    "fields.metadata": _field("metadata"),
    "fields.service_tier": {
        **_field("service_tier"),
        "ignored": (drop("service_tier"), answer_drop("usage.service_tier")),
    },
    "fields.stop_sequences": {
        **_field("stop_sequences"),
        "partial": (
            answer_put("stop_sequence", None, {"stop_reason": "stop_sequence"}),
            answer_put("stop_reason", "end_turn", {"stop_reason": "stop_sequence"}),
        ),
    },
    "fields.stream": _field("stream"),
    "fields.system": _field("system[:string]"),
    "fields.system.array": {
        "supported": (),
        "partial": (keep_first("system"),),
        "ignored": (drop("system[:array]"),),
        "unsupported": (refuse("system[:array]", "system: Input should be a valid string"),),
    },
    "fields.system.cache_control": _cached("system[*].cache_control"),
    "fields.temperature": _field("temperature"),
    "fields.temperature.above_one": {"supported": (clamp("temperature", 0, 1),), "unsupported": ()},
    "fields.temperature.with_top_p": {
        "supported": (),
        "ignored": (drop("top_p", beside="temperature"),),
        "unsupported": (
            refuse("top_p", "`temperature` and `top_p` cannot both be specified for this model.", beside="temperature"),
        ),
    },
    "fields.thinking": {
        **_field("thinking"),
        "partial": (answer_drop("content[type=thinking].signature"),),
    },
    "fields.thinking.budget_tokens": {
        "supported": (),
        "ignored": (put("thinking[type=enabled]", {"type": "adaptive"}),),
    },
    "fields.thinking.adaptive": {
        "supported": (),
        "ignored": (put("thinking[type=adaptive]", {"type": "disabled"}),),
        "unsupported": (refuse("thinking[type=adaptive]"),),
    },
    "fields.thinking.disabled": {
        "supported": (),
        "ignored": (put("thinking[type=disabled]", {"type": "adaptive"}),),
        "unsupported": (refuse("thinking[type=disabled]"),),
    },
    "fields.thinking.display": _field("thinking.display"),
    "fields.top_k": _field("top_k"),
    "fields.top_p": _field("top_p"),
    "fields.output_config.effort": _field("output_config.effort"),
    "fields.output_config.format": _field("output_config.format"),
    "fields.context_management": _field("context_management"),
    "fields.cache_control": _cached("cache_control"),
    "fields.inference_geo": {
        **_field("inference_geo"),
        "ignored": (drop("inference_geo"), answer_drop("usage.inference_geo")),
    },
    "fields.speed": _field("speed"),
    "tools.name": {"supported": (), "partial": (answer_put("content[type=tool_use].name", "tool"),)},
    "tools.input_schema": {
        "supported": (),
        "ignored": (put("tools[input_schema].input_schema", {"type": "object"}),),
    },
    "tools.description": _field("tools[*].description"),
    "tools.cache_control": _cached("tools[*].cache_control"),
    "tools.strict": _field("tools[*].strict"),
    "tools.input_examples": _field("tools[*].input_examples"),
    "tools.defer_loading": _field("tools[*].defer_loading"),
    "tools.eager_input_streaming": _field("tools[*].eager_input_streaming"),
    "tools.type_custom": {
        "supported": (),
        "ignored": (drop("tools[type=custom]"),),
        "unsupported": (refuse("tools[type=custom]"),),
    },
    "tools.bash": _tool("bash_20250124"),
    "tools.text_editor": _tool("text_editor_20250728"),
    "tools.memory": _tool("memory_20250818"),
    "tools.web_search": _tool("web_search_20250305"),
    "tools.web_fetch": _tool("web_fetch_20250910"),
    "tools.code_execution": _tool("code_execution_20250825"),
    "tool_choice.none": _choice("none"),
    "tool_choice.auto": {
        "supported": (),
        "ignored": (put("tool_choice[type=auto]", {"type": "none"}),),
        "unsupported": (refuse("tool_choice[type=auto]"),),
    },
    "tool_choice.any": _choice("any"),
    "tool_choice.tool": _choice("tool"),
    # Dropped or refused, the object takes every type along with it, and they have rows of their own.
    "tool_choice.object_form": {"supported": ()},
    "tool_choice.string_form": {
        "supported": (wrap_string("tool_choice", "type"),),
        "unsupported": (),
    },
    "tool_choice.disable_parallel_tool_use": _field("tool_choice.disable_parallel_tool_use"),
    "messages.multi_turn": {"supported": (), "ignored": (keep_last("messages[*]"),)},
    "messages.role_system": {
        "supported": (),
        "ignored": (drop("messages[role=system]"),),
        "unsupported": (refuse("messages[role=system]"),),
    },
    "content.string": {"supported": ()},
    "content.text.text": {"supported": (), "partial": (keep_last(f"{BLOCKS}[type=text]"),)},
    "content.text.cache_control": _cached(f"{BLOCKS}[type=text].cache_control"),
    "content.text.citations": _field(f"{BLOCKS}[type=text].citations"),
    "content.image": _block("image"),
    "content.document": _block("document"),
    "content.search_result": _block("search_result"),
    "content.thinking": _block("thinking"),
    "content.redacted_thinking": _block("redacted_thinking"),
    "content.tool_use.id": {"supported": ()},
    "content.tool_use.input": {
        "supported": (),
        "ignored": (put(f"{BLOCKS}[type=tool_use].input", {}),),
    },
    "content.tool_use.name": {
        "supported": (),
        "ignored": (put(f"{BLOCKS}[type=tool_use].name", "tool"),),
    },
    "content.tool_use.cache_control": _cached(f"{BLOCKS}[type=tool_use].cache_control"),
    "content.tool_result.tool_use_id": {"supported": ()},
    "content.tool_result.content": {"supported": (), "ignored": (drop(f"{RESULTS}.content"),)},
    "content.tool_result.content.array": {
        "supported": (),
        "ignored": (drop(f"{RESULTS}.content[type=text]"),),
        "unsupported": (refuse(f"{RESULTS}.content[type=text]"),),
    },
    "content.tool_result.content.image": {
        "supported": (),
        "ignored": (drop(f"{RESULTS}.content[type=image]"),),
        "unsupported": (refuse(f"{RESULTS}.content[type=image]"),),
    },
    "content.tool_result.cache_control": _cached(f"{RESULTS}.cache_control"),
    "content.tool_result.is_error": _field(f"{RESULTS}.is_error"),
    "content.server_tool_use": _emptied("server_tool_use", "input", {}),
    "content.web_search_tool_result": _emptied("web_search_tool_result", "content", []),
    "content.web_fetch_tool_result": _emptied("web_fetch_tool_result", "content.content.source.data", ""),
    "content.code_execution_tool_result": _emptied("code_execution_tool_result", "content.stdout", ""),
    "content.mcp_tool_use": _emptied("mcp_tool_use", "input", {}),
    "content.mcp_tool_result": _emptied("mcp_tool_result", "content", ""),
    "content.container_upload": _block("container_upload"),
    "response.envelope": {
        "supported": (),
        "partial": (answer_default("object", "chat.completion"),),
        "unsupported": (answer_put("id", "msg_1"),),
    },
    "response.usage": {"supported": (), "partial": (answer_put("usage.input_tokens", 7),)},
    "errors.envelope": {"supported": (), "unsupported": (error_reshape(OTHER_ENVELOPE),)},
    "errors.missing_max_tokens": {"supported": (), "ignored": (default("max_tokens", 1024),)},
    "endpoints.count_tokens": {
        **_absent("^/v1/messages/count_tokens"),
        "partial": (elsewhere("/count_tokens", answer_scale("input_tokens", 0.7)),),
    },
    "endpoints.models": {
        **_absent(r"^/v1/models(\?|$)"),
        "partial": (elsewhere(r"^/v1/models(\?|$)", answer_drop("has_more")),),
    },
    "endpoints.models.retrieve": _absent("^/v1/models/"),
    "endpoints.batches": _absent("^/v1/messages/batches"),
    "endpoints.files": _absent("^/v1/files"),
    "endpoints.beta_query": {"supported": ()},
    "clients.sdk.message": {"supported": (), "partial": (refuse_header("anthropic-version", CURRENT_VERSION),)},
    "clients.claude_code.first_request": {"supported": ()},
    "clients.claude_code.tool_turn": {"supported": ()},
}


def words_for(row_id: str) -> frozenset[str]:
    """The claim words that can be acted out for a row."""
    return frozenset(ACTS.get(row_id, {}))


def acts_for(statuses: Mapping[str, str]) -> list[Act]:
    """The acts that give a row the status claimed for it; a claim that cannot be acted out is left out."""
    return [Act(row, word, tuple(ACTS[row][word])) for row, word in statuses.items() if word in ACTS.get(row, {})]
