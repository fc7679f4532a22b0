"""What a row's verdict rests on, strongest first."""

from __future__ import annotations

from enum import StrEnum


class EvidenceKind(StrEnum):
    """By what an effect is known to be the row's own doing."""

    REPORTED = "reported"
    """A field of the answer that only the request can have caused."""
    USAGE = "usage"
    """Counts of usage that move with the request."""
    FAILURE_INJECTED = "failure_injected"
    """Something that must fail once it is used, and is named where it fails."""
    NONCE = "nonce"
    """A code that can only be known by reading what is asked about."""
    CONTRAST = "contrast"
    """Answers of several tries that differ with the field, and with nothing else."""
    REFUSAL = "refusal"
    """A request that must be refused, and how."""
    VALIDATION = "validation"
    """A good value that is accepted and a bad one that is refused: nothing else can be seen from outside."""
    RULE = "rule"
    """A rule of the wire that holds wherever it was exercised."""
    CLIENT = "client"
    """A real client, or its very request, that gets through."""
