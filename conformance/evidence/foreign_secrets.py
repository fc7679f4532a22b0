"""Keys and account ids that are not the run's own, told by their shape alone.

An endpoint may answer with what belongs to its owner: the key it uses upstream, the account that is over its limit. The
shapes are narrow, because an answer is evidence: a code, a signature or a picture that were taken for a key would be
lost. What the suite itself sent is no stranger's secret and stays (a wrong key that an error repeats).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

STRANGERS_KEY = b"<a key>"
STRANGERS_ID = b"<an account>"

_WORD = rb"A-Za-z0-9_-"
_START, _END = rb"(?<![A-Za-z0-9_+/=-])", rb"(?![A-Za-z0-9_+/=-])"


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: it is only looked for where `mark` stands. Group 1 is what is taken out."""

    mark: bytes
    pattern: re.Pattern[bytes]
    instead: bytes = STRANGERS_KEY


def _key(mark: bytes, rest: bytes) -> Shape:
    return Shape(mark, re.compile(_START + b"(" + re.escape(mark) + rest + b")" + _END))


# A letter and a digit are asked for, so that no compound of words (sk-learn-contrib-…) is taken for a key.
_MIXED = rb"(?=[%(w)s]*[0-9])(?=[%(w)s]*[A-Za-z])[%(w)s]{%(n)d,}"


def _mixed(least: int) -> bytes:
    return _MIXED % {b"w": _WORD, b"n": least}


_ID_FIELDS = rb"(?:organi[sz]ation|org|account|workspace|tenant|subscription|billing)[_-]?(?:id|uuid)"

SHAPES = (
    _key(b"sk-", _mixed(20)),
    _key(b"sk_", _mixed(20)),
    _key(b"pk-", _mixed(20)),
    _key(b"ak-", _mixed(16)),
    _key(b"xai-", rb"[A-Za-z0-9]{40,}"),
    _key(b"nvapi-", _mixed(40)),
    _key(b"gsk_", rb"[A-Za-z0-9]{40,}"),
    _key(b"hf_", rb"[A-Za-z0-9]{30,}"),
    _key(b"AIza", rb"[A-Za-z0-9_-]{35}"),
    _key(b"ya29.", rb"[A-Za-z0-9_-]{20,}"),
    _key(b"ghp_", rb"[A-Za-z0-9]{36}"),
    _key(b"github_pat_", rb"[A-Za-z0-9_]{40,}"),
    _key(b"AKIA", rb"[A-Z0-9]{16}"),
    _key(b"ASIA", rb"[A-Z0-9]{16}"),
    Shape(b"eyJ", re.compile(_START + rb"(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})" + _END)),
    Shape(
        b"earer",
        re.compile(
            rb"(?i:\bbearer)[ \t]{1,4}"
            rb"((?=[A-Za-z0-9._~+/-]*[0-9])(?=[A-Za-z0-9._~+/-]*[A-Za-z])[A-Za-z0-9._~+/-]{20,}=*)"
            rb"(?![A-Za-z0-9=])"
        ),
    ),
    Shape(
        b"PRIVATE KEY-----",
        re.compile(
            rb"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----([A-Za-z0-9+/=\\\s:,]{40,}+)-----END [A-Z ]{0,30}PRIVATE KEY"
        ),
    ),
    Shape(b"org-", re.compile(_START + rb"(org-(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{20,})" + _END), STRANGERS_ID),
    Shape(b"arn:aws", re.compile(rb"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}):"), STRANGERS_ID),
    Shape(
        b"id",
        re.compile(rb'"' + _ID_FIELDS + rb'\\*"\s*:\s*\\*"([A-Za-z0-9_-]{8,})\\*"', re.IGNORECASE),
        STRANGERS_ID,
    ),
)


SEALED = re.compile(rb'"(?:signature|data|encrypted_\w{1,20})"\s{0,4}:\s{0,4}"')
"""What an endpoint has sealed is sent back to it as it came: one in some 100,000 begins like a key by chance."""

FURTHEST = 60
"""Bytes before a value in which the name of its field stands."""


def strangers(data: bytes, sent: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where a stranger's key or account stands, and what to write instead; not what stands in `sent` as well."""
    for shape in SHAPES:
        if shape.mark in data:
            for found in shape.pattern.finditer(data):
                begin, end = found.span(1)
                sealed = any(each.end() == begin for each in SEALED.finditer(data, max(begin - FURTHEST, 0), begin))
                if not sealed and found[1] not in sent:
                    yield begin, end, shape.instead
