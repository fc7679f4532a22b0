"""Free choices, made by a seed and narrowed by temperature, top_p and top_k."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.reference.model.words import number_of, words_in

T = TypeVar("T")

FREE = re.compile(
    r"\b(?:random\w*|at random|make up|invent|of your (?:own )?choice|any (?:number|word"
    r"|letter|colou?r|name|animal|city)|surprise me"
    r"|flip a coin|toss a coin|roll (?:a|the|two) di[ce]+|pick|choose|guess|think of"
    r"|brainstorm|suggest|come up with|imagine"
    r"|unpredictabl\w+|arbitrary|generate a (?:new )?(?:number|word|name|password|uuid|code|token))\b",
    re.I,
)
CREATIVE = re.compile(
    r"\b(?:write|compose|tell|create|give me|make|improvise)\b.*\b(?:poem|haiku|story|joke"
    r"|limerick|song|slogan|tale|riddle|fable|sentence"
    r"|name for|names? of|title|tagline|paragraph|metaphor)\b",
    re.I | re.S,
)
WORDS = words_in("""
    amber anchor apple arrow autumn badger bamboo basil beacon birch blossom breeze bridge bronze canyon cedar
    cello cherry cinder clover cobalt comet copper coral cotton crystal dahlia dawn desert dolphin dragon ember
    falcon feather fern fjord forest fossil galaxy garden ginger glacier granite harbor harvest hazel heron honey
    horizon island ivory jasmine jungle juniper kettle lantern lavender lemon lichen lily lotus maple marble
    meadow melon meteor mirror monsoon moss nectar nimbus oasis ocean olive onyx orchid otter pebble pepper pigeon
    pine planet plum prairie quartz quill rabbit raven ribbon river saffron sailor salmon shadow silver sparrow
    spruce summit sunset thistle thunder tiger timber topaz tulip tundra valley velvet violet walnut willow winter
    zephyr
""")
LISTS: tuple[tuple[re.Pattern[str], Sequence[str]], ...] = tuple(
    (re.compile(pattern, re.I), words.split())
    for pattern, words in (
        (r"\bcoin\b", "Heads Tails"),
        (r"\bcolou?rs?\b", "red green blue yellow orange purple pink brown black white turquoise crimson indigo"),
        (r"\banimals?\b", "otter falcon tiger rabbit heron badger dolphin raven salmon lynx gecko bison panda koala"),
        (r"\bfruits?\b", "apple plum cherry melon lemon mango pear fig papaya kiwi banana grape peach apricot"),
        (r"\b(?:city|cities|towns?)\b", "Lima Oslo Cairo Paris Kyoto Quito Sofia Riga Dakar Perth Turin Porto Hanoi"),
        (r"\bcountr(?:y|ies)\b", "Peru Norway Egypt Japan Kenya Chile Nepal Spain Ghana Cuba Latvia Fiji"),
        (r"\b(?:first |person.s |human )?names?\b", "Ada Bruno Clara Dmitri Elena Farid Greta Hugo Iris Jonas Kira"),
        (r"\bletters?\b", "a b c d e f g h i j k l m n o p q r s t u v w x y z"),
    )
)  # fmt: skip
DIGITS = re.compile(r"\b(?P<n>\d+|\w+)[- ](?:digits?|figure)\b|\bnumber (?:with|of) (?P<m>\d+|\w+) digits\b", re.I)
BETWEEN = re.compile(r"\b(?:between|from)\s+(?P<a>-?\d[\d,]*)\s+(?:and|to)\s+(?P<b>-?\d[\d,]*)", re.I)
ONE_OF = re.compile(
    r"\b(?:pick|choose|select)\s+(?:exactly\s+)?(?:one|a \w+|any)?[^:\n]*?(?:of|from|between"
    r"|among)?(?:\s+(?:these|the following)[^:]*)?:\s*(?P<list>[^.?\n]+)",
    re.I,
)
MANY = re.compile(
    r"\b(?P<n>\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twenty)\s+(?:\w+\s+){0,2}?(?P<what>words|names|colou?rs|animals|cities|letters|fruits|numbers|nouns|integers)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Dice:
    """A seeded source of choices; `breadth` is the share of the options that sampling leaves, `most` their number."""

    source: random.Random
    breadth: float
    most: int | None

    def pick(self, options: Sequence[T]) -> T:
        """One of the likeliest options that are left."""
        left = max(1, math.ceil(len(options) * self.breadth - 1e-9))
        if self.most:
            left = min(left, self.most)
        return options[self.source.randrange(left)]


def dice_for(body: dict[str, Any], seed: str) -> Dice:
    """Sampling per the documents: temperature 0, top_k 1 or a tiny top_p leave one option."""
    temperature = body.get("temperature")
    top_p = body.get("top_p")
    breadth = min(1.0, 1.0 if temperature is None else float(temperature))
    breadth *= 1.0 if top_p is None or top_p > 0.1 else 0.0
    if top_p is not None:
        breadth *= float(top_p)
    return Dice(random.Random(hashlib.sha256(seed.encode()).digest()), breadth, body.get("top_k") or None)


def choose_freely(ask: str, dice: Dice) -> str | None:
    """The answer to a prompt that leaves the answer to chance, or None when it does not."""
    free = bool(FREE.search(ask))
    if not free and not CREATIVE.search(ask):
        return None
    if CREATIVE.search(ask) and not re.search(r"\brandom\b", ask, re.I):
        return _composed(ask, dice)
    listed = ONE_OF.search(ask)
    if listed:
        items = [item.strip(" \"'") for item in re.split(r",\s*(?:or\s+|and\s+)?|\s+or\s+|\s+and\s+", listed["list"])]
        return dice.pick([item for item in items if item])
    between = BETWEEN.search(ask)
    many = MANY.search(ask)
    count = (number_of(many["n"]) or 1) if many else 1
    joint = "\n" if re.search(r"\blines?\b", ask) else ", " if "space" not in ask else " "
    if re.search(r"\b(?:uuid|guid)\b", ask, re.I):
        return "-".join(_of(dice, "0123456789abcdef", n) for n in (8, 4, 4, 4, 12))
    if re.search(r"\bhex", ask, re.I):
        size = DIGITS.search(ask)
        return _of(dice, "0123456789abcdef", number_of(size["n"] or size["m"]) or 16 if size else 16)
    if between:
        low, high = sorted(int(between[key].replace(",", "")) for key in ("a", "b"))
        return joint.join(str(_within(dice, low, high)) for _ in range(count))
    size = DIGITS.search(ask)
    if size and (number := number_of(size["n"] or size["m"] or "")):
        return joint.join(_of(dice, "7384152960", number, first="7384152961") for _ in range(count))
    if re.search(r"\bdi[ce]e?\b|\bdie\b", ask, re.I):
        return str(_within(dice, 1, 6))
    for pattern, words in LISTS:
        if pattern.search(ask):
            return joint.join(dice.pick(words) for _ in range(count))
    if re.search(r"\b(?:numbers?|integers?|digits?)\b", ask, re.I):
        return joint.join(str(_within(dice, 1, 1000)) for _ in range(count))
    if re.search(r"\b(?:password|code|token|string|characters)\b", ask, re.I):
        return _of(dice, "K7QZ4XW9MB2TR8VN3HD6JF5PLGCYS", 12)
    if re.search(r"\b(?:words?|nouns?|something|anything|guess|suggest|think of|invent|idea|make up)\b", ask, re.I):
        return joint.join(dice.pick(WORDS) for _ in range(count))
    return dice.pick(WORDS) if re.search(r"\brandom", ask, re.I) else None


def _of(dice: Dice, alphabet: str, length: int, first: str | None = None) -> str:
    length = min(length, 4000)
    return "".join(dice.pick(first if first and not place else alphabet) for place in range(length))


def _within(dice: Dice, low: int, high: int) -> int:
    if high - low < 2000:
        return dice.pick(range(low, high + 1))
    value = 0
    for digit in str(high - low):
        value = value * 10 + dice.pick(range(10)) if digit else value
    return low + value % (high - low + 1)


def _composed(ask: str, dice: Dice) -> str:
    topic = re.search(r"\b(?:about|on|of|for)\s+(?:the\s+|a\s+|an\s+)?([A-Za-z]+)", ask)
    about = topic.group(1) if topic else dice.pick(WORDS)
    one, two, three = dice.pick(WORDS), dice.pick(WORDS), dice.pick(WORDS)
    if re.search(r"\bhaiku|poem|limerick|song\b", ask, re.I):
        return f"{about.capitalize()} and {one},\na {two} beside the {three},\nquiet until dawn."
    return f"Once a {one} met a {two} by the {three}, and they talked about {about} until morning."
