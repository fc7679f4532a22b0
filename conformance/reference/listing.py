"""Lists in pages: limit, after_id and before_id (Messages API, "Pagination")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.errors import invalid

Json = dict[str, Any]
MOST_A_PAGE = 1000


def page_of(items: Sequence[Json], query: Mapping[str, str]) -> Json:
    """One page of a list whose items have ids."""
    try:
        limit = int(query.get("limit", "20"))
    except ValueError:
        limit = 0
    if not 1 <= limit <= MOST_A_PAGE:
        raise invalid(f"limit: Input should be between 1 and {MOST_A_PAGE}")
    ids = [item["id"] for item in items]
    rest = list(items)
    after, before = query.get("after_id"), query.get("before_id")
    if after in ids:
        rest = rest[ids.index(after) + 1 :]
    if before in ids:
        rest = list(items[: ids.index(before)])[-limit:]
    data = rest[:limit]
    return {
        "data": data,
        "has_more": len(rest) > limit,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }
