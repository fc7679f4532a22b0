"""Arguments that do not come as a tool's schema says: the schema's row tells it, and no model is blamed elsewhere."""

from __future__ import annotations

import pytest

from conformance.lies.lie import STREAMED
from conformance.protocol.status import Deviation, Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.transforms import Act, answer_put
from conformance.rows import BY_ID
from conformance.rows.shared.needs import ARGUMENTS
from tests.in_process import KEY, verdicts

OWN = "tools.input_schema"


@pytest.mark.parametrize(
    ("given", "unless", "status", "deviation"),
    [
        pytest.param({}, STREAMED, Status.PARTIAL, Deviation.ONE_MODE, id="empty unless streamed"),
        pytest.param({"arguments": "none"}, "", Status.IGNORED, None, id="under another key"),
    ],
)
def test_what_rests_on_arguments_is_untested_where_they_do_not_come(
    given: dict[str, str], unless: str, status: Status, deviation: Deviation | None
) -> None:
    lost = Act("*", "arguments", (answer_put("content[type=tool_use].input", given, unless=unless),))
    app = create_app(api_key=KEY, acts=[lost])
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[row] for row in (OWN, *ARGUMENTS)])
    assert (found[OWN].status, found[OWN].deviation) == (status, deviation), found[OWN]
    weak = {row: verdict.note for row, verdict in found.items() if verdict.reason is Reason.MODEL_TOO_WEAK}
    assert not weak
