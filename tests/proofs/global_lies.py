"""Judges all rows on an endpoint that goes wrong everywhere, or in two ways at once, and says which verdicts are
wrong."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from conformance.expect.profile import RowResult, all_profiles, assess
from conformance.lies import LIES, Lie
from conformance.lies.globally import EVERYWHERE, GlobalLie, global_forms, mode_of, scoped
from conformance.probing.contradictions import contradictions, words_of
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID, ROWS
from tests.clients.cases import FAILS, ended, kept
from tests.in_process import KEY, verdicts
from tests.proofs.reach import acts_on, asked_by_honest

SEED = 7
PAIRS = Path(__file__).with_name("pairs.tsv")
"""Drawn once by chance, among the lies that are told of everything and leave a bare message answered: they stay the
same whatever lies are added."""

WELL = (Status.SUPPORTED, Status.ACCEPTED)

Found = Mapping[str, Verdict]

NOTHING_ANSWERED = ("no form of a bare message is answered", "a bare message is not answered")
"""How every row's note begins where the preflight ends the run."""

IN_SCOPE = {
    "with_tools": ("tools.*", "tool_choice.*", "clients.sdk.tool_loop", "replay.tool_use"),
    "streams": ("fields.stream", "stream.*", "clients.sdk.stream", "clients.claude_code.*"),
}
"""The rows that are about what a failure is told of: none of them may be found well."""

ON_THE_WAY_IN = ("untested", "ignored", "partial", "accepted", "rejected", "broken")
ON_THE_WAY_OUT = ("untested", "ignored", "partial", "accepted", "broken")
MAY_MOVE: Mapping[str, tuple[str, ...]] = {
    # What is changed on the way in is missing, or is something else, for the row that looks for it.
    "request": ON_THE_WAY_IN,
    "headers": ON_THE_WAY_IN,
    "model": ON_THE_WAY_IN,
    # What is not answered shows nothing of what it holds.
    "refuse": ("untested", "rejected", "partial", "broken"),
    "fault": ("untested", "rejected", "partial", "broken"),
    # What is changed on the way out was taken.
    "answer": ON_THE_WAY_OUT,
    "events": ON_THE_WAY_OUT,
    "frames": ("untested", "partial", "broken"),
    "stamp": ON_THE_WAY_OUT,
    "other": ON_THE_WAY_OUT,
    "error": ON_THE_WAY_OUT,
}
"""What the other rows may come to, by where a lie changes something."""

SENT_BACK = ("replay.*", "clients.*", "content.thinking", "content.tool_reference")
"""The rows that send back what was answered: what was changed on the way out may be refused when it comes back."""

TOLD_ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "endpoints.count_tokens/tools_refused": ("endpoints.count_tokens", "tools.name"),
    "endpoints.count_tokens/system_refused": ("endpoints.count_tokens", "fields.system"),
    "endpoints.count_tokens/tools_not_counted": ("endpoints.count_tokens", "tools.name"),
    "endpoints.count_tokens/system_not_counted": ("endpoints.count_tokens", "fields.system"),
    "endpoints.count_tokens/neither_system_nor_tools_counted": ("endpoints.count_tokens", "fields.system"),
    "endpoints.beta_query/to_another_model": ("endpoints.beta_query", "fields.model"),
    "endpoints.beta_query/to_another_model_in_a_stream": ("endpoints.beta_query", "stream.equals_message"),
    "fields.temperature.with_top_p/top_p_dropped_beside_temperature": ("fields.temperature.with_top_p", "fields.top_p"),
    "fields.thinking.display/omitted_unsigned": ("fields.thinking.display", "fields.thinking"),
    "response.usage.cache/read_unbounded": ("response.usage.cache", "response.usage"),
    "stream.equals_message/larger_prompt_unstreamed": ("stream.equals_message", "response.usage"),
    "tools.eager_input_streaming/unstreamed": ("tools.eager_input_streaming", "fields.stream"),
    **{
        f"{row}/{name}": (row, "fields.stream")
        for row, name in (
            ("headers.anthropic_version.2026_10_21", "stream_is_one_body"),
            ("headers.sdk_set", "stream_is_one_body"),
            ("endpoints.beta_query", "never_streams"),
        )
    },
}
"""Lies whose own row can no longer know, for the global form takes away what it compares with, and the row that tells
it instead."""

HARMLESS_IN_ITS_PLACE = (
    "stream.input_json/no_delta_without_arguments",
    "response.text_clean/mathematics",
    "fields.thinking.display/omitted_by_default",
    "stream.equals_message/two_texts_for_one_in_streams",
    "stream.equals_message/another_reason_now_and_then",
    "fields.mcp_servers/dropped_without_toolset",
    "fields.unknown/refused_in_another_envelope",
    "stream.input_json/empty_object_without_arguments",
    "stream.input_json/with_empty_pieces",
    "stream.incremental/in_a_few_large_deltas",
    "stream.skeletons/another_key",
)
"""Lies that break no rule where they are told, and do everywhere."""


LIKE_A_FAST_MODEL = (
    "stream.incremental/a_ping_and_then_all",
    "stream.incremental/made_first_and_sliced",
    "stream.incremental/made_first_and_sliced_slowly",
)
"""Streams that are held back for a fixed time, short answers as long as long ones: a fast model's look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalProof:
    """What is wrong with what is told of such an endpoint: of the rows whose lies it tells, of the others, of two rows
    at once, and in what profiles come to. `shut` where not even a bare message is answered."""

    name: str
    missed: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    shut: bool = False

    @property
    def told(self) -> bool:
        return not (self.missed or self.false)

    @property
    def complaints(self) -> list[str]:
        """One line for everything that is wrong."""
        wrong = (*self.missed, *self.false, *self.contradictions, *self.profiles)
        return [f"{self.name}: {each}" for each in wrong]


@cache
def honest_verdicts() -> Found:
    """What every row says where nobody lies."""
    return verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0], seed=SEED, everywhere=True)


@cache
def forms() -> tuple[GlobalLie, ...]:
    return global_forms(LIES)


def judged(lies: Sequence[GlobalLie]) -> Found:
    """What all rows say of an endpoint that tells these lies, each held to what came back to the others as well; a row
    that none of them reaches, and that has no rule for the others, says what it says where nobody lies."""
    steps = [step for lie in lies for step in lie.transforms]
    asked = asked_by_honest(SEED, "x-api-key")
    rows = [
        row for row in ROWS if row.everywhere or any(acts_on(step, each) for each in asked[row.id] for step in steps)
    ]
    app = create_app(api_key=KEY, acts=[lie.act for lie in lies])
    return {**honest_verdicts(), **verdicts(app, model=DEFAULT_MODELS[0], rows=rows, seed=SEED, everywhere=True)}


def shuts(lie: GlobalLie) -> bool:
    """Whether not even a bare message is answered: then the preflight ends the run, and says so."""
    app = create_app(api_key=KEY, acts=[lie.act])
    (verdict,) = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID["fields.top_k"]], seed=SEED).values()
    return verdict.note.startswith(NOTHING_ANSWERED)


def prove_globally(lie: GlobalLie) -> list[GlobalProof]:
    """Tells the lie of everything and judges all rows."""
    shut = shuts(lie)
    told = [each for each in scoped(lie) if not shuts(each)] if shut else [lie]
    proofs = [proof_of([each], judged([each])) for each in told]
    return [GlobalProof(name=lie.id, shut=True), *proofs] if shut else proofs


def prove_pair(pair: tuple[GlobalLie, GlobalLie]) -> GlobalProof:
    """Tells two lies at once and judges all rows."""
    return proof_of(pair, judged(pair))


def pairs() -> list[tuple[GlobalLie, GlobalLie]]:
    """The pairs of lies that are told at once. Raises KeyError for a lie that has no such form any more."""
    by_id = {lie.id: lie for lie in forms()}
    with PAIRS.open(encoding="utf-8", newline="") as table:
        return [(by_id[line["one"]], by_id[line["other"]]) for line in csv.DictReader(table, delimiter="\t")]


def proof_of(lies: Sequence[GlobalLie], found: Found) -> GlobalProof:
    """Holds what was said to what is due."""
    return GlobalProof(
        name=" and ".join(lie.id for lie in lies),
        missed=tuple(each for lie in lies for each in untold(lie, found, alone=len(lies) == 1)),
        false=tuple(said_falsely(lies, found)),
        contradictions=tuple(
            f"contradiction: {each}"
            for each in contradictions(found)
            # What a model that always says the same, or is always asked the same, never shows it may yet be forced to.
            if not (any(map(speaks_for_the_model, lies)) and each.said.startswith("untested"))
        ),
        profiles=tuple(wrong_outcomes(lies, found)),
    )


def harmless(lie: GlobalLie) -> bool:
    """Whether it breaks no rule: then nothing may move but what the narrow lie takes along."""
    elsewhere = "fault" in lie.stages or any(each.id in HARMLESS_IN_ITS_PLACE for each in lie.of)
    return not elsewhere and all(
        each.status in WELL and each.status == honest_verdicts()[each.row].status for each in lie.of
    )


def owned(lie: GlobalLie) -> list[Lie]:
    """The lies whose rows must tell it. A failure with all tools, or in all streams, has no other rows than those that
    are about these."""
    if lie.scope == EVERYWHERE:
        return list(lie.of)
    return [each for each in lie.of if any(fnmatchcase(each.row, pattern) for pattern in IN_SCOPE[lie.scope])]


def steady(lie: Lie) -> bool:
    """Whether it is told every time: what comes now and then may not come where a row looks."""
    return all(step.every == 1 for step in lie.transforms)


def untold(lie: GlobalLie, found: Found, *, alone: bool) -> list[str]:
    """The rows that do not say what is due: what the narrow lie makes of them, or worse for the same cause. Where a row
    can no longer know, another one must have told it."""
    wrong = []
    for each in owned(lie):
        verdict, due = found[each.row], Status(each.status)
        if due in WELL or not steady(each) or _moved_on(each, found) or each.id in LIKE_A_FAST_MODEL:
            continue
        if not alone and due is Status.UNTESTED:
            continue  # what one lie hides the other may show
        if speaks_for_the_model(lie) and verdict.status is Status.UNTESTED:
            continue
        if verdict.status in WELL:
            wrong.append(f"{each.row} is {words_of(verdict)}, due {due} ({each.name})")
        elif alone and verdict.status is Status.UNTESTED is not due and not told_by_another(each, found):
            wrong.append(f"{each.row} is {words_of(verdict)}, and no other row tells {each.name}: {each.note}")
    return wrong


def _moved_on(lie: Lie, found: Found) -> bool:
    row, teller = TOLD_ELSEWHERE.get(lie.id, ("", ""))
    return bool(teller) and row == lie.row and found[teller].status not in WELL


def told_by_another(lie: Lie, found: Found) -> bool:
    """Whether a row that is judged now says what it does not say of an honest endpoint."""
    return any(
        verdict.status not in (*WELL, Status.UNTESTED, honest_verdicts()[row].status)
        for row, verdict in found.items()
        if row != lie.row
    )


FIXED = ("content", "content[*]", "content[type=text].text", "content[type=tool_use]", "content[type=tool_use].input")
REPLACES = ("put", "word", "copy")
"""What an answer says, and how it is made to say something else."""


def speaks_for_the_model(lie: GlobalLie) -> bool:
    """Whether all that is asked in a scope is answered in the same words, or asked in the same: from outside that is a
    model that knows no other, and may be told as one."""
    return any(each.id in CANNED_IN_ONE_MODE for each in lie.of) or any(
        (step.stage == "fault" and step.name == "say")
        or (step.stage == "answer" and step.name in REPLACES and says_it_all(step.path) and not mode_of(step))
        or (step.stage == "request" and step.name == "put" and step.path.startswith("messages"))
        for step in lie.transforms
    )


CANNED_IN_ONE_MODE = ("tools.code_execution/only_streamed",)
"""Lies that leave nothing of an unstreamed answer but the same few words: what is asked unstreamed alone shows a model
that knows no others."""


def says_it_all(path: str) -> bool:
    """Is what an answer says at this path all that it says, or an argument of its calls?"""
    return path in FIXED or path.startswith("content[type=tool_use].input.")


def said_falsely(lies: Sequence[GlobalLie], found: Found) -> list[str]:
    """What is said of a row that is not so."""
    stages = {stage for lie in lies for stage in lie.stages}
    own = {each.row for lie in lies for each in owned(lie)}
    along = {row for lie in lies for each in lie.of for row in each.moves}
    may = {status for stage in stages for status in MAY_MOVE[stage]}
    if any(step.stage == "fault" and step.name == "say" for lie in lies for step in lie.transforms):
        may |= {*ON_THE_WAY_IN}  # an answer of fixed bytes heeds nothing of what was asked
    unsure = {each.row for lie in lies for each in lie.of if each.code == Reason.MODEL_TOO_WEAK or not steady(each)}
    wrong = []
    for row, verdict in found.items():
        before = honest_verdicts()[row]
        if verdict.status == before.status:
            continue
        if verdict.reason is Reason.MODEL_TOO_WEAK:
            if row in unsure or any(speaks_for_the_model(lie) for lie in lies):
                continue
            wrong.append(f"{row} blames the model: {verdict.note}")
        elif row in along:
            continue
        elif all(harmless(lie) for lie in lies):
            wrong.append(f"{row} is {words_of(verdict)}, though no rule is broken")
        elif verdict.status is Status.REJECTED and any(fnmatchcase(row, pattern) for pattern in SENT_BACK):
            continue
        elif row not in own and verdict.status.value not in may:
            wrong.append(f"{row} is {words_of(verdict)}, of which nothing is shown")
    return wrong


CLIENTS = {"claude-code": "claude_code", "sdk-basics": "python_sdk"}
"""The profiles whose real client was set before some of these lies, and where what came of it is kept."""


@cache
def outcomes_of(client: str) -> Mapping[str, bool]:
    """Whether the client does all of its work, by the lie."""
    return {line["lie"]: FAILS not in ended(line) for line in kept(client)}


def readiness(found: Found) -> dict[str, str]:
    """What each profile comes to."""
    findings = {row: RowResult(each.status, each.deviation, each.reason) for row, each in found.items()}
    return {profile.name: assess(profile, findings).readiness for profile in all_profiles(BY_ID)}


def wrong_outcomes(lies: Sequence[GlobalLie], found: Found) -> list[str]:
    """The profiles that say another thing than the real client does: blocked by what it survives, or ready or degraded
    where it fails. Of two lies at once it fails where it fails of one; what it does of both where it survives each is
    not known."""
    wrong = []
    for profile, outcome in readiness(found).items():
        known = outcomes_of(CLIENTS[profile]) if profile in CLIENTS else {}
        works = [known[lie.id] for lie in lies if lie.id in known]
        if False in works and outcome in ("ready", "degraded"):
            wrong.append(f"{profile} is {outcome}, but the real client fails")
        elif works and all(works) and len(lies) == 1 and outcome == "blocked":
            wrong.append(f"{profile} is blocked, but the real client works")
    return wrong
