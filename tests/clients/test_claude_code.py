"""What the rows and the profile of Claude Code say of an endpoint is what the real client does on it."""

from __future__ import annotations

import pytest

from conformance.expect.profile import Readiness, RowResult, load_profile
from conformance.protocol.status import Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID
from tests.clients.cases import CLAUDE_CODE, FAILS, HONEST, WORKS, cases, ended, kept
from tests.in_process import KEY, verdicts
from tests.nightly import share

FIRST, SECOND = "clients.claude_code.first_request", "clients.claude_code.tool_turn"
LINES = {line["lie"]: line for line in kept("claude_code")}


def test_every_case_is_kept() -> None:
    assert list(LINES) == [HONEST, *(form.id for form in cases(CLAUDE_CODE))]
    assert (LINES[HONEST]["words"], LINES[HONEST]["tool call"]) == (WORKS, WORKS)


FORMS = {form.id: form for form in cases(CLAUDE_CODE)}


@pytest.mark.parametrize("name", share(FORMS, 8))
def test_a_row_breaks_where_the_real_client_fails_and_nowhere_else(name: str) -> None:
    form = FORMS[name]
    app = create_app(api_key=KEY, acts=[form.act])
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[FIRST], BY_ID[SECOND]])
    line = LINES[form.id]
    failing = (Status.BROKEN, Status.REJECTED, Status.UNTESTED)
    said = {row: f"{verdict.status}: {verdict.note}" for row, verdict in found.items()}
    assert (found[FIRST].status in failing) == (line["words"] == FAILS), said[FIRST]
    assert (found[SECOND].status in failing) == (line["tool call"] == FAILS), said[SECOND]
    profile = load_profile("claude-code", BY_ID)
    means = {profile.readiness_of(row, RowResult(each.status, each.deviation)) for row, each in found.items()}
    works = means <= {Readiness.READY, Readiness.DEGRADED}
    assert works == (FAILS not in ended(line)), (means, said)
