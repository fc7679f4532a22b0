"""`python -m tests.proofs [--write] [--processes N]`: proves every verdict on known ground, and prints the figures.

`--write` puts them into the README's section on how far to trust a verdict.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from conformance.lies import LIES, Lie
from conformance.rows import ROWS
from tests.proofs import random_failures, reasoning
from tests.proofs.global_lies import GlobalProof, forms, pairs, prove_globally, prove_pair
from tests.proofs.lying import Proof, complaints, prove, unshown_under
from tests.proofs.odd_models import (
    DEAF_SEEDS,
    ODD_MODELS,
    SEEDS,
    FalseVerdict,
    deaf_lies,
    false_verdicts,
    falsely_heard,
    flips,
    judged,
)
from tests.random_faults import KINDS

README = Path(__file__).parents[2] / "README.md"
OPENING, CLOSING = "<!-- proofs -->", "<!-- /proofs -->"


def tell_whole(lie: Lie) -> Proof:
    return prove(lie, whole=True)


def honest_under(model: str) -> tuple[list[FalseVerdict], dict[str, set[str]]]:
    """What an odd model makes false on an honest endpoint, and the rows that flip."""
    runs = {seed: judged(model, seed) for seed in SEEDS}
    false = [each for seed, found in runs.items() for each in false_verdicts(model, seed, found)]
    return false, flips(runs.values(), model)


def deaf_under(case: tuple[str, Lie]) -> list[FalseVerdict]:
    """What an odd model's words pass for on an endpoint that is deaf to a row."""
    model, lie = case
    return [each for seed in DEAF_SEEDS for each in falsely_heard(model, lie, seed)]


def told_globally(everywhere: Sequence[GlobalProof], together: Sequence[GlobalProof]) -> list[tuple[str, str]]:
    """The figures of lies that are applied to everything, one at a time and in pairs."""
    proofs = [*everywhere, *together]
    return [
        (
            "endpoints that go wrong everywhere in one way (all answers, streams, requests with tools, refusals): "
            "told, and nothing said falsely of another row",
            f"{sum(proof.told for proof in everywhere)} of {len(everywhere)}",
        ),
        (
            "endpoints that go wrong everywhere in two ways, the same",
            f"{sum(proof.told for proof in together)} of {len(together)}",
        ),
        ("rows that contradict each other on these endpoints", f"{sum(len(each.contradictions) for each in proofs)}"),
        (
            "profiles that say another thing of these endpoints than the real client does",
            f"{sum(len(each.profiles) for each in proofs)}",
        ),
    ]


def table(figures: Sequence[tuple[str, str]]) -> str:
    """The figures as a table of Markdown."""
    return "\n".join(["| proved on known ground | figure |", "| --- | --- |", *(f"| {a} | {b} |" for a, b in figures)])


def said(part: str, problems: Sequence[str], begun: float) -> Sequence[str]:
    """The problems of a part, printed as soon as it ends: a long run that is stopped leaves what it found."""
    for problem in problems:
        print(problem)
    print(f"{part}: {len(problems)} problems, {time.monotonic() - begun:.0f} s after the start", file=sys.stderr)
    sys.stdout.flush()
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all, prints what is wrong and the figures; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs")
    parser.add_argument("--write", action="store_true", help="put the figures into README.md")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    deaf = [(model, lie) for model in ODD_MODELS for lie in deaf_lies()]
    wrong: list[str] = []
    with ProcessPoolExecutor(options.processes) as pool:
        found = [each for proofs in pool.map(prove_globally, forms()) for each in proofs]
        everywhere = [each for each in found if not each.shut]
        wrong += said("everywhere", [line for each in everywhere for line in each.complaints], begun)
        together = list(pool.map(prove_pair, pairs()))
        wrong += said("in pairs", [line for each in together for line in each.complaints], begun)
        failing = random_failures.cases()
        by_chance = [each for words in pool.map(random_failures.false_words, failing, chunksize=4) for each in words]
        wrong += said("random failures", by_chance, begun)
        proofs = list(pool.map(tell_whole, LIES, chunksize=8))
        wrong += said("lies", complaints(proofs), begun)
        shown = pool.map(unshown_under, LIES, chunksize=16)
        unshown = [f"{lie.id}: {why}" for lie, why in zip(LIES, shown, strict=True) if why]
        wrong += said("printed requests", unshown, begun)
        honest = list(pool.map(honest_under, ["", *ODD_MODELS]))
        false = [each for falsely, _ in honest for each in falsely]
        flipped = [row for _, rows in honest for row in rows]
        wrong += said("odd models", [*map(str, false), *(f"flips: {row}" for row in flipped)], begun)
        heard = [each for falsely in pool.map(deaf_under, deaf, chunksize=8) for each in falsely]
        wrong += said("deaf endpoints", [*map(str, heard)], begun)
    apart = sum(not proof.missed for proof in proofs)
    figures = [
        ("rows", f"{len(ROWS)}"),
        ("lies about one row that its verdict tells, with a note that names it", f"{apart} of {len(LIES)}"),
        ("lies whose printed request does not show the finding", f"{len(unshown)} of {len(LIES)}"),
        ("other rows that moved under a lie, unforeseen", f"{sum(len(p.moved) for p in proofs)}"),
        ("other rows that a lie takes along, declared", f"{sum(len(lie.moves) for lie in LIES)}"),
        (
            f"false verdicts of an honest endpoint before {len(ODD_MODELS)} weak, noisy or odd models, "
            f"{len(SEEDS)} seeds each",
            f"{len(false)} of {(len(ODD_MODELS) + 1) * len(SEEDS) * len(ROWS):,}",
        ),
        (
            f"false verdicts of an endpoint that is deaf to a row, before these models, {len(DEAF_SEEDS)} seeds each",
            f"{len(heard)} of {len(deaf) * len(DEAF_SEEDS):,}",
        ),
        *told_globally(everywhere, together),
        (
            f"false words on an honest endpoint, 10 % or 30 % of whose answers fail by chance, or every 6th to 40th, "
            f"in {len(KINDS)} ways",
            f"{len(by_chance)} of {len(failing) * len(ROWS):,}",
        ),
        (f"rows whose status flips between {len(SEEDS)} seeds, over all those models", f"{len(flipped)}"),
    ]
    thinking = reasoning.table()
    print(table(figures), "", *thinking, sep="\n")
    print(f"{time.monotonic() - begun:.0f} s in {options.processes} processes", file=sys.stderr)
    if options.write:
        before, _, rest = README.read_text(encoding="utf-8").partition(OPENING)
        after = rest.partition(CLOSING)[2]
        text = f"{before}{OPENING}\n\n{table(figures)}\n\n{chr(10).join(thinking)}\n\n{CLOSING}{after}"
        README.write_text(text, encoding="utf-8")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
