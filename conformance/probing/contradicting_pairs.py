"""The pairs of verdicts that cannot both be true of one endpoint in one run: data alone."""

from __future__ import annotations

from conformance.probing.contradicting_pairs_of_tools import OF_CONTENT, OF_TOOLS
from conformance.probing.pair_of_rows import (
    ACCEPTED,
    BROKEN,
    CANNOT_TELL,
    FAILED,
    IGNORED,
    NEVER,
    NOT_ATTRIBUTABLE,
    PARTIAL,
    PREREQUISITE,
    REFUSED,
    REJECTED,
    SHOWN,
    SUPPORTED,
    TAKEN,
    TOO_WEAK,
    Pair,
    all_say,
    said,
)

KEYS = ("headers.x_api_key", "headers.authorization")

OF_KEYS = [
    Pair(
        one=said("headers.both", words=TAKEN, note="either key suffices"),
        other=said(*KEYS, words=REFUSED),
        why="a key that is refused alone does not suffice",
    ),
    Pair(
        one=said("headers.both", words=TAKEN, note="either key suffices|wins$|both keys must be good"),
        other=said(*KEYS, words=("untested/not_attributable",), note="no key at all is answered"),
        why="where no key is needed, none of two keys decides",
    ),
    Pair(
        one=said("headers.both", words=TAKEN, note="none is checked|no key is checked"),
        other=said("errors.invalid_key", words=(SUPPORTED,)),
        why="a wrong key is refused, so a key is checked",
    ),
    Pair(
        one=said("errors.invalid_key", words=(SUPPORTED, "partial/other_refusal")),
        other=said(*KEYS, words=(NOT_ATTRIBUTABLE,), note="no key at all is answered"),
        why="both rest on the same request without a key",
    ),
    Pair(
        one=said("errors.invalid_key", words=(NOT_ATTRIBUTABLE,)),
        other=all_say(*KEYS, words=(SUPPORTED,)),
        why="a wrong key is answered in the header that this run uses, so that header does not check it",
    ),
    Pair(
        one=said("headers.x_api_key", words=FAILED),
        other=said("headers.authorization", words=FAILED),
        why="every other row got in with one of the two",
    ),
]

OF_STREAMS = ("content_type", "framing", "order", "blocks", "skeletons", "message_start", "message_delta", "no_done")
STREAM_RULES = tuple(f"stream.{rule}" for rule in OF_STREAMS)
IN_EVERY_STREAM = tuple(f"stream.{rule}" for rule in OF_STREAMS if rule not in ("blocks", "skeletons"))

OF_STREAMING = [
    Pair(
        one=said("fields.stream", words=(REJECTED, IGNORED)),
        other=said(*STREAM_RULES, "stream.incremental", words=(SUPPORTED, PARTIAL, BROKEN)),
        why="where no stream comes, none can keep or break a rule of streams",
    ),
    Pair(
        one=said("fields.stream", words=(REJECTED, IGNORED)),
        other=said("clients.sdk.stream", "headers.accept_stream", words=SHOWN),
        why="these clients read a stream",
    ),
    Pair(
        one=said("fields.stream", words=(REJECTED, IGNORED)),
        other=said("clients.claude_code.*", words=(SUPPORTED, "partial/framing")),
        why="Claude Code reads a stream, or says that it had to ask without one",
    ),
    Pair(
        one=said("fields.stream", words=(SUPPORTED,)),
        other=said(*IN_EVERY_STREAM, words=(NEVER,)),
        why="the bare stream that came shows it",
    ),
    Pair(
        one=said("fields.stream", words=SHOWN),
        other=said("headers.accept_stream", "clients.sdk.stream", words=(PREREQUISITE,)),
        why="a bare stream came",
    ),
    Pair(
        one=said("fields.stream", words=(BROKEN,), note="breaks its grammar"),
        other=all_say(*STREAM_RULES, "stream.input_json", words=(SUPPORTED, NEVER)),
        why="the rule of streams that is broken has a row, which must say so",
    ),
    Pair(
        one=said("fields.stream", words=("partial/framing",)),
        other=all_say(*STREAM_RULES, words=(SUPPORTED, NEVER)),
        why="the rule of streams that is bent has a row, which must say so",
    ),
    Pair(
        one=said("clients.claude_code.*", words=(BROKEN,), note="breaks its grammar"),
        other=all_say(*STREAM_RULES, "stream.input_json", words=(SUPPORTED, NEVER)),
        why="the rule of streams that is broken has a row, which must say so",
    ),
    Pair(
        one=said("headers.accept_stream", words=FAILED),
        other=said("clients.sdk.stream", words=(SUPPORTED,)),
        why="the SDK sends that Accept with its streams",
    ),
]

OF_VERSIONS_AND_BETAS = [
    Pair(
        one=said("headers.anthropic_version.2026_10_21", "headers.sdk_set", words=FAILED),
        other=said("clients.sdk.message", words=(SUPPORTED,)),
        why="the SDK sends that version and that set of headers",
    ),
    Pair(
        one=said("fields.context_management", words=FAILED),
        other=said("headers.anthropic_beta", words=(IGNORED, PARTIAL, SUPPORTED), note="context_management"),
        why="both send context_management with its beta; the second says that it is taken",
    ),
    Pair(
        one=said("fields.context_management", words=(SUPPORTED,)),
        other=said("headers.anthropic_beta", words=(CANNOT_TELL,), note="context_management is refused with its beta"),
        why="both send context_management with its beta",
    ),
    Pair(
        one=said("fields.context_management", words=(IGNORED,)),
        other=said("headers.anthropic_beta", words=SHOWN, note="needs no beta"),
        why="a field that is dropped needs nothing",
    ),
]

OF_THE_MODEL = [
    Pair(
        one=said("fields.model", words=("partial/mapped",)),
        other=said("errors.unknown_model", words=(SUPPORTED, "partial/other_refusal", BROKEN)),
        why="both send the same model that does not exist: it is answered in the one and not in the other",
    ),
    Pair(
        one=said("fields.model", words=(SUPPORTED,)),
        other=said("errors.unknown_model", words=("partial/mapped", IGNORED)),
        why="both send the same model that does not exist: it is refused in the one and answered in the other",
    ),
]

NO_THOUGHT = "no thinking block comes|nothing to be disabled|none to be displayed|no budget can be seen"

OF_THINKING = [
    Pair(
        one=said("fields.thinking", words=(SUPPORTED, PARTIAL, NOT_ATTRIBUTABLE)),
        other=said("fields.thinking.*", words=(PREREQUISITE,), note=NO_THOUGHT),
        why="a thinking block came where thinking was enabled",
    ),
    Pair(
        one=said("fields.thinking.adaptive", words=(SUPPORTED, PARTIAL, NOT_ATTRIBUTABLE)),
        other=said("fields.thinking.disabled", "fields.thinking.display", words=(PREREQUISITE,), note=NO_THOUGHT),
        why="a thinking block came where thinking was adaptive",
    ),
    Pair(
        one=said("fields.thinking", words=(IGNORED, REJECTED, TOO_WEAK)),
        other=said("fields.thinking.budget_tokens", words=(SUPPORTED, IGNORED)),
        why="a budget acts on thinking that was enabled",
    ),
    Pair(
        one=all_say("fields.thinking", "fields.thinking.adaptive", words=(IGNORED, REJECTED, TOO_WEAK, PREREQUISITE)),
        other=said("fields.thinking.display", "replay.thinking", words=SHOWN),
        why="a thinking block came, which neither way of asking for one brought about",
    ),
]

OF_SAMPLING = [
    Pair(
        one=said("fields.temperature", "fields.top_p", words=REFUSED),
        other=said("fields.temperature.with_top_p", words=TAKEN),
        why="both fields stand in one request there",
    ),
    Pair(
        one=said("fields.temperature", words=(*TAKEN, IGNORED, TOO_WEAK), note="; 1.5 is accepted"),
        other=said("fields.temperature.above_one", words=FAILED),
        why="both send 1.5",
    ),
    Pair(
        one=said("fields.temperature", words=(*TAKEN, IGNORED, TOO_WEAK), note="; 1.5 is not accepted"),
        other=said("fields.temperature.above_one", words=(*TAKEN, IGNORED)),
        why="both send 1.5",
    ),
]

OF_ENDS = [
    Pair(
        one=said("fields.stop_sequences", words=(SUPPORTED,)),
        other=said("response.stop_sequence", words=(NEVER, "partial/unreported")),
        why="the answer that was stopped, and says so, is one of its answers",
    ),
    Pair(
        one=said("fields.stop_sequences", words=("partial/unreported",), note=r"^(?!in a stream)"),
        other=said("response.stop_sequence", words=(SUPPORTED, NEVER)),
        why="the answer that was cut, and does not say so, is one of its answers",
    ),
    Pair(
        one=said("fields.stop_sequences", words=(IGNORED, REJECTED)),
        other=said("response.stop_sequence", words=(SUPPORTED,)),
        why="an answer was stopped at a sequence",
    ),
]

CACHES = (
    "fields.system.cache_control",
    "fields.cache_control",
    "tools.cache_control",
    "content.text.cache_control",
    "content.tool_use.cache_control",
    "content.tool_result.cache_control",
)

OF_CACHES = [
    Pair(
        one=said(*CACHES, words=(IGNORED,)),
        other=all_say(
            *CACHES,
            words=(IGNORED, ACCEPTED, REJECTED, BROKEN, CANNOT_TELL, PREREQUISITE, "untested/control_refused"),
        ),
        why="nothing shows that this endpoint could report a cache at all",
    ),
    Pair(
        one=said("content.text.cache_control", words=(SUPPORTED, PARTIAL, NOT_ATTRIBUTABLE)),
        other=said("response.usage.cache", words=(NEVER,)),
        why="both look at the same answers, one of which reports a cache",
    ),
    Pair(
        one=said("content.text.cache_control", words=(IGNORED, ACCEPTED)),
        other=said("response.usage.cache", words=(SUPPORTED,)),
        why="both look at the same answers, one of which reports a cache",
    ),
]

ERRORS = (
    "errors.invalid_key",
    "errors.unknown_model",
    "errors.missing_*",
    "errors.malformed_json",
    "errors.bad_types",
    "errors.tool_pairing",
    "errors.unknown_route",
)

REFUSING = ("headers.anthropic_version", "fields.unknown", "content.unknown", "stream.early_error")

OF_REFUSALS = [
    Pair(
        one=said("errors.envelope", words=(SUPPORTED,)),
        other=said(
            *ERRORS,
            words=(PARTIAL, BROKEN),
            note=r"the body has no type error|the body is no JSON object|error\.(type|message) is missing|"
            r"error is no object|the content type is",
        ),
        why="an error of this run has another shape",
    ),
    Pair(
        one=said("errors.envelope", words=(NEVER,)),
        other=said(*ERRORS, *REFUSING, words=(SUPPORTED, "partial/other_refusal")),
        why="an error came, and its shape can be judged",
    ),
    Pair(
        one=said("errors.envelope", words=(NEVER,)),
        other=said("*", words=(REJECTED,)),
        why="an error came, and its shape can be judged",
    ),
]

OF_COUNTS = [
    Pair(
        one=said(
            "response.usage",
            words=(BROKEN, "partial/implausible"),
            note="hardly moves|usage.input_tokens is not a count",
        ),
        other=said("endpoints.count_tokens", words=(SUPPORTED,), note="^$|less than usage"),
        why="the count was compared with a usage that counts nothing",
    ),
]

PAIRS: tuple[Pair, ...] = (
    *OF_KEYS,
    *OF_STREAMING,
    *OF_VERSIONS_AND_BETAS,
    *OF_THE_MODEL,
    *OF_THINKING,
    *OF_TOOLS,
    *OF_CONTENT,
    *OF_SAMPLING,
    *OF_ENDS,
    *OF_CACHES,
    *OF_REFUSALS,
    *OF_COUNTS,
)
