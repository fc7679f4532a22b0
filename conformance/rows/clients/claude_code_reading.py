"""What Claude Code makes of a stream: whether it finishes its turn on it.

It reads more leniently than the grammar is: what it needs is a message that begins, blocks that are opened, filled with
what they are for, and closed, and calls whose input is JSON. What stands here was seen on the real client
(`python -m tests.clients.claude_code`, whose outcomes are kept beside that script).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.protocol.exchange import one_line
from conformance.protocol.sse import Frame, decode

Block = dict[str, Any]
Data = dict[str, Any]

JOINED = "$joined"
"""Where the pieces of a call's input are kept until they are read."""

CALLS = ("tool_use", "server_tool_use")
OF_A_CALL = ("type", "id", "name", "input")
"""What the client keeps of a call; of other blocks it keeps every key."""

BEGUN_EMPTY: dict[str, tuple[str, ...]] = {"text": ("text",), "thinking": ("thinking", "signature")}
FILLS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "text_delta": (("text",), "text", "text"),
    "thinking_delta": (("thinking",), "thinking", "thinking"),
    "signature_delta": (("thinking",), "signature", "signature"),
    "input_json_delta": (CALLS, JOINED, "partial_json"),
}
"""Which blocks take which deltas, what they fill, and with what."""


class End(StrEnum):
    """How a turn ends: on the stream, on the same request asked again without a stream, or not."""

    FINISHED = "finished"
    ASKED_AGAIN = "asked again"
    FAILED = "failed"


class _StumbledError(Exception):
    """Says what the client stumbles over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a stream comes to: how the turn ends, why where it does not end on the stream, and the blocks that the
    client keeps, and sends back with its next turn."""

    end: End
    why: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(slots=True)
class _State:
    begun: bool = False
    ended: bool = False
    blocks: dict[str, Block] = field(default_factory=dict)
    given: list[Block] = field(default_factory=list)


def turn_on(body: bytes) -> Turn:
    """How Claude Code ends its turn on this stream.

    what comes                                              the turn
    a block, closed, and nothing to stumble over            finished
    nothing, or no message_start, or a stumble before the   asked again without a stream
      first block is closed
    a stream that ends in the middle of its first block     asked again without a stream
    a stumble after a block is closed                       failed
    an end that is said while the only block is still open  failed
    no block at all, or no words, though the message ends   failed
    a call whose input is no JSON object                    failed
    an error event                                          failed
    """
    state = _State()
    try:
        for frame in decode(body):
            _step(state, frame)
    except _FailedError as error:
        return Turn(end=End.FAILED, why=str(error))
    except _StumbledError as error:
        return Turn(end=End.FAILED if state.given else End.ASKED_AGAIN, why=str(error))
    if state.given:
        return _finished(state)
    if not state.begun:
        return Turn(end=End.ASKED_AGAIN, why="it holds no message")
    if not state.ended:
        return Turn(end=End.ASKED_AGAIN, why="it ends inside its first block")
    return Turn(end=End.FAILED, why="its block is never closed" if state.blocks else "it holds no block")


class _FailedError(_StumbledError):
    """Says what ends the turn, whatever came before."""


def _finished(state: _State) -> Turn:
    blocks = []
    for block in state.given:
        kept = {key: value for key, value in block.items() if JOINED not in block or key in OF_A_CALL}
        if JOINED in block:
            read = _read_input(block[JOINED])
            if read is None:
                why = one_line(f"the input of a call is no JSON object: {block[JOINED]}")
                return Turn(end=End.FAILED, why=why)
            kept["input"] = read
        blocks.append(kept)
    if not any(block.get("type") != "text" or block.get("text") for block in blocks):
        return Turn(end=End.FAILED, why="it holds no words")
    return Turn(end=End.FINISHED, blocks=tuple(blocks))


def _read_input(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _step(state: _State, frame: Frame) -> None:
    data = _data_of(frame)
    kind = data.get("type")
    if kind == "error":
        raise _FailedError(f"frame {frame.number}: an error event")
    if kind == "message_start":
        if not isinstance(data.get("message"), dict):
            raise _StumbledError(f"frame {frame.number}: message_start without a message")
        state.begun = True
    elif kind in ("message_delta", "message_stop"):
        state.ended = True
    elif kind == "content_block_start":
        _open(state, frame, data)
    elif kind == "content_block_delta":
        _fill(state, frame, data)
    elif kind == "content_block_stop":
        _close(state, frame, data)


def _data_of(frame: Frame) -> Data:
    """The data of a frame; nothing where the client reads none."""
    if not frame.complete or frame.event in (None, "ping") or frame.data is None:
        return {}
    try:
        data = json.loads(frame.data)
    except ValueError:
        raise _StumbledError(f"frame {frame.number}: its data is not JSON") from None
    return data if isinstance(data, dict) else {}


def _open(state: _State, frame: Frame, data: Data) -> None:
    block = data.get("content_block")
    if not state.begun or not isinstance(block, dict):
        raise _StumbledError(f"frame {frame.number}: a block without a message, or none")
    kind = block.get("type")
    # What a block brings at its start is set aside: the deltas make it.
    begins = {JOINED: ""} if kind in CALLS else dict.fromkeys(BEGUN_EMPTY.get(str(kind), ()), "")
    state.blocks[str(data.get("index"))] = {**block, **begins}


def _fill(state: _State, frame: Frame, data: Data) -> None:
    block, delta = state.blocks.get(str(data.get("index"))), data.get("delta")
    if block is None:
        raise _StumbledError(f"frame {frame.number}: a delta of a block that was never opened")
    if not isinstance(delta, dict):
        raise _StumbledError(f"frame {frame.number}: a delta that is no object")
    kind = str(delta.get("type"))
    if kind not in FILLS:
        return
    takes, key, source = FILLS[kind]
    if block.get("type") not in takes:
        raise _StumbledError(f"frame {frame.number}: {kind} in a block of type {block.get('type')}")
    piece = delta.get(source)
    said = piece if isinstance(piece, str) else f"[{type(piece).__name__}]"
    block[key] = said if kind == "signature_delta" else block[key] + said


def _close(state: _State, frame: Frame, data: Data) -> None:
    block = state.blocks.get(str(data.get("index")))
    if block is None:
        raise _StumbledError(f"frame {frame.number}: the end of a block that was never opened")
    if not any(block is each for each in state.given):
        state.given.append(block)
