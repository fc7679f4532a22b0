"""Names the colour that fills most of an image."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

COLOURS = {
    "red": (220, 20, 20),
    "green": (0, 150, 0),
    "blue": (20, 40, 220),
    "yellow": (250, 230, 20),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "orange": (255, 140, 0),
    "purple": (130, 0, 140),
    "grey": (128, 128, 128),
    "pink": (255, 170, 190),
    "brown": (130, 70, 20),
    "cyan": (0, 230, 240),
    "magenta": (255, 0, 255),
}
EXTRA_SHADES = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (90, 0, 160),
    "orange": (255, 165, 0),
}
SAMPLE = 32


@lru_cache(maxsize=256)
def dominant_colour(data: bytes) -> str:
    """The nearest named colour of the most frequent pixel colour."""
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGBA").resize((SAMPLE, SAMPLE), Image.Resampling.NEAREST)
    ground = Image.new("RGBA", small.size, (255, 255, 255, 255))
    ground.alpha_composite(small)
    found = ground.convert("RGB").getcolors(SAMPLE * SAMPLE) or [(1, (255, 255, 255))]
    counts: dict[str, int] = {}
    for count, pixel in found:
        name = _nearest(pixel)
        counts[name] = counts.get(name, 0) + count
    return max(counts, key=lambda name: counts[name])


def _nearest(pixel: tuple[int, ...] | float) -> str:
    if not isinstance(pixel, tuple):
        return "black"
    shades = [*COLOURS.items(), *EXTRA_SHADES.items()]
    return min(shades, key=lambda item: sum((a - b) ** 2 for a, b in zip(item[1], pixel, strict=True)))[0]


@lru_cache(maxsize=256)
def image_size(data: bytes) -> tuple[int, int]:
    """Width and height, without decoding the pixels."""
    with Image.open(io.BytesIO(data)) as image:
        return image.size
