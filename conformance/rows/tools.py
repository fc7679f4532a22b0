"""The fields of a tool: the model must see and use each."""

from __future__ import annotations

from conformance import calibrate
from conformance.answer import calls
from conformance.exchange import Json, Request
from conformance.probes import Look, Message, Sight, must_accept
from conformance.row import Table
from conformance.rows import caching, sources
from conformance.run import Run, Steps
from conformance.status import Deviation
from conformance.verdict import Verdict

TABLE = Table("tools")


def lookup_tool(name: str, description: str, properties: dict[str, Json], required: list[str]) -> dict[str, Json]:
    return {
        "name": name,
        "description": description,
        "input_schema": {"type": "object", "properties": properties, "required": required},
    }


CITY = {"city": {"type": "string", "description": "The name of the city"}}


@TABLE.row("tools.name", "MUST call the tool by its name", source=sources.IMPLEMENT_TOOLS)
def name(run: Run) -> Steps[Verdict]:
    called = run.name("tools.name", "lookup")
    tool = lookup_tool(called, "Looks up the population of a city.", CITY, ["city"])
    prompt = run.wording(
        "tools.name",
        f"Use the {called} tool to look up the population of Oslo.",
        f"Call {called} for the city Oslo.",
    )
    plain = run.message(prompt, max_tokens=200)

    def look(message: Message) -> Sight:
        found = calls(message)
        if not found:
            return Sight(seen=False, missed="no tool is called")
        if found[0].get("name") != called:
            note = f"the tool {called} is called as {found[0].get('name')}"
            return Sight(seen=True, note=note, deviation=Deviation.RENAMED)
        return Sight(seen=True)

    return (yield from uses(run, plain, tool, look))


@TABLE.row(
    "tools.input_schema",
    "MUST return an input object that fits input_schema",
    source=sources.IMPLEMENT_TOOLS,
)
def input_schema(run: Run) -> Steps[Verdict]:
    shelf, grade = run.name("schema/1", "shelf"), run.name("schema/2", "grade")
    grades = [run.nonce(f"schema/grade/{n}") for n in range(3)]
    tool = lookup_tool(
        "store_parcel",
        "Stores a parcel in the warehouse.",
        {
            shelf: {"type": "integer", "description": "The number of the shelf"},
            grade: {"type": "string", "enum": grades, "description": "The grade of the parcel"},
        },
        [shelf, grade],
    )
    prompt = run.wording(
        "input_schema",
        f"Use the store_parcel tool: put the parcel on shelf 7 with grade {grades[1]}.",
        f"Call store_parcel for shelf number 7 and the grade {grades[1]}.",
    )
    plain = run.message(prompt, max_tokens=200)

    def look(message: Message) -> Sight:
        found = calls(message)
        if not found:
            return Sight(seen=False, missed="no tool is called")
        given = found[0].get("input")
        if not isinstance(given, dict):
            return Sight(seen=False, missed=f"input is {type(given).__name__}, not an object")
        missing = [each for each in (shelf, grade) if each not in given]
        if missing:
            return Sight(seen=False, missed=f"input lacks the required {', '.join(missing)}")
        if not isinstance(given[shelf], int) or given[grade] not in grades:
            note = "input has the properties, but not of the type or the enum that the schema states"
            return Sight(seen=True, note=note, deviation=Deviation.INCOMPLETE)
        if set(given) != {shelf, grade}:
            note = "input has properties that the schema does not know"
            return Sight(seen=True, note=note, deviation=Deviation.EXTRA_KEYS)
        return Sight(seen=True)

    return (yield from uses(run, plain, tool, look, both_modes=True))


@TABLE.row("tools.description", "MUST let the model read description", source=sources.IMPLEMENT_TOOLS)
def description(run: Run) -> Steps[Verdict]:
    code = run.nonce("tools.description")
    told = run.wording(
        "tools.description",
        f"Opens a locker. Always pass code={code}.",
        f"Opens a locker. The code must always be {code}.",
    )
    properties = {
        "locker": {"type": "string", "description": "Which locker"},
        "code": {"type": "string", "description": "The code"},
    }
    plain = run.message("Use the open_locker tool to open the red locker.", max_tokens=200)
    without = lookup_tool("open_locker", "Opens a locker.", properties, ["locker", "code"])

    def look(message: Message) -> Sight:
        found = calls(message)
        if not found:
            return Sight(seen=False, missed="no tool is called")
        return Sight(seen=code in str(found[0].get("input")), missed="the code of the description is not passed")

    return (
        yield from must_accept(
            run,
            control=plain.with_fields(tools=[without]),
            treated=plain.with_fields(tools=[{**without, "description": told}]),
            look=look,
            able=calibrate.calls_a_tool,
        )
    )


def uses(run: Run, plain: Request, tool: dict[str, Json], look: Look, *, both_modes: bool = False) -> Steps[Verdict]:
    """A tool that the prompt asks for, against the same prompt without any tool."""
    return (
        yield from must_accept(
            run,
            control=plain,
            treated=plain.with_fields(tools=[tool]),
            look=look,
            able=calibrate.calls_a_tool,
            both_modes=both_modes,
        )
    )


@TABLE.row("tools.cache_control", "MUST cache tool definitions that carry cache_control", source=sources.CACHING)
def cache_control(run: Run) -> Steps[Verdict]:
    def build(label: str, marker: dict[str, Json]) -> Request:
        long = caching.long_text(run, label)
        tool = {**lookup_tool("get_ledger", long, CITY, ["city"]), **marker}
        return run.message("Say OK.", max_tokens=32, tools=[tool])

    return (yield from caching.caches(run, "tools.cache_control", build))
