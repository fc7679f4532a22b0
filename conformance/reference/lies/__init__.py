"""The lies that the embedded endpoint can tell, one row at a time, so that every row is proven able to fail."""

from __future__ import annotations

from conformance.reference.lies import simple_fields
from conformance.reference.lies.lie import Lie

LIES: tuple[Lie, ...] = (*simple_fields.LIES,)

BY_ID = {lie.id: lie for lie in LIES}
