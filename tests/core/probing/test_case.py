"""A row as data: what its record says is asked, in this order, and no more than the verdict takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.probing import row as row_module
from conformance.probing.case import Case, case, with_its_blocks_alone
from conformance.probing.detection import Detection
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import REGISTERED, Row
from conformance.probing.run import Run
from conformance.probing.scene import Scene, contains
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from tests.core.made_up import COPYING, RUN, ask_capability, copied, drive, exchange, message, refusal

CODE = "QX-1111"
CONTROL, TREATMENT = RUN.message("What is the code?"), RUN.message(f"The code is {CODE}. What is the code?")
SCENE = Scene(role="many codes", request=RUN.message("many codes"))
READ, UNREAD = exchange(message(f"It is {CODE}.")), exchange(message("I do not know."))
Reply = Callable[[str, Request], Exchange]


def asked(given: Case, **answers: Exchange) -> tuple[Verdict, list[str]]:
    """The verdict and the roles; by role with `_` for blanks, other questions of the model are answered well."""

    def reply(role: str, _: Request) -> Exchange:
        return answers.get(role.replace(" ", "_")) or copied(role, 8) or UNREAD

    return drive(given.ask(RUN), reply)


def read(**further: object) -> Case:
    return Case(control=CONTROL, treatment=TREATMENT, detect=contains(CODE), **further)  # type: ignore[arg-type]


def test_a_code_that_comes_back_from_the_scene_needs_no_request_of_the_row() -> None:
    verdict, roles = asked(read(scene=SCENE), many_codes=READ)
    assert verdict == Verdict(status=Status.SUPPORTED)
    assert roles == [SCENE.role, COPYING[0]]


@pytest.mark.parametrize("scene", [UNREAD, refusal()], ids=["another answer", "a refusal"])
def test_where_the_scene_does_not_show_it_the_row_is_asked_alone(scene: Exchange) -> None:
    verdict, roles = asked(read(scene=SCENE), many_codes=scene, with_the_field=READ)
    assert verdict == Verdict(status=Status.SUPPORTED)
    assert roles == [SCENE.role, "with the field", COPYING[0]]


def test_a_row_that_is_asked_alone_leaves_the_scene_out() -> None:
    steps = read(scene=SCENE).ask_alone(RUN)
    verdict, roles = drive(steps, lambda role, _: copied(role, 8) or READ)
    assert (verdict.status, roles) == (Status.SUPPORTED, ["with the field", COPYING[0]])


def test_the_treatment_comes_before_the_control_and_a_clean_showing_needs_none() -> None:
    assert asked(read(), with_the_field=READ)[1] == ["with the field", COPYING[0]]
    assert asked(read(grows=5))[1][:2] == ["with the field", COPYING[0]]


def test_a_flawed_showing_is_no_proof_of_the_scene() -> None:
    def detect(_: object) -> Detection:
        return Detection(seen=True, note="half", deviation=Deviation.INCOMPLETE)

    given = Case(control=CONTROL, treatment=TREATMENT, detect=detect, scene=SCENE)
    assert not given.proves(message())
    assert asked(given, many_codes=READ)[1][:2] == [SCENE.role, "with the field"]


def test_a_miss_of_a_model_that_lacks_the_capability_is_the_models() -> None:
    verdict, roles = asked(read(capability=ask_capability(0)))
    assert (verdict.reason, roles) == (Reason.MODEL_TOO_WEAK, ["with the field"])


def test_the_record_of_a_row_is_registered_and_the_function_that_gives_it_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered: dict[str, Row] = {}
    monkeypatch.setattr(row_module, "REGISTERED", registered)
    built: list[Run] = []

    @case("t.code", "MUST read a code", evidence_kind=EvidenceKind.NONCE, source="https://x.example/")
    def code(run: Run) -> Case:
        """The code of these tests."""
        built.append(run)
        return read()

    assert registered["t.code"].title == "MUST read a code"
    assert registered["t.code"].probe.__doc__ == "The code of these tests."
    assert "t.code" not in REGISTERED
    steps = registered["t.code"].probe(RUN)
    assert built == []
    assert drive(steps, lambda role, _: copied(role, 8) or READ)[0].status is Status.SUPPORTED
    assert code(RUN).treatment == TREATMENT


def test_blocks_that_the_treatment_alone_has_are_asked_on_a_plain_message() -> None:
    question, paper = {"type": "text", "text": "?"}, {"type": "document", "source": {}}
    found = with_its_blocks_alone(RUN, RUN.message([question]), RUN.message([paper, question]))
    assert found is not None
    plain, with_it = ([block["type"] for block in each.json["messages"][0]["content"]] for each in found)
    assert (plain, with_it) == (["text"], ["document", "text"])


@pytest.mark.parametrize(
    "treatment",
    [
        pytest.param(RUN.message("a string"), id="no blocks"),
        pytest.param(RUN.message([{"type": "text", "text": "?"}]), id="no further block"),
        pytest.param(RUN.message([{"type": "text", "text": "?"}, {"type": "x"}], max_tokens=9), id="another limit"),
    ],
)
def test_a_treatment_that_differs_in_anything_else_is_not(treatment: Request) -> None:
    assert with_its_blocks_alone(RUN, RUN.message([{"type": "text", "text": "?"}]), treatment) is None
