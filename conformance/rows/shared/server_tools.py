"""What the rows of server tools share: a tool that the endpoint itself runs, and the block that shows its result.

The model cannot write a result block. A call that is handed to the client as tool_use was run by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.probing.contrast import Contrast, Message
from conformance.probing.detection import Detection, Detector
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict
from conformance.protocol.answer import blocks, calls
from conformance.protocol.status import Deviation
from conformance.rows.shared.betas import Dress
from conformance.rows.shared.known_tools import Known, knows, or_under_its_beta

FAILS = "the tool is run, and fails: "
ASKED_TOO_OFTEN = "too_many_requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTool:
    """A tool that the endpoint runs, known by its type; `detect` finds what came of the run."""

    known: Known
    detect: Detector

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict, under the tool's beta header as well where it has one."""
        return (yield from or_under_its_beta(run, self.known, partial(self.ask_dressed, run)))

    def ask_dressed(self, run: Run, dress: Dress) -> Conversation[Verdict]:
        """The verdict where every request is dressed so."""

        def shows_twin(message: Message) -> bool:
            return self._handed_over(message)

        def explain(contrast: Contrast, finding: Finding) -> Conversation[Finding]:
            yield from ()
            handed = self._handed_over(contrast.messages[1])
            if handed and finding.effect in (Effect.TOO_WEAK, Effect.CANNOT_TELL):
                return Finding(effect=Effect.ABSENT, note=finding.note)
            if finding.effect is Effect.TOO_WEAK and finding.note.startswith(FAILS):
                return Finding(effect=Effect.CANNOT_TELL, note=finding.note)
            return finding

        return (
            yield from knows(
                run,
                self.known,
                self.detect,
                dress=dress,
                shows_twin=shows_twin,
                explain=explain,
                in_stream=self._in_stream,
            )
        )

    def _handed_over(self, message: Message) -> bool:
        """Is the tool called as one that the client runs?"""
        return any(call.get("name") == self.known.called for call in calls(message))

    def _in_stream(self, message: Message) -> Detection:
        # One bad moment of what stands behind the tool is not the stream's.
        detection = self.detect(message)
        failed = detection.note.startswith(FAILS)
        return Detection(seen=False, missed=detection.note, void=True) if failed else detection


def uses_of(message: Message) -> set[str]:
    """The ids of what the endpoint says that it ran."""
    return {str(block.get("id")) for block in blocks(message, "server_tool_use")}


def reported(message: Message, key: str) -> int:
    """A count of usage.server_tool_use; 0 where it is missing or no count."""
    usage = message.get("usage")
    counts = usage.get("server_tool_use") if isinstance(usage, dict) else None
    count = counts.get(key) if isinstance(counts, dict) else None
    return count if isinstance(count, int) else 0


def not_run(message: Message, name: str) -> Detection:
    """Nothing came of the tool: where the call went instead."""
    if any(call.get("name") == name for call in calls(message)):
        return Detection(seen=False, missed=f"{name} is handed to the client as tool_use, and not run")
    if message.get("stop_reason") == "pause_turn":
        return Detection(seen=False, missed="the turn is paused before any result", void=True)
    if uses_of(message):
        return Detection(seen=False, missed="a server_tool_use block stands without any result")
    return Detection(seen=False, missed=f"{name} is not run")


def flawed(note: str, deviation: Deviation = Deviation.INCOMPLETE) -> Detection:
    return Detection(seen=True, note=note, deviation=deviation)


def failing(error: str) -> Detection:
    """An error in place of a result. That too much was asked is no fault of the tool."""
    if error == ASKED_TOO_OFTEN:
        return Detection(seen=False, missed=f"{FAILS}{error}", void=True)
    return flawed(f"{FAILS}{error}")


def ran(message: Message, kind: str, name: str, flaw_of: Callable[[Any], str | None]) -> Detection:
    """A result block of this type, for a use that stands in the answer, with nothing amiss in its content."""
    found = blocks(message, kind)
    if not found:
        return not_run(message, name)
    content = found[0].get("content")
    failed = error_of(content)
    if failed is not None:
        return failing(failed)
    flaw = flaw_of(content)
    if flaw is not None:
        return flawed(flaw)
    if str(found[0].get("tool_use_id")) not in uses_of(message):
        return flawed(f"the {kind} belongs to no server_tool_use of the answer")
    return Detection(seen=True)


def error_of(content: Any) -> str | None:
    """The error that a result is instead of a result."""
    if isinstance(content, dict) and str(content.get("type")).endswith("_error"):
        return str(content.get("error_code"))
    return None


def lacking(held: Any, keys: Iterable[str]) -> list[str]:
    """Those of the keys under which no text stands."""
    return [key for key in keys if not isinstance(held, dict) or not isinstance(held.get(key), str) or not held[key]]


def unreported(message: Message, detection: Detection, key: str) -> Detection:
    """The same sight, unless usage does not count what was run."""
    if detection.seen and detection.deviation is None and not reported(message, key):
        return flawed(f"usage.server_tool_use does not count it as {key}", Deviation.UNREPORTED)
    if not detection.seen and reported(message, key) and not calls(message):
        return flawed(f"usage counts {key}, but the answer has no result block", Deviation.UNREPORTED)
    return detection
