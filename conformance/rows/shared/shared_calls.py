"""One request for two calls, in which most fields of a tool show, each in its own place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.probing.contrast import Message
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.exchange import Json, Request

Call = Mapping[str, Any]
CABINET = "open_cabinet"


def parcel_name(run: Run) -> str:
    return run.name("called_together/name", "store")


def parcel_schema(run: Run) -> dict[str, Json]:
    """The schema of the first tool: two properties and the values of one that nobody can know, and one for the code
    that stands in its description."""
    shelf, grade = parcel_keys(run)
    properties: dict[str, Json] = {
        shelf: {"type": "integer", "description": "The number of the shelf"},
        grade: {"type": "string", "enum": parcel_grades(run), "description": "The grade of the parcel"},
        "permit": {"type": "string", "description": "The permit"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def parcel_keys(run: Run) -> tuple[str, str]:
    return run.name("called_together/shelf", "shelf"), run.name("called_together/grade", "grade")


def parcel_grades(run: Run) -> list[str]:
    return [run.nonce(f"called_together/grade/{n}") for n in range(3)]


def permit(run: Run) -> str:
    return run.nonce("called_together/description")


def example_code(run: Run) -> str:
    return run.nonce("called_together/example")


def two_tools(run: Run) -> Request:
    """The first tool says that it is custom and has a description to follow, the second comes with an example."""
    name, grade = parcel_name(run), parcel_grades(run)[1]
    parcel: dict[str, Json] = {
        "type": "custom",
        "name": name,
        "description": run.wording(
            "called_together/description",
            f"Stores a parcel. Always pass permit={permit(run)}.",
            f"Stores a parcel. The permit must always be {permit(run)}.",
        ),
        "input_schema": parcel_schema(run),
    }
    properties: dict[str, Json] = {
        "cabinet": {"type": "string", "description": "Which cabinet"},
        "code": {"type": "string", "description": "The code"},
    }
    cabinet: dict[str, Json] = {
        "name": CABINET,
        "description": "Opens a cabinet.",
        "input_schema": {"type": "object", "properties": properties, "required": list(properties)},
        "input_examples": [{"cabinet": "blue", "code": example_code(run)}],
    }
    prompt = run.wording(
        "called_together",
        f"Use the {name} tool to put the parcel on shelf 7 with grade {grade}. In the same turn, use the {CABINET} "
        "tool to open the red cabinet: pass the code that stands in the example of that tool.",
        f"Make two calls at once. Call {name} for shelf number 7 and the grade {grade}. Open the red cabinet with "
        f"{CABINET}, and take its code from the example that this tool comes with.",
    )
    return run.message(prompt, max_tokens=300, tools=[parcel, cabinet])


ROLE = "two calls that show many fields"


def called(name: str, shows: Callable[[Call], bool]) -> Callable[[Message], bool]:
    """Is a tool of this name called so that its field shows?"""

    def proves(message: Message) -> bool:
        return any(call.get("name") == name and shows(call) for call in calls(message))

    return proves


def shown_in_calls(
    run: Run, name: str, shows: Callable[[Call], bool], *, both_modes: bool = False
) -> Conversation[Verdict | None]:
    """The verdict on a field that shows in a call of the tool of this name, in both modes where it can fail in one.
    None where it does not, or where nothing is answered: whatever the reason, the row is then asked alone."""
    request, proves = two_tools(run), called(name, shows)
    answers = [read_answer((yield {ROLE: request})[ROLE])]
    if both_modes and not run.dialect.streamed and answers[0].message is not None and proves(answers[0].message):
        role = f"{ROLE}, streamed"
        streamed = read_answer((yield {role: request.with_fields(stream=True)})[role])
        if streamed.stream is None or streamed.stream.violation is not None:
            return None
        answers.append(streamed)
    if not all(answer.message is not None and proves(answer.message) for answer in answers):
        return None
    return decide_must_accept(control=[], treatment=answers, finding=Finding(effect=Effect.SEEN))
