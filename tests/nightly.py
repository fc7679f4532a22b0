"""What the tests of each commit leave to the night: `CONFORMANCE_PROOFS=nightly` runs all of it.

Every share is drawn from the names of the cases, so that it is the same in every run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

NIGHTLY = os.environ.get("CONFORMANCE_PROOFS") == "nightly"


def share(cases: Iterable[T], one_in: int, name: Callable[[T], str] = str) -> list[T]:
    """One in so many of the cases, or all at night."""
    held = list(cases)
    return held if NIGHTLY else [each for each in held if random.Random(name(each)).randrange(one_in) == 0]
