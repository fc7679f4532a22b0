"""Conversations of several turns."""

from __future__ import annotations

from conformance.row import Table
from conformance.rows import sources
from conformance.rows.reading import contains, reads
from conformance.run import Run, Steps
from conformance.verdict import Verdict
from conformance.witness import Witness

TABLE = Table("messages")


@TABLE.row("messages.multi_turn", "MUST remember earlier turns", witness=Witness.NONCE, source=sources.MESSAGES)
def multi_turn(run: Run) -> Steps[Verdict]:
    # Two codes are told and one is asked for: an endpoint that sends the first turn alone may have both repeated.
    code, other = run.nonce("multi_turn"), run.nonce("multi_turn/other")
    told = run.wording(
        "multi_turn/told",
        f"My locker code is {code}. My garage code is {other}. Please remember them.",
        f"Remember: my garage code is {other}. My locker code is {code}.",
    )
    asked = run.wording(
        "multi_turn/asked",
        "What is my locker code? Reply with the code only.",
        "Which locker code did I give you? Answer with nothing but the code.",
    )
    earlier = [{"role": "user", "content": told}, {"role": "assistant", "content": "I will remember them."}]
    question = {"role": "user", "content": asked}
    return (
        yield from reads(
            run,
            control=run.conversation([question], max_tokens=40),
            treated=run.conversation([*earlier, question], max_tokens=40),
            look=contains(code, but_not=other),
            grows=20,
        )
    )
