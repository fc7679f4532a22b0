"""Which global lies real clients are set before, and where their outcomes are kept."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from conformance.lies import BY_ID, LIES
from conformance.lies.globally import EVERYWHERE, GlobalLie, global_forms
from conformance.reference.transforms import Act

Outcomes = Mapping[str, str]
WORKS, FAILS = "works", "fails"
FOLDER = Path(__file__).parent
HONEST = "nothing is wrong"
"""The case in which the endpoint keeps every rule."""


@cache
def forms() -> dict[str, GlobalLie]:
    """Every global lie by its id."""
    return {form.id: form for form in global_forms(LIES)}


def of_lie(lie: str) -> list[GlobalLie]:
    """The global forms of a lie; one that is about everything already is its own."""
    found = [form for form in forms().values() if any(each.id == lie for each in form.of)]
    known = BY_ID[lie]
    return found or [GlobalLie(scope=EVERYWHERE, transforms=known.transforms, of=(known,))]


def cases(names: str) -> list[GlobalLie]:
    """The global forms of the lies that these lines name, each once."""
    found = {form.id: form for name in names.split() for form in of_lie(name)}
    return list(found.values())


CLAUDE_CODE = """
stream.no_done/said_at_the_end
stream.no_done/instead_of_the_stop
stream.no_done/before_the_stop
stream.framing/unnamed
stream.framing/misnamed
stream.framing/no_blank_lines
stream.framing/data_of_words
stream.framing/marked
stream.framing/with_comments
stream.framing/with_carriage_returns
stream.content_type/json
stream.content_type/plain_text
stream.content_type/untyped
stream.content_type/latin_charset
stream.order/no_pings
stream.order/never_stopped
stream.order/never_started
stream.order/started_twice
stream.order/stopped_twice
stream.order/goes_on_with_words
stream.order/goes_on_with_pings
stream.order/block_after_the_end
stream.order/ends_inside_a_block
stream.blocks/never_opened
stream.blocks/never_closed
stream.blocks/counted_from_one
stream.blocks/all_of_index_zero
stream.blocks/no_index
stream.blocks/filled_after_the_close
stream.blocks/opened_twice
stream.skeletons/no_text
stream.skeletons/null_text
stream.skeletons/text_at_once
stream.skeletons/no_input
stream.skeletons/input_as_text
stream.skeletons/null_input
stream.skeletons/input_at_once
stream.skeletons/no_id
stream.skeletons/no_signature
stream.skeletons/another_key
stream.skeletons/thought_at_once
stream.input_json/last_piece_lost
stream.input_json/in_one_piece
stream.input_json/as_an_object
stream.input_json/whole_input_at_the_end_again
stream.input_json/empty_object_put_before
stream.message_start/no_stop_sequence
stream.message_start/no_stop_reason
stream.message_start/zero_input
stream.message_start/no_usage
stream.message_start/null_usage
stream.message_start/no_input
stream.message_start/no_output
stream.message_start/no_content
stream.message_start/no_type
stream.message_start/no_id
stream.message_start/no_model
stream.message_start/content_inside
stream.message_start/no_message
stream.message_start/another_key
stream.message_delta/never_sent
stream.message_delta/no_stop_sequence
stream.message_delta/no_usage
stream.message_delta/null_usage
stream.message_delta/no_output
stream.message_delta/zero_output
stream.message_delta/openai_counts
stream.message_delta/reason_null
stream.message_delta/another_key
stream.incremental/all_at_the_end
stream.incremental/in_one_delta
stream.equals_message/always_ends_its_turn_in_streams
stream.equals_message/thoughts_lost_in_streams
stream.equals_message/calls_lost_in_streams
response.stop_reason/ends_in_spite_of_a_call_streamed
response.text_clean/thought_streamed
response.text_clean/end_of_a_turn
response.tool_use/input_as_text_streamed
response.tool_use/one_id_at_once
response.usage.cache/parts_unsaid
response.usage.cache/uncached
response.usage.cache/read_left_out_of_streams
fields.thinking.adaptive/unsigned
fields.thinking.adaptive/hidden
errors.envelope/of_a_proxy
errors.envelope/error_missing
headers.request_id/missing_for_errors
tools.type_custom/nameless
tools.type_custom/renamed
replay.tool_use/key_added
replay.tool_use/id_lost
clients.sdk.message/null_usage
clients.sdk.message/typeless
fields.stream/crashed
fields.stream/limited
fields.stream/page
fields.stream/cut
fields.stream/dropped
"""


NO_MATTER_OF_THE_SDK = ("response.text_clean/",)
"""What it hands on as it came."""

SDK = "\n".join(line for line in CLAUDE_CODE.split() if not line.startswith(NO_MATTER_OF_THE_SDK))
SDK += """
response.stop_reason/null
response.stop_reason/missing
response.stop_sequence/missing
response.envelope/untyped_block
response.envelope/text_for_a_block
response.usage/null
response.usage/dropped
response.usage/as_array
clients.sdk.message/block_without_text
clients.sdk.message/content_as_text
clients.sdk.message/counts_as_text
errors.envelope/kind_missing
errors.envelope/message_missing
errors.envelope/wrapped_by_a_relay
"""


def kept(name: str) -> list[dict[str, str]]:
    """The outcomes of a client as they are kept: one line a case."""
    path = FOLDER / f"{name}.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def keep(name: str, found: list[dict[str, str]]) -> None:
    """Keeps the outcomes of a client."""
    with (FOLDER / f"{name}.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def ended(line: Mapping[str, str]) -> tuple[str, ...]:
    """What a case came to, without the words."""
    return tuple(value for key, value in line.items() if value in (WORKS, FAILS) and key != "said")


def run(
    name: str,
    program: str,
    lies: str,
    outcomes: Callable[[Act | None], Outcomes],
    arguments: Sequence[str] | None,
) -> int:
    """Sets a client before every case, prints what came of it, and keeps it where that is asked for; 1 where an outcome
    is another than the one that is kept."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--write", action="store_true", help=f"keep the outcomes in tests/clients/{name}.tsv")
    chosen = parser.parse_args(arguments)
    before = {line["lie"]: ended(line) for line in kept(name)}
    acts = {HONEST: None, **{form.id: form.act for form in cases(lies)}}
    found: list[dict[str, str]] = []
    for lie, act in acts.items():
        found.append({"lie": lie, **outcomes(act)})
        print("\t".join(found[-1].values()), flush=True)
    if chosen.write:
        keep(name, found)
        return 0
    moved = [line["lie"] for line in found if before.get(line["lie"]) != ended(line)]
    print(f"{len(found)} cases, {len(moved)} other than kept: {', '.join(moved) or 'none'}", file=sys.stderr)
    return int(bool(moved))
