"""A page is read from its top to its foot, whichever way up it was scanned."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from domainkit.ingestion.readers import ocr

LINES = [
    "The landlord must give notice in writing, and the tenant may answer it within a month.",
    "Where nobody answers, the notice is good, and the tenancy ends on the day that it names.",
    "A notice that names no day ends nothing, however long the landlord has waited for it.",
]


def test_wide_lines_keep_their_order_upright_and_on_their_head() -> None:
    page = Image.new("RGB", (1300, 400), "white")
    for number, line in enumerate(LINES):
        at = (40, 60 + 90 * number)
        ImageDraw.Draw(page).text(at, line, font=ImageFont.load_default(28), fill="black")
    for turned in (page, page.rotate(180)):
        text = ocr.shared().read(turned).text
        places = [text.find(word) for word in ("landlord must", "nobody", "however long")]
        assert -1 not in places
        assert places == sorted(places)
