"""Pictures of one colour, drawn here so that their colour is known and no file is needed."""

from __future__ import annotations

import base64
from io import BytesIO

from conformance.protocol.exchange import Json

COLOURS = {
    "red": (220, 20, 20),
    "green": (20, 160, 40),
    "blue": (20, 40, 220),
    "yellow": (250, 230, 20),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
}


def colour_block(colour: str) -> dict[str, Json]:
    """An image block: a PNG of 200 by 200 pixels (64 tokens officially) in one of COLOURS."""
    from PIL import Image  # not needed to collect the rows

    file = BytesIO()
    Image.new("RGB", (200, 200), COLOURS[colour]).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
