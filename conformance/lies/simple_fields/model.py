"""Lies about model: another one answers, or any name is taken."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.transforms import answer_copy, answer_put, map_unknown_models, only

UNKNOWN_MODEL = {"model": "^(?!reference-)"}

LIES: list[Lie] = [
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
