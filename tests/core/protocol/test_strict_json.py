"""JSON that clients read differently, or not at all, is told as a fault, and reading it is bounded."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.protocol.strict_json import DEEPEST, MOST_VALUES, JsonFaultError, encoding_fault, fault_of, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(VALUES)
def test_what_is_json_is_read_as_it_is(value: object) -> None:
    assert parse(json.dumps(value)) == parse(json.dumps(value, ensure_ascii=True).encode()) == value


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b"", "there is nothing in it", id="nothing"),
        pytest.param(b" \n", "there is nothing in it", id="white space"),
        pytest.param(b'{"a": [1, 2', "it ends in the middle, after 11 characters", id="cut"),
        pytest.param(b'{"a": "bc', "it ends in the middle, after 9 characters", id="cut in a text"),
        pytest.param(b'{"a" 1}', "Expecting ':' delimiter at character 5", id="no colon"),
        pytest.param(b'{"a": 1}{"a": 1}', "Extra data at character 8", id="two bodies"),
        pytest.param(b'{"a": "\xff"}', "byte 7 is not UTF-8", id="not UTF-8"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', "byte 7 is not UTF-8", id="half a pair in UTF-8"),
        pytest.param(b'{"a": "\x00"}', "Invalid control character at character 7", id="a NUL"),
        pytest.param(b'{"a": NaN}', "NaN is no number of JSON", id="NaN"),
        pytest.param(b"-Infinity", "-Infinity is no number of JSON", id="infinity"),
        pytest.param(b'{"a": 1e999}', "the number 1e999 is beyond what clients can hold", id="huge"),
        pytest.param(b"9" * 10_000, "it holds a number of 10,000 digits", id="digits"),
        pytest.param(b"[" * 100_000, "it is nested deeper than 200 levels", id="deep"),
        pytest.param(b'{"a":' * 100_000, "it is nested deeper than 200 levels", id="deep objects"),
        pytest.param(
            b"[" + b"0," * MOST_VALUES + b"1]", f"it holds more than {MOST_VALUES:,} values", id="many values"
        ),
        pytest.param(
            b'{"b": {"a": 1, "a": 2}}',
            'the name "a" stands twice in one object, with other values',
            id="a name twice",
        ),
    ],
)
def test_why_it_cannot_be_read_is_told(body: bytes, told: str) -> None:
    assert fault_of(body) == told
    with pytest.raises(JsonFaultError):
        parse(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b"\xef\xbb\xbf[1]", [1], id="a mark before it"),
        pytest.param(b'{"a": 1, "a": 1}', {"a": 1}, id="a name twice with the same value"),
        pytest.param(rb'"\ud83d"', "\ud83d", id="half a pair as an escape"),
        pytest.param(rb'"\u0000"', "\0", id="a NUL as an escape"),
        pytest.param(b"[" * DEEPEST + b"]" * DEEPEST, None, id="as deep as may be"),
        pytest.param(json.dumps("[{," * MOST_VALUES).encode(), "[{," * MOST_VALUES, id="brackets in a text"),
        pytest.param(json.dumps('\\"[' * 100_000).encode(), '\\"[' * 100_000, id="escapes"),
    ],
)
def test_what_only_looks_odd_is_read(body: bytes, value: object) -> None:
    assert fault_of(body) == ""
    assert value is None or parse(body) == value


@pytest.mark.parametrize(
    "body",
    [b"[[],[]," * 500_000, b'"' + rb"\"" * 1_500_000, b'"[' * 1_500_000, b"[" * 3_000_000, b'{"":' * 1_000_000],
    ids=["values", "escapes", "quotes", "depth", "objects"],
)
def test_a_body_that_would_grow_is_not_read(body: bytes) -> None:
    tracemalloc.start()
    try:
        assert fault_of(body)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("[1]".encode("utf-16"), "its JSON is in UTF-16, where RFC 8259 has UTF-8 alone", id="UTF-16"),
        pytest.param("[1]".encode("utf-16-be"), "its JSON is in UTF-16, where RFC 8259 has UTF-8 alone", id="no mark"),
        pytest.param("[1]".encode("utf-32-le"), "its JSON is in UTF-32, where RFC 8259 has UTF-8 alone", id="UTF-32"),
        pytest.param(
            b"\xef\xbb\xbf[1]", "a byte order mark stands before its JSON, which RFC 8259 forbids", id="a mark"
        ),
        pytest.param('["é"]'.encode(), "", id="UTF-8"),
        pytest.param("[1".encode("utf-16"), "", id="no JSON in any encoding"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_json_in_another_encoding_than_utf_8_is_told(body: bytes, told: str) -> None:
    assert encoding_fault(body) == told
