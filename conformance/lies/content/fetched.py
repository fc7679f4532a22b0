"""Lies about images and documents that must be fetched or looked up."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.transforms import Transform, drop, only, put, refuse

BLOCKS = "messages[*].content"
NOTHING = {"type": "text", "text": "..."}
VAGUE = "refused, but not for the lookup: "
LOOKED_UP = "a bogus value is looked up: "
DROPPED = "a bogus value is accepted and nothing comes of it"


def _lies(row: str, kind: str, source: str, key: str) -> list[Lie]:
    """Every way to go wrong over a block of this kind whose source is of this one. Officially it is refused, as there
    is nothing to fetch, so that a second try is never answered."""
    block = f"{BLOCKS}[type={kind}]"
    path = f"{block}.source[type={source}]"
    there = {f"{block}.source.type": f"^{source}$"}

    def lie(name: str, status: str, note: str, *transforms: Transform, code: str = "") -> Lie:
        return Lie(row=row, name=name, transforms=transforms, status=status, note=note, code=code)

    def unclear(name: str, status: int, words: str) -> Lie:
        fault = faults.fail(status, path, words)
        return lie(name, "untested", f"{VAGUE}HTTP {status}: {words}", fault, code="cannot_tell")

    def named(name: str, status: int, words: str) -> Lie:
        return lie(name, "supported", f"{LOOKED_UP}HTTP {status}: ", faults.fail(status, path, words))

    return [
        *failures(row, path, without=["forbidden", "flickers"]),
        unclear("forbidden", 403, "Not in your plan"),
        unclear("refused_vaguely", 400, "Invalid request"),
        unclear("without_a_route", 404, f"No endpoints found that support {kind}s by {source}"),
        unclear("model_not_found", 404, "model: reader-1 was not found"),
        unclear("only_with_data", 400, f"Sources of type {source} are not supported: send the data itself"),
        lie("dropped", "ignored", DROPPED, only(drop(block), there)),
        lie("swallowed", "ignored", DROPPED, only(put(block, NOTHING), there)),
        lie(
            "key_lost",
            "untested",
            f"{VAGUE}HTTP 400: .*{key}: Field required",
            drop(f"{path}.{key}"),
            code="cannot_tell",
        ),
        named("crashed_over_it", 500, f"Failed to download the {kind} by its {source}"),
        named("refused_over_it", 400, f"Error while fetching the {source} of the {kind}: timed out"),
        lie(
            "dropped_with_strangers",
            "ignored",
            DROPPED,
            only(drop(block), there),
            only(drop(block), {f"{block}.source.type": "^zz_"}),
        ),
    ]


def _like_the_data(row: str, kind: str) -> Lie:
    """Where the block is refused with its data in it as well, and in the same words, it is refused, not fetched."""
    words = f"This model takes no {kind}s"
    return Lie(
        row=row,
        name="refused_with_data_as_well",
        transforms=(faults.fail(400, f"{BLOCKS}[type={kind}]", words),),
        status="rejected",
        note=f"HTTP 400: {words}",
    )


IMAGES: list[Lie] = [
    *_lies("content.image.url", "image", "url", "url"),
    _like_the_data("content.image.url", "image"),
    *_lies("content.image.file", "image", "file", "file_id"),
    Lie(
        row="content.image.file",
        name="images_unknown",
        transforms=(refuse(f"{BLOCKS}[type=image]"),),
        status="rejected",
        note="HTTP 400: .*Input tag 'image'",
    ),
]

DOCUMENT: list[Lie] = [
    *_lies("content.document.url", "document", "url", "url"),
    _like_the_data("content.document.url", "document"),
]

LIES: list[Lie] = [
    *IMAGES,
    *DOCUMENT,
]
