"""Conversations of several turns."""

from __future__ import annotations

from conformance.row import Table
from conformance.rows import sources
from conformance.rows.reading import contains, reads
from conformance.run import Run, Steps
from conformance.verdict import Verdict

TABLE = Table("messages")


@TABLE.row("messages.multi_turn", "MUST remember earlier turns", source=sources.MESSAGES)
def multi_turn(run: Run) -> Steps[Verdict]:
    code = run.nonce("multi_turn")
    told = run.wording(
        "multi_turn/told",
        f"My locker code is {code}. Please remember it.",
        f"Remember: my locker code is {code}.",
    )
    asked = run.wording(
        "multi_turn/asked",
        "What is my locker code? Reply with the code only.",
        "Which locker code did I give you? Answer with nothing but the code.",
    )
    earlier = [{"role": "user", "content": told}, {"role": "assistant", "content": "I will remember it."}]
    question = {"role": "user", "content": asked}
    return (
        yield from reads(
            run,
            control=run.conversation([question], max_tokens=40),
            treated=run.conversation([*earlier, question], max_tokens=40),
            look=contains(code),
            grows=14,
        )
    )
