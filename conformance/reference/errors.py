"""The refusals of the endpoint: status, error type and message (Messages API, "Errors")."""

from __future__ import annotations

import secrets
from typing import Any

TYPE_OF_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class ApiError(Exception):
    """A refusal that reaches the client as the official error envelope."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> ApiError:
    """A 400 `invalid_request_error`."""
    return ApiError(400, message)


def new_request_id() -> str:
    """A fresh value for the `request-id` header and the envelope's `request_id`."""
    return f"req_{secrets.token_hex(12)}"


def envelope(status: int, message: str, request_id: str) -> dict[str, Any]:
    """The body of every error answer."""
    return {
        "type": "error",
        "error": {"type": TYPE_OF_STATUS.get(status, "api_error"), "message": message},
        "request_id": request_id,
    }
