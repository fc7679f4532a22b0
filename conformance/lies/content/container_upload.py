"""Lies about a file for the container of code execution."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import BLOCKS, NOTHING, UNKNOWN
from conformance.reference import faults
from conformance.reference.transforms import drop, put, refuse

UPLOAD = f"{BLOCKS}[type=container_upload]"

# A bogus file id is refused officially, so that a second try is never answered; and a refusal that names neither the
# type nor the lookup says nothing of the block.
LIES: list[Lie] = [
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
