"""Lies about the content blocks of messages."""

from __future__ import annotations

from conformance.lies import (
    documents,
    fetched,
    history,
    server_history,
    text,
    thought_history,
    tool_results,
    unknown_block,
)
from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import narrowed
from conformance.lies.server_history import UNKNOWN
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import answer_put, drop, keep_first_item, keep_last, only, put, refuse

BLOCKS = "messages[*].content"
IMAGE = f"{BLOCKS}[type=image]"
DOCUMENT = f"{BLOCKS}[type=document]"
SEARCH_RESULT = f"{BLOCKS}[type=search_result]"
UPLOAD = f"{BLOCKS}[type=container_upload]"
RESULTS = f"{BLOCKS}[type=tool_result]"

# The question of three images, and no other.
QUESTION = {"max_tokens": "^60$"}
# The question about a plain-text document, alone or among others.
PLAIN_TEXT = {f"{DOCUMENT}.source.type": "^text$", "max_tokens": "^(40|300)$"}
NOTHING = {"type": "text", "text": "..."}
PLACEHOLDER = {"type": "text", "text": "Something was attached here that this gateway did not hand on to the model."}

ABSENT = r"the code does not come back, and its content does not lengthen the prompt \(from \d+ to \d+ tokens\)"
GREW = r"the code does not come back, although the prompt grew \(from \d+ to \d+ tokens\)"
COLOURS_MISSED = r"the colours \w+, \w+, \w+ are not named"

_IMAGE: list[Lie] = [
    *narrowed(failures("content.image", IMAGE), QUESTION),
    Lie(
        row="content.image",
        name="dropped",
        transforms=(only(drop(IMAGE), QUESTION),),
        status="ignored",
        note=f"{COLOURS_MISSED}, and other images get the same answer",
    ),
    Lie(
        row="content.image",
        name="replaced",
        transforms=(only(put(IMAGE, PLACEHOLDER), QUESTION),),
        status="ignored",
        note=f"{COLOURS_MISSED}, and other images get the same answer",
    ),
    Lie(
        row="content.image",
        name="made_up",
        transforms=(answer_put("content[type=text].text", "red, green, blue", beside=IMAGE),),
        status="ignored",
        note=f"{COLOURS_MISSED}, and other images get the same answer",
    ),
    Lie(
        row="content.image",
        name="last_alone",
        transforms=(keep_last(IMAGE),),
        status="untested",
        code="cannot_tell",
        note=f"{COLOURS_MISSED}, though the images may have arrived",
    ),
    Lie(
        row="content.image",
        name="first_alone",
        transforms=(keep_first_item(IMAGE),),
        status="untested",
        code="cannot_tell",
        note=f"{COLOURS_MISSED}, though the images may have arrived",
    ),
    Lie(
        row="content.image",
        name="last_alone_uncounted",
        transforms=(keep_last(IMAGE), answer_put("usage.input_tokens", 30, beside=IMAGE)),
        status="ignored",
        note=f"{COLOURS_MISSED}, and the prompt does not grow by them",
    ),
    Lie(
        row="content.image",
        name="every_second_time",
        transforms=(only(mark(IMAGE), QUESTION), drop(IMAGE, beside=MARKED)),
        status="untested",
        code="cannot_tell",
        note="the colours of one set of images are named, not of the other",
    ),
    Lie(
        row="content.image",
        name="second_time_refused",
        transforms=tuple(
            only(step, QUESTION) for step in (mark(IMAGE), faults.fail(400, IMAGE, "One at a time", unless=MARKED))
        ),
        status="untested",
        code="cannot_tell",
        note="the second set of images was not answered",
    ),
    Lie(
        row="content.image",
        name="base64_refused",
        transforms=(refuse(f"{IMAGE}.source[type=base64]"),),
        status="rejected",
        note="HTTP 400: .*'base64'",
    ),
    Lie(
        row="content.image",
        name="wherever_it_stands_forbidden",
        transforms=(
            faults.fail(403, IMAGE, "Forbidden"),
            faults.fail(403, f"{RESULTS}.content[type=image]", "Forbidden"),
        ),
        status="rejected",
        note="HTTP 403: Forbidden",
        reports=("J11",),
    ),
]

_PLAIN: list[Lie] = [
    *failures("content.document", DOCUMENT),
    Lie(
        row="content.document",
        name="dropped",
        transforms=(drop(DOCUMENT),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.document",
        name="swallowed",
        transforms=(put(DOCUMENT, NOTHING),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.document",
        name="emptied",
        transforms=(put(f"{DOCUMENT}.source.data", ""),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.document",
        name="replaced",
        transforms=(put(DOCUMENT, PLACEHOLDER),),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    Lie(
        row="content.document",
        name="plain_text_refused",
        transforms=(refuse(f"{DOCUMENT}.source[type=text]"),),
        status="rejected",
        note="HTTP 400: .*Input tag 'text'",
    ),
]

_READ: list[Lie] = [
    *narrowed(_PLAIN, PLAIN_TEXT),
    Lie(
        row="content.document",
        name="dropped_uncounted",
        transforms=(only(drop(DOCUMENT), PLAIN_TEXT), answer_put("usage.input_tokens", 7)),
        status="ignored",
        note="^the code does not come back$",
    ),
    *failures("content.search_result", SEARCH_RESULT),
    Lie(
        row="content.search_result",
        name="dropped",
        transforms=(drop(SEARCH_RESULT),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.search_result",
        name="swallowed",
        transforms=(put(SEARCH_RESULT, NOTHING),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.search_result",
        name="title_alone",
        transforms=(put(f"{SEARCH_RESULT}.content", []),),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    Lie(
        row="content.search_result",
        name="replaced",
        transforms=(put(SEARCH_RESULT, PLACEHOLDER),),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    Lie(
        row="content.search_result",
        name="array_refused",
        transforms=(
            refuse(
                f"{SEARCH_RESULT}.content[:array]",
                "messages.0.content.0.search_result.content: Input should be a valid string",
            ),
        ),
        status="rejected",
        note="HTTP 400: .*search_result.content: Input should be a valid string",
    ),
]

# A bogus file id is refused officially, so that a second try is never answered; and a refusal that names neither the
# type nor the lookup says nothing of the block.
_UPLOAD: list[Lie] = [
    *failures("content.container_upload", UPLOAD, without=["forbidden", "flickers"]),
    Lie(
        row="content.container_upload",
        name="forbidden",
        transforms=(faults.fail(403, UPLOAD, "Not in your plan"),),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 403: Not in your plan",
    ),
    Lie(
        row="content.container_upload",
        name="refused_vaguely",
        transforms=(faults.fail(400, UPLOAD, "Invalid request"),),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 400: Invalid request",
    ),
    Lie(
        row="content.container_upload",
        name="without_a_route",
        transforms=(faults.fail(404, UPLOAD, "No endpoints found that support file uploads"),),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 404: No endpoints found",
    ),
    Lie(
        row="content.container_upload",
        name="model_not_found",
        transforms=(faults.fail(404, UPLOAD, "model: reader-1 was not found"),),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 404: model: reader-1 was not found",
    ),
    Lie(
        row="content.container_upload",
        name="refused_where_strangers_pass",
        transforms=(drop(UNKNOWN), refuse(UPLOAD)),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 400: .*'container_upload'",
    ),
    Lie(
        row="content.container_upload",
        name="dropped",
        transforms=(drop(UPLOAD),),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
    Lie(
        row="content.container_upload",
        name="swallowed",
        transforms=(put(UPLOAD, NOTHING),),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
    Lie(
        row="content.container_upload",
        name="id_forbidden",
        transforms=(refuse(f"{UPLOAD}.file_id"),),
        status="untested",
        code="cannot_tell",
        note="file_id: Extra inputs are not permitted",
    ),
    Lie(
        row="content.container_upload",
        name="id_lost",
        transforms=(drop(f"{UPLOAD}.file_id"),),
        status="untested",
        code="cannot_tell",
        note="file_id: Field required",
    ),
    Lie(
        row="content.container_upload",
        name="crashed_over_lookup",
        transforms=(faults.fail(500, UPLOAD, "Failed to download the file"),),
        status="supported",
        note="a bogus value is looked up: HTTP 500: Failed to download",
    ),
]

LIES: list[Lie] = [
    *text.LIES,
    *_IMAGE,
    *fetched.IMAGES,
    *_READ,
    *documents.PDFS,
    *fetched.DOCUMENT,
    *documents.PARTS_AND_CITATIONS,
    *thought_history.LIES,
    *history.LIES,
    *tool_results.ARRAYS,
    *tool_results.IMAGES,
    *server_history.LIES,
    *tool_results.REFERENCES,
    *_UPLOAD,
    *unknown_block.LIES,
]
