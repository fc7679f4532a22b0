"""What one run asks with: its seed and nonces, its model, and the dialect that gets an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from conformance.protocol.exchange import KEY, Exchange, Json, Request, write_json

T = TypeVar("T")

Asked = Mapping[str, Request]
Answered = Mapping[str, Exchange]
Conversation = Generator[Asked, Answered, T]
"""How a row asks: it yields requests by role, is sent the exchanges by the same roles, and returns T.
It does no input or output of its own, so that measuring and replaying run the very same code."""


def intercept(steps: Conversation[T], pass_on: Callable[[Asked], Conversation[Answered]]) -> Conversation[T]:
    """The same steps, each round asked by `pass_on`, which may change what is asked and look at what comes back."""
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send((yield from pass_on(wanted)))
    except StopIteration as end:
        result: T = end.value
        return result


def auth_headers(auth: str, key: str = KEY) -> dict[str, str]:
    """The header that carries a key: `x-api-key`, or `authorization` for bearer."""
    return {"x-api-key": key} if auth == "x-api-key" else {"authorization": f"Bearer {key}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a bare message needs so that this model answers: headroom added to every limit (hidden reasoning
    spends it), fields such as thinking, or streaming. `note` says so on every page; empty for the bare form."""

    headroom: int = 0
    fields: Mapping[str, Json] = field(default_factory=dict)
    streamed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything a request is built from. The same run builds the same bytes: replay depends on it. `long_prompt`
    lets a row ask what costs a whole context."""

    seed: int
    model: str
    auth: str = "x-api-key"
    anthropic_version: str = "2023-06-01"
    long_prompt: bool = False
    dialect: Dialect = field(default_factory=Dialect)

    def draw(self, label: str, below: int) -> int:
        """A number in 0..below-1 that the seed and the label fix."""
        digest = hashlib.sha256(f"{self.seed}:{label}".encode()).digest()
        return int.from_bytes(digest[:8]) % below

    def nonce(self, label: str) -> str:
        """A code such as `QX-7731` that no model can know: one of 4 million."""
        letters = "BCDFGHJKLMNPQRSTVWXZ"
        pair = "".join(letters[self.draw(f"{label}/{i}", len(letters))] for i in range(2))
        return f"{pair}-{self.draw(label, 9000) + 1000}"

    def name(self, label: str, stem: str) -> str:
        """An identifier such as `lookup_k7q2` that no model can know."""
        letters = "bcdfghjkmnpqrtvwxz"
        tail = "".join(
            f"{letters[self.draw(f'{label}/{i}', len(letters))]}{self.draw(f'{label}/{i}/n', 8) + 2}" for i in range(2)
        )
        return f"{stem}_{tail}"

    def pick(self, label: str, options: Sequence[T], count: int) -> list[T]:
        """`count` different options in an order that the seed and the label fix."""
        rest = list(options)
        return [rest.pop(self.draw(f"{label}/{i}", len(rest))) for i in range(count)]

    def wording(self, label: str, *wordings: str) -> str:
        """One of several wordings of the same question, so that no endpoint is judged by one phrase."""
        return wordings[self.draw(f"wording/{label}", len(wordings))]

    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {
            **auth_headers(self.auth),
            "anthropic-version": self.anthropic_version,
            "content-type": "application/json",
        }

    def message(
        self,
        content: str | list[dict[str, Any]],
        *,
        max_tokens: int = 64,
        exact: bool = False,
        **fields: Json,
    ) -> Request:
        """One user message. `exact` keeps max_tokens as it is, without the dialect's headroom and without room."""
        return self.conversation([{"role": "user", "content": content}], max_tokens=max_tokens, exact=exact, **fields)

    def conversation(
        self, messages: list[dict[str, Any]], *, max_tokens: int = 64, exact: bool = False, **fields: Json
    ) -> Request:
        """Several turns, in the dialect of this run."""
        limit = max_tokens if exact else max_tokens + self.dialect.headroom
        body: dict[str, Json] = {"model": self.model, "max_tokens": limit, **self.dialect.fields}
        if self.dialect.streamed:
            body["stream"] = True
        body.update(fields)
        body["messages"] = messages
        return Request(headers=self.headers(), body=write_json(body), room=not exact)
