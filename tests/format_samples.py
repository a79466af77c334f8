"""Small files of every format, made anew, that all say how long a deposit is kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from compound_file import Tree, compound_file

SAID = "It is returned within fourteen days."

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip package, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def relations(targets: Mapping[str, str]) -> str:
    """Return the relations part of an Office package: `kind -> target`, with ids r1, r2, …"""
    entries = (
        f'<Relationship Id="r{n}" Type="{_OFFICE}/{kind.partition("#")[0]}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{"".join(entries)}</Relationships>'


def shape(text: str, kind: str | None = None, properties: str = "") -> str:
    """Return a shape of a slide; each line of ``text`` is a paragraph."""
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    lines = "".join(f"<a:p>{properties}<a:r><a:t>{t}</a:t></a:r></a:p>" for t in text.split("\n"))
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/><p:nvPr>{holder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr/><p:txBody><a:bodyPr/>{lines}</p:txBody></p:sp>"
    )


def slide(*shapes: str) -> str:
    """Return the part that is one slide."""
    return (
        f'<p:sld xmlns:a="{_DRAWING}" xmlns:p="{_SLIDES}" xmlns:r="{_OFFICE}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"
    )


def deck(*slides: str, extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a PowerPoint file of slides, and of further parts."""
    names = [f"slides/slide{n}.xml" for n in range(1, len(slides) + 1)]
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in range(1, len(slides) + 1))
    return package(
        {
            "_rels/.rels": relations({"officeDocument": "ppt/presentation.xml"}),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_SLIDES}" xmlns:r="{_OFFICE}">'
            f"<p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(
                {f"slide#{n}": name for n, name in enumerate(names)}
            ),
            **{f"ppt/{name}": content for name, content in zip(names, slides, strict=True)},
            **(extra or {}),
        }
    )


def workbook() -> bytes:
    """Return an Excel workbook of two sheets."""
    import openpyxl

    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Deposit"
    for row in (["Rule", "Text"], ["Return", SAID]):
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF_NAMES = " ".join(
    f'xmlns:{short}="{_ODF}{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
        ("presentation", "presentation"),
    )
)


def opendocument(body: str, *, kind: str = "text", styles: str = "") -> bytes:
    """Return an OpenDocument file of what stands below ``office:text`` or its like."""
    content = (
        f'<office:document-content {_ODF_NAMES} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    return package(
        {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content}
    )


def epub(
    chapters: Mapping[str, str], *, contents: str = "", extra: Mapping[str, str] | None = None
) -> bytes:
    """Return an e-book of chapters (name -> body) and a table of contents in ncx."""
    items = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Leases</dc:title>'
        f"<dc:creator>A. Writer</dc:creator></metadata><manifest>{items}"
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
        f"<spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    ncx = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{contents}</navMap></ncx>'
    pages = {
        f"OEBPS/{name}.xhtml": '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title/></head><body>{body}</body></html>"
        for name, body in chapters.items()
    }
    return package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/book.opf": opf,
            "OEBPS/toc.ncx": ncx,
            **pages,
            **(extra or {}),
        }
    )


def outlook(properties: Mapping[int, str], *, parts: Tree | None = None) -> bytes:
    """Return an Outlook message of text properties, by their numbers, and of further storages."""
    streams: dict[str, bytes | Tree] = {
        f"__substg1.0_{number:04X}001F": text.encode("utf-16-le")
        for number, text in properties.items()
    }
    return compound_file({"__properties_version1.0": bytes(32), **streams, **(parts or {})})


def picture(text: str = SAID, *, form: str = "PNG") -> bytes:
    """Return a picture of a line of text."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 120), "white")
    font = ImageFont.load_default(size=40)
    ImageDraw.Draw(image).text((30, 30), text, fill="black", font=font)
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def encrypted(password: str) -> bytes:
    """Return an encrypted Excel workbook."""
    from msoffcrypto.format.ooxml import OOXMLFile

    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook())).encrypt(password, buffer)
    return buffer.getvalue()


MAIL = f"From: a@example.org\nTo: b@example.org\nSubject: Deposit\n\n{SAID}\n".encode()
MHTML = (
    "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n"
    f"Content-Type: text/html\n\n<title>Deposit</title><p>{SAID}</p>\n--x--\n"
).encode()
RTF = (
    rb"{\rtf1\ansi{\stylesheet{\s1 heading 1;}}\pard\s1 Deposit\par\pard "
    + SAID.encode()
    + rb"\par}"
)
JATS = (
    "<article><front><article-meta><title-group><article-title>Deposits</article-title>"
    "</title-group></article-meta></front>"
    f"<body><sec><title>Results</title><p>{SAID}</p></sec></body></article>"
)
XML = f"<lease><title>Deposit</title><p>{SAID}</p></lease>"
