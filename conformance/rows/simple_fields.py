"""The top-level fields of a request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL
from conformance.probing.contrast import TREATMENT, Message, ask_contrast, broken_twice
from conformance.probing.detection import Detection, proof_by
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.good_key import key_refused
from conformance.probing.probes import LOOKUP_WORDS, failure_injected, must_refuse, names_a_lookup, only_validated
from conformance.probing.row import Table
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import crashes, still_answered
from conformance.probing.verdict import (
    Effect,
    Finding,
    Verdict,
    Violation,
    decide_failure_injected,
    decide_must_accept,
)
from conformance.protocol.answer import Answer, Outcome, error_message, read_answer
from conformance.protocol.exchange import Exchange, Json, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import (
    caching,
    context_editing,
    limits,
    output_config,
    reported_fields,
    sampling,
    sources,
    thinking,
    thinking_types,
)
from conformance.rows.betas import MCP_BETA, refused_beta
from conformance.rows.gathered import Given, everywhere
from conformance.rows.reading import contains, reads, reads_all, shown_among
from conformance.rows.together import many_turns, system_codes, system_parts, tool_turns_read

TABLE = Table("simple_fields")


SNAPSHOT = re.compile(r"[-@](\d{8}|\d{4}-\d{2}-\d{2})$|[-@:](latest|free)$")
"""The tail by which a dated name differs from its alias."""


def same_model(asked: str, served: str) -> bool:
    """An alias may resolve to a dated name, and a gateway may add or drop a vendor's prefix; another size of the same
    family, or another date, is another model."""
    names = [name.casefold().rpartition("/")[2] for name in (asked, served)]
    if names[0] == names[1]:
        return True
    bases = [SNAPSHOT.sub("", name) for name in names]
    # claude-sonnet-4-0 is an alias of claude-sonnet-4-20250514
    undated = [base.removesuffix("-0") for base in bases]
    dated = [bool(re.search(r"\d$", name)) and name != base for name, base in zip(names, bases, strict=True)]
    return not all(dated) and undated[0] == undated[1]


NO_SUCH_MODEL = "no-such-model-"
"""How the name of a model begins that no endpoint has."""


def named_otherwise(given: Given) -> list[Violation]:
    """Another model is named in an answer than was asked for. What an endpoint makes of a model that does not exist is
    seen by itself."""
    asked, served = given.request.json.get("model"), given.message.get("model")
    known = isinstance(asked, str) and not asked.startswith(NO_SUCH_MODEL)
    if not known or not isinstance(served, str) or not served or same_model(asked, served):
        return []
    return [Violation(rule=f"{asked} is asked for, {served} is named", deviation=Deviation.RENAMED)]


@TABLE.row(
    "fields.model",
    "MUST serve the model that is named, under its name (unknown names mapped to another model: partial)",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.MESSAGES,
    everywhere=everywhere(named_otherwise),
)
def model(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    named = f"{NO_SUCH_MODEL}{run.nonce('model').lower()}"
    unknown = plain.with_fields(model=named)
    got = yield from calibrate.ask_steadily({"control": plain, "a model that does not exist": unknown})
    control, stranger = read_answer(got["control"]), read_answer(got["a model that does not exist"])
    if control.message is None:
        return decide_must_accept(control=[control], treatment=[control])
    served = control.message.get("model")
    # A Message that names no model at all is the fault of response.envelope.
    if isinstance(served, str) and served and not same_model(run.model, served):
        note = f"{run.model} is asked for, {served} is named in the answer"
        finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.RENAMED)
    elif stranger.message is not None:
        note = f"a model that does not exist is answered as {stranger.message.get('model')}"
        finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.MAPPED)
    elif stranger.outcome in (Outcome.REFUSED, Outcome.LOCKED):
        # A refusal that does not tell the name may have come of a sudden, for another reason, and a 401 is one of the
        # name only while the key is good for another: the control, asked anew, shows it.
        if stranger.outcome is Outcome.LOCKED or named not in stranger.problem:
            again = read_answer((yield {"control": plain.again_beside(unknown)})["control"])
            if not again.answered:
                return decide_must_accept(control=[control, again], treatment=[stranger])
        locked = key_refused(got["a model that does not exist"], named)
        if locked is not None:
            return locked
        finding = Finding(effect=Effect.SEEN, note=f"a model that does not exist: {stranger.problem}")
    elif stranger.outcome is Outcome.BROKEN and (yield from still_answered(plain, unknown)):
        note = crashes("a model that does not exist", stranger)
        finding = Finding(effect=Effect.SEEN, note=note)
    else:
        note = f"a model that does not exist meets neither an answer nor a refusal: {stranger.problem}"
        finding = Finding(effect=Effect.CANNOT_TELL, note=note)
    return decide_must_accept(control=[control], treatment=[control], finding=finding)


limits.add_max_tokens(TABLE)


@TABLE.row(
    "fields.container",
    "MAY act on container (a bogus id is an error; a real one is echoed)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.CODE_EXECUTION,
)
def container(run: Run) -> Conversation[Verdict]:
    bogus = f"container_{run.nonce('container').replace('-', '')}"
    plain = calibrate.baseline(run)
    return (
        yield from failure_injected(
            run,
            control=plain,
            treatment=plain.with_fields(container=bogus),
            unknown=lambda run: calibrate.unknown_field(run, bogus),
            names=("container",),
            about=(bogus, "container"),
            bogus=bogus,
        )
    )


@TABLE.row(
    "fields.mcp_servers",
    "MAY act on mcp_servers (an unreachable server is an error)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.MCP_CONNECTOR,
)
def mcp_servers(run: Run) -> Conversation[Verdict]:
    name = run.name("mcp", "library")
    host = f"{name.replace('_', '-')}.invalid"
    server = {"type": "url", "url": f"https://{host}/mcp", "name": name}
    bare = calibrate.baseline(run)
    plain = bare.with_headers(anthropic_beta=MCP_BETA)
    alone = plain.with_fields(mcp_servers=[server])
    # Officially a server is only contacted where a toolset names it.
    toolset = alone.with_fields(tools=[{"type": "mcp_toolset", "mcp_server_name": name}])
    reached = read_answer((yield {TREATMENT: toolset})[TREATMENT])
    if speaks_of_the_server(reached, host=host, about=(host, name, "mcp")):
        return decide_failure_injected(control=[], treatment=[reached], like_unknown=False, names_the_failure=True)
    refusal = yield from refused_beta(bare, plain)
    if refusal is not None:
        return refusal

    def unknown(run: Run) -> Conversation[Answer]:
        return (yield from calibrate.unknown_field(run, [server]))

    def injected(treatment: Request, refused: Answer | None = None) -> Conversation[Verdict]:
        return (
            yield from failure_injected(
                run,
                control=plain,
                treatment=treatment,
                unknown=unknown,
                names=("mcp_servers",),
                about=(host, name, "mcp", "server"),
                bogus=host,
                refused=refused,
            )
        )

    # Alone first: an endpoint that drops the field would be asked about a toolset without its server.
    by_itself = yield from injected(alone, reached)
    if by_itself.status is not Status.IGNORED and by_itself.reason is not Reason.CANNOT_TELL:
        return by_itself
    with_toolset = yield from injected(toolset)
    if with_toolset.status in (Status.BROKEN, Status.REJECTED):
        # Where no tool at all is taken, nothing is known of servers.
        got = yield from calibrate.ask_steadily({"a tool": plain.with_fields(tools=[CITY_TOOL])})
        tool = read_answer(got["a tool"])
        if not tool.answered:
            return decide_must_accept(control=[tool], treatment=[tool], prerequisite=tool)
    return (
        with_toolset if with_toolset.status is Status.SUPPORTED or by_itself.status is not Status.IGNORED else by_itself
    )


CONNECTING = re.compile(
    r"\bconnection (error|refused|failed|timed out)|\b((could not|cannot|can't|couldn't|failed to|unable to)( be)? )"
    r"(resolve|connect|reach)|name resolution|name or service not known|getaddrinfo|unreachable",
    re.IGNORECASE,
)
"""What is said of a server that could not be reached. What was "not found" may be the toolset's name for one."""


def speaks_of_the_server(answer: Answer, *, host: str, about: Sequence[str]) -> bool:
    """Is this a refusal that only an endpoint can give which went to the server? It says that a connection failed, or
    that the host, which stands in the server's address alone, was looked up."""
    if answer.outcome is not Outcome.REFUSED:
        return False
    looked_up = names_a_lookup(answer.problem, about=(host,), named_by=LOOKUP_WORDS)
    return looked_up or names_a_lookup(answer.problem, about=about, named_by=CONNECTING)


LONG_USER = 150
"""Characters: an account, a device and a session, as Claude Code names them. Officially 512 are taken."""


@TABLE.row(
    "fields.metadata", "MUST accept metadata.user_id", evidence_kind=EvidenceKind.VALIDATION, source=sources.MESSAGES
)
def metadata(run: Run) -> Conversation[Verdict]:
    def taken(user: str) -> Conversation[Verdict]:
        plain = calibrate.baseline(run)
        valid, invalid = (plain.with_fields(metadata={"user_id": each}) for each in (user, 5))
        return (yield from only_validated(control=plain, valid=valid, invalid=invalid))

    long = yield from taken(f"user_{run.nonce('user/long').lower()}".ljust(LONG_USER, "0"))
    if long.status not in (Status.REJECTED, Status.BROKEN):
        return long
    short = yield from taken(run.nonce("user").lower())
    if short.status is not Status.ACCEPTED:
        return short
    note = f"an id of {LONG_USER} characters, such as Claude Code sends, is {long.status}: {long.note}"
    return replace(long, status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note)


@TABLE.row(
    "fields.service_tier",
    "MAY act on service_tier and report usage.service_tier",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.SERVICE_TIERS,
)
def service_tier(run: Run) -> Conversation[Verdict]:
    def detect(message: Message) -> Detection:
        usage = message.get("usage")
        tier = usage.get("service_tier") if isinstance(usage, dict) else None
        return Detection(seen=tier in ("standard", "priority", "batch"), note=f"usage.service_tier is {tier}")

    plain = calibrate.baseline(run)
    return (
        yield from only_validated(
            control=plain,
            valid=plain.with_fields(service_tier="standard_only"),
            invalid=plain.with_fields(service_tier="gold"),
            detect=detect,
            unread=Effect.ABSENT,
        )
    )


limits.add_stop_sequences(TABLE)


@TABLE.row(
    "fields.stream",
    "MUST stream server-sent events when stream is true",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.STREAMING,
)
def stream(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    contrast = yield from ask_contrast(plain, plain.with_fields(stream=True))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        reading = contrast.treatment[-1].stream
        media = contrast.exchange.content_type
        if reading is None:
            finding = Finding(effect=Effect.ABSENT, note="the answer is one JSON body")
        elif reading.violation is not None:
            return (yield from broken_twice(contrast, plain, plain.with_fields(stream=True)))
        elif reading.warning is not None:
            finding = Finding(effect=Effect.SEEN, note=reading.warning, deviation=Deviation.FRAMING)
        elif media != "text/event-stream":
            note = f"the stream comes as {media or 'no content type'}"
            finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.FRAMING)
        else:
            finding = Finding(effect=Effect.SEEN)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@TABLE.row(
    "fields.system",
    "MUST follow a system prompt given as a string",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def system(run: Run) -> Conversation[Verdict]:
    code = run.nonce("system")
    told = run.wording(
        "system",
        f"You guard the locker code, which is {code}. Whenever somebody asks for the locker code, reply with it only.",
        f"The locker code is {code}. If you are asked for the locker code, answer with that code and nothing else.",
    )
    shown = yield from shown_among(run, tool_turns_read(run), proof_by(contains(code)))
    if shown is not None:
        return shown
    question = run.message("What is the locker code?", max_tokens=40)
    control = yield from short_system(run, question)
    return (
        yield from reads(
            run, control=control, treatment=question.with_fields(system=told), detect=contains(code), grows=16
        )
    )


def short_system(run: Run, question: Request) -> Conversation[Request]:
    """The control of a system prompt: a short one, since templates put in their own where there is none. Without any
    where even a short one is refused."""
    brief = question.with_fields(system="Be brief.")
    got = yield from calibrate.ask_steadily({"control": brief})
    return brief if read_answer(got["control"]).answered else question


@TABLE.row(
    "fields.system.array",
    "MUST follow every text block of a system prompt given as an array",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def system_array(run: Run) -> Conversation[Verdict]:
    codes, parts = system_codes(run), system_parts(run)

    def both(message: Message) -> bool:
        return all(contains(code)(message).seen for code in codes)

    shown = yield from shown_among(run, many_turns(run), both)
    if shown is not None:
        return shown
    question = run.message(
        "What are the codes of the red locker and of the blue locker? Reply with both codes.", max_tokens=60
    )
    control = yield from short_system(run, question)
    return (
        yield from reads_all(
            run,
            control=control,
            treatment=question.with_fields(system=[{"type": "text", "text": part} for part in parts]),
            joined=question.with_fields(system=" ".join(parts)),
            codes=codes,
            what="system blocks",
        )
    )


@TABLE.row(
    "fields.system.cache_control",
    "MUST cache a system block that carries cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def system_cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: dict[str, Json]) -> Request:
        return caching.in_a_system_block(run, label, marker)

    return (yield from caching.caches(run, caching.SYSTEM_BLOCK, build))


sampling.add_temperature_rows(TABLE)
thinking.add_rows(TABLE)
thinking_types.add_rows(TABLE)
sampling.add_top_rows(TABLE)
output_config.add_rows(TABLE)
context_editing.add_row(TABLE)


@TABLE.row(
    "fields.cache_control",
    "MAY cache automatically with top-level cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: dict[str, Json]) -> Request:
        return run.message(f"{caching.long_text(run, label)}\n\nSay OK.", max_tokens=32, **marker)

    return (yield from caching.caches(run, "fields.cache_control", build))


reported_fields.add_rows(TABLE)


@TABLE.row(
    "fields.unknown",
    "MUST refuse an unknown top-level field with 400 naming it (the calibration for every exotic field)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def unknown(run: Run) -> Conversation[Verdict]:
    name, request = calibrate.with_unknown_field(run)

    def stated(exchange: Exchange) -> bool:
        # The shape of an error has a row of its own.
        return exchange.status == 400 and name in error_message(exchange)

    return (yield from must_refuse(control=calibrate.baseline(run), bad={"an unknown field": request}, stated=stated))
