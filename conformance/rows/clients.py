"""Real clients: what they send is accepted, and what comes back is something that they can use."""

from __future__ import annotations

from conformance.probing.row import Table
from conformance.rows import sdk_loop, sdk_rows
from conformance.rows.claude_code_turns import add_claude_code

TABLE = Table("clients")

sdk_rows.add_message(TABLE)
sdk_rows.add_stream(TABLE)
sdk_loop.add_tool_loop(TABLE)
add_claude_code(TABLE)
