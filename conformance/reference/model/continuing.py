"""Continues an assistant turn that the request has begun (Messages API, "Prefill")."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.model.recall import Find

OPENERS = "([{<\"'“`-/=#@_"


def continued(prefill: str, answer: str, finds: Sequence[Find]) -> str:
    """What is left to say after `prefill`, which is not repeated."""
    begun = prefill.rstrip()
    if answer.startswith(begun):
        return answer[len(begun) :]
    if answer.lower().startswith(begun.lower()):
        return answer[len(begun) :]
    if finds:
        answer = ", ".join(find.value for find in finds)
    for size in range(min(len(begun), len(answer)), 2, -1):
        if begun.endswith(answer[:size]) and (
            size == len(answer) or not answer[size].isalnum() or not answer[size - 1].isalnum()
        ):
            return answer[size:]
    glued = begun[-1:] in OPENERS or not answer[:1].isalnum()
    return answer if glued else f" {answer}"
