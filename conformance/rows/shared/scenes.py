"""Conversations that hold the codes of many rows, each in its own place, and ask for all of them.

A code that comes back proves that its own place was read, whatever became of the others. What nearly everyone takes
stands together, what few take stands apart, so that a refusal of the one does not take the other apart.
"""

from __future__ import annotations

from typing import Any

from conformance.probing.run import Run
from conformance.probing.scene import Scene
from conformance.protocol.exchange import Request
from conformance.rows.content.server_blocks import (
    code_run,
    fetched_page,
    mcp_call,
    searched_for,
    shelf_told,
    web_fetch,
    web_search,
)
from conformance.rows.shared.betas import MCP_BETA
from conformance.rows.shared.papers import document_in_parts, found_page, pdf_document, plain_document
from conformance.rows.shared.tool_turns import (
    LOCKER_TOOL,
    Block,
    call,
    long_locker,
    long_result,
    lost_name,
    result,
    shelf_words,
    text_block,
)

ROOM = 300
"""Tokens enough for a list of all codes of one conversation."""

REMEMBERED = "I will remember them."


def every_code(run: Run, where: str = "", also: str = "") -> str:
    """The question for all codes; `where` names the places, `also` what is asked for beside them."""
    places = f", {where} included" if where else ""
    return run.wording(
        "together",
        f"List every code that stands anywhere in this conversation{places}{f', and {also}' if also else ''}. "
        "Reply with the list only.",
        f"Which codes have come up in this conversation so far, wherever they stand{places}"
        f"{f', and what are {also}' if also else ''}? Answer with all of them and nothing else.",
    )


def two_codes(run: Run) -> str:
    """A turn that tells two codes."""
    code, other = run.nonce("multi_turn"), run.nonce("multi_turn/other")
    return run.wording(
        "multi_turn/told",
        f"My locker code is {code}. My garage code is {other}. Please remember them.",
        f"Remember: my garage code is {other}. My locker code is {code}.",
    )


def green_locker(run: Run) -> str:
    code = run.nonce("content.string")
    return run.wording(
        "content.string",
        f"The code of the green locker is {code}.",
        f"I noted that the code of the green locker is {code}.",
    )


def door_codes(run: Run) -> list[str]:
    return [run.nonce("text/1"), run.nonce("text/2")]


def door_words(run: Run) -> list[str]:
    north, south = door_codes(run)
    return [f"The code of the north door is {north}.", f"The code of the south door is {south}."]


def system_codes(run: Run) -> list[str]:
    return [run.nonce("system/1"), run.nonce("system/2")]


def system_parts(run: Run) -> list[str]:
    red, blue = system_codes(run)
    return [f"The code of the red locker is {red}.", f"The code of the blue locker is {blue}."]


def many_turns(run: Run) -> Scene:
    """Several turns, in strings and in text blocks, under a system prompt in blocks."""
    north, south = door_words(run)
    turns = [
        _said("user", text_block(two_codes(run))),
        {"role": "assistant", "content": REMEMBERED},
        {"role": "user", "content": green_locker(run)},
        {"role": "assistant", "content": "Thank you, I have noted that."},
        # The question shares a block with the second code, so that an endpoint that reads one block only shows which.
        _said("user", text_block(north), text_block(f"{south} {every_code(run, 'the system prompt')}")),
    ]
    system = [text_block(part) for part in system_parts(run)]
    return Scene(role="codes in many turns", request=run.conversation(turns, max_tokens=ROOM, system=system))


def tool_turns_read(run: Run) -> Scene:
    """Two calls of tools and their results, under a system prompt in a string."""
    code = run.nonce("system")
    asked = every_code(run, "the system prompt, your calls and their results", "the names of the tools that you called")
    turns = [
        {"role": "user", "content": "Please open the lockers with your tools."},
        _said(
            "assistant",
            call("toolu_01first", long_locker(run)),
            {**call("toolu_02second", "red"), "name": lost_name(run)},
        ),
        _said(
            "user",
            result("toolu_01first", long_result(run)),
            result("toolu_02second", [text_block(each) for each in shelf_words(run)]),
            text_block(asked),
        ),
    ]
    system = f"You help in a harbour. The locker code is {code}. It may be told to everyone."
    request = run.conversation(turns, max_tokens=ROOM, system=system, tools=[LOCKER_TOOL])
    return Scene(role="codes in calls and results", request=request)


def papers_read(run: Run) -> Scene:
    """A document of each kind and a search result."""
    asked = every_code(run, "its documents and its search result")
    held = [plain_document(run), pdf_document(run), document_in_parts(run), found_page(run)]
    return Scene(role="codes in documents", request=run.message([*held, text_block(asked)], max_tokens=ROOM))


def server_turns(run: Run) -> Scene:
    """What three server tools left in the history."""
    held = [
        *web_search(searched_for(run), "max_uses_exceeded"),
        *web_fetch(fetched_page(run)),
        *code_run(run.nonce("code_execution")),
    ]
    return Scene(role="codes in blocks of server tools", request=_looked_up(run, held))


def mcp_turns(run: Run) -> Scene:
    """What an MCP server left in the history."""
    request = _looked_up(run, mcp_call(run.nonce("mcp_tool_use"), shelf_told(run)))
    return Scene(role="codes in blocks of an MCP server", request=request.with_headers(anthropic_beta=MCP_BETA))


def _looked_up(run: Run, held: list[Block]) -> Request:
    asked = every_code(run, "what your tools were given and what they gave back")
    return run.conversation(
        [
            {"role": "user", "content": "Please look it up."},
            _said("assistant", *held, text_block("I looked it up.")),
            {"role": "user", "content": asked},
        ],
        max_tokens=ROOM,
    )


def _said(role: str, *blocks: Block) -> dict[str, Any]:
    return {"role": role, "content": list(blocks)}
