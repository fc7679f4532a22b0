"""What the parts of a cassette must be: one from a stranger is data, and each number of it is used."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field


class _Status(BaseModel):
    code: Annotated[int, Field(ge=100, le=999)] | None


class _Body(BaseModel):
    """`zlib` is a body that was too long to be read by eye."""

    string: bytes | str | None = None
    zlib: bytes | None = None


Seconds = Annotated[float, Field(ge=0, le=10**9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class CassetteAnswer(BaseModel):
    """What an answer must be: a cassette from a stranger is data, and each number of it is used."""

    status: _Status
    headers: dict[str, Annotated[list[str], Field(min_length=1)]]
    body: _Body
    chunks: list[tuple[Seconds, Count]]
    seconds: Seconds
    sent_at: Annotated[str, AfterValidator(lambda text: datetime.fromisoformat(text) and text)]
    attempt: Count
    beside: str = ""
    failure: str | None = None
    waits: Count = 0
