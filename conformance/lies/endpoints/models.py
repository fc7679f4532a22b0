"""Lies about the list of models, and about one model."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.combinators import reported
from conformance.lies.shared.routes import answers, ends_of, fails, route_failures
from conformance.reference.transforms import (
    Transform,
    answer_default,
    answer_drop,
    answer_put,
    at_route,
    elsewhere,
    error_reshape,
)

LIST = r"^/v1/models(\?|$)"
ONE = "^/v1/models/"
SERVED = "^/v1/models/reference-1$"
NOT_SERVED = "^/v1/models/(?!reference-1$)"
PAGE_OF_ONE = r"^/v1/models\?limit=1(&|$)"
ALL_BUT_MESSAGES = r"^(?!/v1/messages(\?|$))"


def listing(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about the list; unless told otherwise the row is partial, for what the list lacks."""
    due = {"status": "partial", **due}
    code = due.pop("code", "incomplete" if due["status"] == "partial" else "")
    return Lie(row="endpoints.models", name=name, transforms=transforms, code=code, **due)


def lists(name: str, transform: Transform, note: str, **due: Any) -> Lie:
    """A flaw in the list's shape."""
    return listing(name, elsewhere(LIST, transform), note=note, **due)


OPENAI = {
    "object": "list",
    "data": [{"id": "reference-1", "object": "model", "created": 1767225600, "owned_by": "reference"}],
}

OF_THE_LIST = [
    *reported(
        route_failures("endpoints.models", LIST, "JSON that is no list of models .no data array"),
        {"not_for_this_key": ("N09",)},
    ),
    listing(
        "absent_in_another_shape",
        answers(LIST, {"code": 404, "message": "Not Found"}, status=404),
        status="rejected",
        note="the path is met like one that does not exist: HTTP 404: Not Found",
        reports=("Q06",),
    ),
    *(
        listing(
            name,
            answers(ALL_BUT_MESSAGES, body, media_type=media_type),
            status="broken",
            note=f"a path that does not exist is answered the same: HTTP 200 with {note}",
        )
        for name, body, media_type, note in (
            ("every_path_is_a_page", b"<!doctype html><title>Console</title>", "text/html", "an HTML page"),
            ("every_path_is_fine", {"status": "ok"}, "application/json", "JSON that is no list of models"),
        )
    ),
    listing(
        "in_another_protocol",
        answers(LIST, OPENAI),
        note="in OpenAI's shape: a model has no type and no display_name and no created_at; the list has no has_more",
    ),
    lists("no_models", answer_put("data", []), "the list is empty, although there is a model", code="implausible"),
    lists("null", answer_put("data", None), "no list of models .no data array", status="broken"),
    lists("of_names", answer_put("data", ["reference-1"]), "a list in which a model has no id", status="broken"),
    lists("nameless", answer_drop("data[*].id"), "a list in which a model has no id", status="broken"),
    *(
        lists(f"without_{key}", answer_drop(f"data[*].{key}"), f"^a model has no {key}$")
        for key in ("type", "display_name", "created_at")
    ),
    lists("of_another_type", answer_put("data[*].type", "llm"), "a model has no type model .it is 'llm'"),
    lists("time_as_number", answer_put("data[*].created_at", 1767225600), "a model has no created_at"),
    *(lists(f"without_{key}", answer_drop(key), f"^the list has no {key}$") for key in ("has_more", "first_id")),
    lists("last_id_null", answer_put("last_id", None), "first_id and last_id are not those of the list"),
    lists("has_more_as_text", answer_put("has_more", "no"), "has_more is 'no'"),
    # A key more than the documents know is no flaw.
    lists("object_besides", answer_default("object", "list"), "^$", status="supported"),
    listing(
        "limit_not_kept",
        elsewhere(PAGE_OF_ONE, answer_put("data", [{"id": "reference-1"}, {"id": "reference-1-mini"}])),
        note="limit=1 is not kept: 2 models come",
    ),
    listing("limit_refused", fails(PAGE_OF_ONE, 400, "limit: unknown"), note="limit=1 is not kept: HTTP 400"),
    listing(
        "no_more_pages",
        elsewhere(PAGE_OF_ONE, answer_put("has_more", False)),
        note="limit=1 gives one of 2 models, and has_more is False",
    ),
    listing(
        "the_same_page_for_ever",
        elsewhere("after_id", answer_put("data", [{"id": "reference-1"}])),
        note="after_id=reference-1 does not lead on: reference-1 comes again",
    ),
    listing("after_id_refused", fails("after_id", 500), note="after_id=reference-1 does not lead on: HTTP 500"),
    listing(
        "after_id_leads_nowhere",
        elsewhere("after_id", answer_put("data", [])),
        note="after_id=reference-1 does not lead on: 0 models come",
    ),
]


def one(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about one model; unless told otherwise the row is partial, for what the model lacks."""
    due = {"status": "partial", **due}
    code = due.pop("code", "incomplete" if due["status"] == "partial" else "")
    return Lie(row="endpoints.models.retrieve", name=name, transforms=transforms, code=code, **due)


def unknown(name: str, transform: Transform, note: str, **due: Any) -> Lie:
    """A model that does not exist is met otherwise than documented."""
    return one(name, transform, note=note, **{"code": "other_refusal", **due})


MODEL = {"type": "model", "id": "reference-1", "display_name": "Reference 1", "created_at": "2026-01-01T00:00:00Z"}
UNKNOWN = "^a model that does not exist: "

OF_ONE = [
    *route_failures("endpoints.models.retrieve", ONE, "JSON that is no model .no id"),
    one("list_instead", answers(ONE, OPENAI), status="broken", note="JSON that is no model .no id"),
    one("named_none", elsewhere(SERVED, answer_drop("id")), status="broken", note="JSON that is no model .no id"),
    one(
        "not_known", fails(SERVED, 404, "model: reference-1"), status="rejected", note="^HTTP 404: model: reference-1$"
    ),
    *(
        one(f"without_{key}", elsewhere(SERVED, answer_drop(key)), note=f"^the model has no {key}$")
        for key in ("type", "display_name", "created_at")
    ),
    one(
        "in_another_protocol",
        answers(SERVED, OPENAI["data"][0]),
        note="the model has no type and no display_name and no created_at",
    ),
    unknown(
        "any_name_is_known",
        answers(NOT_SERVED, MODEL),
        "a model that does not exist is returned as well",
        code="implausible",
    ),
    *(
        unknown(f"unknown_{status}", fails(NOT_SERVED, status, "no"), f"{UNKNOWN}refused otherwise: HTTP {status}: no")
        for status in (400, 403, 422)
    ),
    unknown(
        "unknown_of_other_type",
        at_route(NOT_SERVED, error_reshape({"type": "error", "error": {"type": "api_error", "message": "$message"}})),
        f"{UNKNOWN}refused otherwise: HTTP 404",
    ),
    unknown(
        "unknown_without_a_body",
        answers(NOT_SERVED, b"", status=404),
        "refused otherwise: HTTP 404",
        status="partial",
        code="other_refusal",
    ),
    *ends_of("endpoints.models.retrieve", "unknown", NOT_SERVED, "a model that does not exist"),
]

LIES: list[Lie] = [
    *OF_THE_LIST,
    *OF_ONE,
]
