"""A file for the container of code execution."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Lookup
from conformance.probing.run import Run
from conformance.rows.shared import sources
from conformance.rows.shared.tool_turns import text_block


@case(
    "content.container_upload",
    "MAY act on a container_upload block (a bogus file id is an error)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.FILES,
)
def container_upload(run: Run) -> Lookup:
    bogus = f"file_{run.nonce('container_upload').replace('-', '')}"
    question = text_block("Say OK.")
    return Lookup(
        control=run.message([question], max_tokens=32),
        treatment=run.message([{"type": "container_upload", "file_id": bogus}, question], max_tokens=32),
        unknown=calibrate.unknown_block,
        names=("container_upload",),
        about=(bogus, "file"),
        bogus=bogus,
    )
