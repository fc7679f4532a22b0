"""The lies that the embedded endpoint can tell, one row at a time, so that every row is proven able to fail."""

from __future__ import annotations

from conformance.lies import (
    clients,
    content,
    endpoints,
    errors,
    headers,
    messages,
    replay,
    response,
    simple_fields,
    stream,
    tool_choice,
    tools,
)
from conformance.lies.lie import Lie

__all__ = ["BY_ID", "LIES", "Lie"]

LIES: tuple[Lie, ...] = (
    *headers.LIES,
    *simple_fields.LIES,
    *tools.LIES,
    *tool_choice.LIES,
    *messages.LIES,
    *content.LIES,
    *response.LIES,
    *stream.LIES,
    *errors.LIES,
    *replay.LIES,
    *endpoints.LIES,
    *clients.LIES,
)

BY_ID = {lie.id: lie for lie in LIES}
