"""The code_execution tool, which the endpoint runs."""

from __future__ import annotations

import hashlib
import json

from conformance.probing.case import case
from conformance.probing.contrast import Message
from conformance.probing.detection import Detection, Detector
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.protocol.answer import text_of
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.shared.known_tools import Known
from conformance.rows.shared.server_tools import ServerTool, error_of, failing, flawed, lacking, not_run, uses_of
from conformance.rows.tools.client_tools import spelled_out

CODE_EXECUTION_BETA = "code-execution-2025-08-25"


def look_at_execution(digest: str) -> Detector:
    """Seen when a digest stands in what a sandbox printed: nobody knows it without running code."""

    def detect(message: Message) -> Detection:
        content = message.get("content")
        results = [
            block
            for block in (content if isinstance(content, list) else [])
            if isinstance(block, dict) and str(block.get("type")).endswith("code_execution_tool_result")
        ]
        printed = [result for result in results if digest in json.dumps(result)]
        if printed and str(printed[0].get("tool_use_id")) not in uses_of(message):
            return flawed(f"the {printed[0]['type']} belongs to no server_tool_use of the answer")
        if printed:
            container = message.get("container")
            if not isinstance(container, dict) or lacking(container, ("id", "expires_at")):
                return flawed("code is run, but the answer names no container", Deviation.UNREPORTED)
            return Detection(seen=True)
        if digest in text_of(message):
            return flawed("code is run, but the answer has no result block of it", Deviation.UNREPORTED)
        failed = next((error for each in results if (error := error_of(each.get("content"))) is not None), None)
        if failed is not None:
            return failing(failed)
        if results:
            return Detection(seen=False, missed="a program is run, but it does not print what was asked for", void=True)
        return not_run(message, "code_execution")

    return detect


@case(
    "tools.code_execution",
    "MAY run the code_execution server tool",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.CODE_EXECUTION,
)
def code_execution(run: Run) -> ServerTool:
    code = run.nonce("tools.code_execution")
    digest = hashlib.sha256(code.encode()).hexdigest()
    prompt = run.wording(
        "tools.code_execution",
        f"Use code execution to compute the SHA-256 of the text '{code}'. Print it as hexadecimal digits.",
        f"Run code with the code_execution tool to print the SHA-256 of the text '{code}' as hexadecimal.",
    )
    source = {"code": {"type": "string", "description": "The Python code to run"}}
    known = Known(
        typed={"type": "code_execution_20250825", "name": "code_execution"},
        twin=spelled_out("code_execution", "Runs Python code.", source, ["code"]),
        prompt=prompt,
        max_tokens=800,
        beta=CODE_EXECUTION_BETA,
    )
    return ServerTool(known=known, detect=look_at_execution(digest))
