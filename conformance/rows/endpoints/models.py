"""What an endpoint says of the models that it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from conformance.probing.endpoints import ask_route, bodiless, failed_route, incomplete, must_refuse_route, trouble
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.model_list import model_ids
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources

MOST_LISTED = 1_000
LIST = f"/v1/models?limit={MOST_LISTED}"
"""As Claude Code asks for it."""

PAGE_KEYS = ("has_more", "first_id", "last_id")
MODEL_KEYS = ("type", "display_name", "created_at")


@row(
    "endpoints.models",
    "MAY list models in the official shape",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.MODELS,
)
def models(run: Run) -> Conversation[Verdict]:
    pair = yield from ask_route(run, bodiless(run, LIST), no_list, role="the list of models")
    if not pair.accepted:
        return (yield from failed_route(run, pair))
    finding = judge_list(pair.exchange.json)
    if finding.deviation is None:
        return (yield from _page_through(run, model_ids(pair.exchange)))
    return decide_must_accept(control=pair.control, treatment=pair.treatment, finding=finding)


@row(
    "endpoints.models.retrieve",
    "MAY return one model, and 404 for an unknown one",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.MODELS,
)
def retrieve(run: Run) -> Conversation[Verdict]:
    got = yield {"the list of models": bodiless(run, LIST)}
    listed = model_ids(got["the list of models"])
    # A name that only an alias or a catch-all makes work need not be known here.
    name = run.model if run.model in listed or not listed else listed[0]
    pair = yield from ask_route(run, _one(run, name), no_model, role="one model")
    if not pair.accepted:
        return (yield from failed_route(run, pair))
    finding = Finding(effect=Effect.SEEN)
    missing = missing_of_model(pair.exchange.json)
    if missing:
        note = f"the model has no {missing}"
        finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    known = decide_must_accept(control=pair.control, treatment=pair.treatment, finding=finding)
    if known.status is not Status.SUPPORTED:
        return known
    bad = {"a model that does not exist": _one(run, f"no-such-model-{run.nonce('model').lower()}")}
    unknown = yield from must_refuse_route(run, bad, no_model, status=404, kind="not_found_error")
    if unknown.status is Status.IGNORED:
        note = "a model that does not exist is returned as well"
        return replace(unknown, status=Status.PARTIAL, deviation=Deviation.IMPLAUSIBLE, note=note)
    if unknown.status is Status.SUPPORTED:
        return known
    return replace(unknown, note=f"a model that does not exist: {unknown.note}")


def _one(run: Run, name: str) -> Any:
    return bodiless(run, f"/v1/models/{quote(name, safe='')}")


def no_list(body: Mapping[str, Any]) -> str:
    """What is wrong with a body as a list of models."""
    data = body.get("data")
    if not isinstance(data, list):
        return "JSON that is no list of models (no data array)"
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) and each["id"] for each in data):
        return "a list in which a model has no id"
    return ""


def no_model(body: Mapping[str, Any]) -> str:
    """What is wrong with a body as one model."""
    return "" if isinstance(body.get("id"), str) and body["id"] else "JSON that is no model (no id)"


def missing_of_model(model: Mapping[str, Any]) -> str:
    """The keys of a model that the documents promise and that are not there, in words; empty where all are."""
    lacking = [key for key in MODEL_KEYS if not isinstance(model.get(key), str) or not model[key]]
    if model.get("type") not in (None, "", "model"):
        return f"type model (it is {model['type']!r})"
    return " and no ".join(lacking)


def judge_list(body: Mapping[str, Any]) -> Finding:
    """Is a list of models, whose entries have ids, in the official shape?

    the list                                                    effect
    empty                                                       seen, implausible: a model was answered by
    entries without type model, display_name, created_at        seen, incomplete
    no has_more, first_id, last_id, or of another list          seen, incomplete
    fewer models than were asked for, and has_more              seen, incomplete: who pages never comes to an end
    otherwise                                                   seen
    """
    data = body["data"]
    if not data:
        note = "the list is empty, although there is a model"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.IMPLAUSIBLE)
    flaws = []
    lacking = next(filter(None, map(missing_of_model, data)), "")
    if lacking:
        flaws.append(f"a model has no {lacking}")
    absent = [key for key in PAGE_KEYS if key not in body]
    if absent:
        flaws.append(f"the list has no {' and no '.join(absent)}")
    elif not isinstance(body["has_more"], bool):
        flaws.append(f"has_more is {body['has_more']!r}")
    elif (body["first_id"], body["last_id"]) != (data[0]["id"], data[-1]["id"]):
        flaws.append("first_id and last_id are not those of the list")
    elif body["has_more"] and len(data) < MOST_LISTED:
        flaws.append(f"has_more is true, although {len(data)} of at most {MOST_LISTED:,} models came")
    if not flaws:
        return Finding(effect=Effect.SEEN)
    shape = "in OpenAI's shape: " if body.get("object") == "list" else ""
    return Finding(effect=Effect.SEEN, note=f"{shape}{'; '.join(flaws)}", deviation=Deviation.INCOMPLETE)


def _page_through(run: Run, listed: list[str]) -> Conversation[Verdict]:
    """Does limit cut the list, and after_id lead on? A client that pages must come to an end."""
    supported = Verdict(status=Status.SUPPORTED)
    if len(listed) < 2:
        return replace(supported, note="one model, so that pages cannot be told")
    pair = yield from ask_route(run, bodiless(run, "/v1/models?limit=1"), no_list, role="a page of one model")
    failed = trouble(pair, "limit=1 is not kept")
    if failed:
        return failed
    ids, more = model_ids(pair.exchange), pair.exchange.json.get("has_more")
    if len(ids) != 1:
        return incomplete(f"limit=1 is not kept: {len(ids)} models come", pair.exchange)
    if more is not True:
        return incomplete(f"limit=1 gives one of {len(listed)} models, and has_more is {more!r}", pair.exchange)
    leads_on = f"after_id={ids[0]} does not lead on"
    after = bodiless(run, f"/v1/models?limit=1&after_id={quote(ids[0], safe='')}")
    pair = yield from ask_route(run, after, no_list, role="the page after it")
    failed = trouble(pair, leads_on)
    if failed:
        return failed
    following = model_ids(pair.exchange)
    if following == ids:
        return incomplete(f"{leads_on}: {ids[0]} comes again", pair.exchange)
    if len(following) == 1:
        return supported
    return incomplete(f"{leads_on}: {len(following)} models come", pair.exchange)
