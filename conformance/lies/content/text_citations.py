"""Lies about citations of an answer, sent back."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import TEXTS
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference.transforms import drop, put, refuse

CITATIONS = f"{TEXTS}.citations"

LIES: list[Lie] = [
    *failures("content.text.citations", CITATIONS),
    Lie(
        row="content.text.citations",
        name="dropped",
        transforms=(drop(CITATIONS),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    Lie(
        row="content.text.citations",
        name="coerced",
        transforms=(put(f"{CITATIONS}[:string]", []),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    *unclean(
        "content.text.citations",
        "bad_value",
        f"{CITATIONS}[:string]",
        "a bad value",
        short="accepted",
        told="whether a bad one is refused is not known: ",
    ),
    Lie(
        row="content.text.citations",
        name="kind_refused",
        transforms=(refuse(f"{CITATIONS}[type=char_location]"),),
        status="rejected",
        note="HTTP 400: .*'char_location'",
    ),
]
