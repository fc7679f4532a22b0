"""Tools whose schema the vendor owns and the client runs: bash, the text editor, memory, the computer.

The witness is a call by the right name with an input that only the type can have told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from conformance.probing.case import case
from conformance.probing.contrast import Contrast, Message
from conformance.probing.detection import Detection, Detector
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Finding, Verdict
from conformance.protocol.answer import calls
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.shared.betas import CONTEXT_MANAGEMENT_BETA, Dress, as_it_is
from conformance.rows.shared.known_tools import (
    Known,
    called_with,
    knows,
    or_under_its_beta,
    plain_with_tools,
    type_stays_out,
    unguessed,
)

COMPUTER_BETA = "computer-use-2025-01-24"

Input = dict[str, Json]
EDITOR_COMMANDS = ("view", "create", "str_replace", "insert")
MEMORY_COMMANDS = (*EDITOR_COMMANDS, "delete", "rename")
EDITOR_KEYS = {"command", "path", "view_range", "file_text", "old_str", "new_str", "insert_line", "insert_text"}
MEMORY_KEYS = {*EDITOR_KEYS, "old_path", "new_path"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What tells a call that knows its type. `fits`: the very input that was asked for; `may_be` : one that the type
    allows and that does not answer the question, so that nothing follows from it; `keys`: all that the type has."""

    fits: Callable[[Input], bool]
    may_be: Callable[[Input], bool]
    keys: set[str]
    expected: str

    def detect(self, name: str) -> Detector:
        def detect(message: Message) -> Detection:
            inputs = [(call, call.get("input")) for call in calls(message)]
            given = [(call, each) for call, each in inputs if isinstance(each, dict)]
            for call, each in given:
                if self.fits(each):
                    return _judged(call, each, name, self.keys)
            missed = f"{called_with(message)} where {self.expected} is due" if inputs else "no tool is called"
            return Detection(seen=False, missed=missed, void=any(self.may_be(each) for _, each in given))

        return detect


def _judged(call: dict[str, Json], given: Input, name: str, keys: set[str]) -> Detection:
    if call.get("name") != name:
        return Detection(seen=True, note=f"{name} is called as {call.get('name')}", deviation=Deviation.RENAMED)
    foreign = sorted(map(str, set(given) - keys))
    if foreign:
        note = f"the input has {', '.join(foreign)}, which the tool does not have"
        return Detection(seen=True, note=note, deviation=Deviation.EXTRA_KEYS)
    return Detection(seen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTool:
    """A tool that the client runs, known by its type."""

    known: Known
    telling: Telling

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict, under the tool's beta header as well where it has one."""
        return (yield from or_under_its_beta(run, self.known, partial(self.ask_dressed, run)))

    def ask_dressed(self, run: Run, dress: Dress) -> Conversation[Verdict]:
        """The verdict where every request is dressed so."""
        detect = self.telling.detect(self.known.called)

        def explain(contrast: Contrast, finding: Finding) -> Conversation[Finding]:
            return (yield from unguessed(run, self.known, detect, dress=dress, contrast=contrast, finding=finding))

        def shows_twin(message: Message) -> bool:
            return detect(message).seen

        return (yield from knows(run, self.known, detect, dress=dress, shows_twin=shows_twin, explain=explain))


def spelled_out(name: str, description: str, properties: dict[str, Json], required: list[str]) -> dict[str, Json]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": description, "input_schema": schema}


BASH = spelled_out(
    "bash",
    "A shell that stays open between calls. It runs a command, or starts anew.",
    {
        "command": {"type": "string", "description": "The command to run; left out for a restart"},
        "restart": {"type": "boolean", "description": "Must be `true` to start the shell anew, else left out"},
    },
    [],
)
BASH_TOLD = Telling(
    fits=lambda given: given.get("restart") is True,
    # Ending the shell by a command is another way to restart it.
    may_be=lambda given: isinstance(given.get("command"), str),
    keys={"command", "restart"},
    expected="restart",
)


@case(
    "tools.bash",
    "MAY know the bash tool by type, without an input_schema",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.BASH_TOOL,
)
def bash(run: Run) -> ClientTool:
    prompt = run.wording(
        "tools.bash",
        "The shell hangs. Use the bash tool to restart it.",
        "Restart the shell with the bash tool, please; it does not react any more.",
    )
    known = Known(typed={"type": "bash_20250124", "name": "bash"}, twin=BASH, prompt=prompt)
    return ClientTool(known=known, telling=BASH_TOLD)


EDITOR = "str_replace_based_edit_tool"


@case(
    "tools.text_editor",
    "MAY know the text editor tool by type",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.TEXT_EDITOR,
)
def text_editor(run: Run) -> ClientTool:
    path = f"/srv/{run.name('tools.text_editor', 'notes')}.txt"
    prompt = run.wording(
        "tools.text_editor",
        f'Use the {EDITOR} to view the file "{path}" from line 3 to line 7.',
        f'View the file "{path}" from line 3 to line 7 with the {EDITOR}, and no other lines.',
    )
    twin = spelled_out(
        EDITOR,
        "Views and edits text files.",
        {
            "command": {"type": "string", "enum": list(EDITOR_COMMANDS), "description": "What to do"},
            "path": {"type": "string", "description": "The path of the file"},
            "view_range": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "The first and the last of the lines to view",
                "minItems": 2,
                "maxItems": 2,
            },
        },
        ["command", "path", "view_range"],
    )
    telling = Telling(
        fits=lambda given: (
            given.get("command") == "view" and given.get("path") == path and given.get("view_range") == [3, 7]
        ),
        may_be=lambda given: given.get("command") in EDITOR_COMMANDS and given.get("path") == path,
        keys=EDITOR_KEYS,
        expected="command, path and view_range",
    )
    known = Known(typed={"type": "text_editor_20250728", "name": EDITOR}, twin=twin, prompt=prompt)
    return ClientTool(known=known, telling=telling)


MEMORIES = "/memories"
MEMORY = spelled_out(
    "memory",
    f"Keeps files under {MEMORIES} that last from one conversation to the next. Look there before anything else.",
    {
        "command": {"type": "string", "enum": list(MEMORY_COMMANDS), "description": "What to do; view looks"},
        "path": {"type": "string", "enum": [MEMORIES], "description": "Where"},
    },
    ["command", "path"],
)
MEMORY_TOLD = Telling(
    fits=lambda given: given.get("command") in MEMORY_COMMANDS and str(given.get("path")).startswith(MEMORIES),
    may_be=lambda given: given.get("command") in MEMORY_COMMANDS,
    keys=MEMORY_KEYS,
    expected=f"command and a path under {MEMORIES}",
)


@case(
    "tools.memory",
    "MAY know the memory tool by type",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.MEMORY_TOOL,
)
def memory(run: Run) -> ClientTool:
    prompt = run.wording(
        "tools.memory",
        "Use the memory tool to see what you have noted earlier.",
        "See what notes you have from earlier conversations, with the memory tool.",
    )
    typed = {"type": "memory_20250818", "name": "memory"}
    known = Known(typed=typed, twin=MEMORY, prompt=prompt, beta=CONTEXT_MANAGEMENT_BETA)
    return ClientTool(known=known, telling=MEMORY_TOLD)


SCREENSHOT = spelled_out("screenshot", "Takes a picture of the computer's screen.", {}, [])
EARLY_COMPUTER = {
    "type": "computer_20250124",
    "name": "computer",
    "display_width_px": 1024,
    "display_height_px": 768,
}
COMPUTER = spelled_out(
    "computer",
    "Acts on the computer's screen, which is 1024 pixels wide and 768 high.",
    {
        "action": {"type": "string", "enum": ["screenshot", "left_click"], "description": "What to do"},
        "coordinate": {
            "type": "array",
            "items": {"type": "integer"},
            "description": "Where, as x and y",
            "minItems": 2,
            "maxItems": 2,
        },
    },
    ["action", "coordinate"],
)
COMPUTER_TOLD = Telling(
    fits=lambda given: given.get("action") == "left_click" and given.get("coordinate") == [120, 240],
    may_be=lambda given: isinstance(given.get("action"), str),
    keys={"action", "coordinate", "text", "duration"},
    expected="action and coordinate",
)


def member_of_toolset(message: Message) -> Detection:
    """A toolset has no name: its members are called by their own, and each call says its toolset."""
    found = calls(message)
    shots = [call for call in found if call.get("name") == "screenshot"]
    if any(isinstance(call.get("toolset_name"), str) and call["toolset_name"] for call in shots):
        return Detection(seen=True)
    if shots:
        return Detection(seen=True, note="the call does not say its toolset_name", deviation=Deviation.UNREPORTED)
    return Detection(
        seen=False, missed=f"{called_with(message)} where screenshot is due" if found else called_with(message)
    )


def toolset(run: Run) -> Conversation[Verdict]:
    prompt = run.wording(
        "tools.computer",
        "Use your tools to take a screenshot of the screen.",
        "Make a screenshot of the computer's screen, please; use a tool for it.",
    )
    known = Known(typed={"type": "computer_toolset_20260801"}, twin=SCREENSHOT, prompt=prompt)

    def shows_twin(message: Message) -> bool:
        return any(call.get("name") == "screenshot" for call in calls(message))

    def explain(contrast: Contrast, finding: Finding) -> Conversation[Finding]:
        yield from ()
        return finding

    return (yield from knows(run, known, member_of_toolset, dress=as_it_is, shows_twin=shows_twin, explain=explain))


def under_computer_beta(request: Request) -> Request:
    return request.with_headers(anthropic_beta=COMPUTER_BETA)


def early_stays_out(run: Run) -> Conversation[bool]:
    """Is nothing of the early computer tool in the prompt? Then it is known no better than the toolset."""
    asked = (under_computer_beta(plain_with_tools(run, *typed)) for typed in ((), (EARLY_COMPUTER,)))
    return (yield from type_stays_out(run, *asked))


def early_computer(run: Run) -> Conversation[Verdict]:
    """The computer tool as it was before there were toolsets; it needs its beta header to this day."""
    prompt = run.wording(
        "tools.computer.early",
        "Use the computer tool to left click at x 120 and y 240.",
        "With the computer tool, do a left click at 120, 240.",
    )
    known = Known(typed=EARLY_COMPUTER, twin=COMPUTER, prompt=prompt)
    return (yield from ClientTool(known=known, telling=COMPUTER_TOLD).ask_dressed(run, under_computer_beta))


@row(
    "tools.computer",
    "MAY know the computer toolset by type",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.COMPUTER_USE,
)
def computer(run: Run) -> Conversation[Verdict]:
    verdict = yield from toolset(run)
    if verdict.status not in (Status.REJECTED, Status.IGNORED):
        return verdict
    if verdict.status is Status.IGNORED and (yield from early_stays_out(run)):
        return verdict
    early = yield from unless_refused_alike(early_computer(run), verdict)
    if early.status not in (Status.SUPPORTED, Status.PARTIAL):
        return verdict
    met = "refused" if verdict.status is Status.REJECTED else "ignored"
    note = f"the toolset is {met} ({verdict.note}), the earlier computer tool is known under its beta header"
    return replace(verdict, status=Status.PARTIAL, deviation=Deviation.ONE_FORM, note=note)
