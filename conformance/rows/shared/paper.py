"""A PDF of one page, written here so that its words are known and no file is needed."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from conformance.protocol.exchange import Json


def pdf_of(lines: Sequence[str]) -> bytes:
    """A PDF 1.4 file: one page with these lines of ASCII, in large letters, as text (and not as a picture of it)."""
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = "\n".join(f"({line}) Tj T*" for line in escaped)
    page = f"BT\n/F1 16 Tf\n24 TL\n56 760 Td\n{shown}\nET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    file = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    return f"{file}xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


def pdf_block(lines: Sequence[str]) -> dict[str, Json]:
    """A document block that holds the PDF."""
    data = base64.b64encode(pdf_of(lines)).decode()
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}
