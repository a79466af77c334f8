"""The words and code pages of rich text files."""

from __future__ import annotations

import codecs
import re

TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?"  # a control word and its number
    rb"|\\'([0-9a-fA-F]{2})"  # a byte of the text
    rb"|\\([^a-zA-Z])"  # an escaped character, or a control symbol
    rb"|([{}])"
    rb"|[\r\n]+"
    rb"|([^\\{}\r\n]+)"
    rb"|\\"
)
# By the number of \fcharset, the code page of a font's bytes; 0 is the file's own.
CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5hkscs",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp437",
}  # fmt: skip
FAMILIES = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
_SUPERSETS = {936: "gb18030", 950: "big5hkscs", 1361: "johab", 10000: "mac_roman", 65001: "utf-8"}

SAID = {
    b"tab": "\t", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"line": "\n",
    b"nestcell": "; ", b"nestrow": "\n",
}  # fmt: skip
SYMBOLS = {b"~": " ", b"_": "-", b"\t": "\t"}
BREAKS = frozenset((b"par", b"sect", b"page", b"cell", b"row"))
# Groups that are no text, or that say again what stands elsewhere.
SKIPPED = frozenset(
    b"colortbl info pict object header headerl headerr headerf footer footerl footerr footerf"
    b" fldinst nonshppict shprslt sp xe tc upr filetbl".split()
)
# Groups that hold text although old programs do not know them, or within one that is skipped.
READ = frozenset(b"shpinst shptxt ud listtext pntext result fldrslt".split())


def code_page(number: int) -> str | None:
    """Return the codec of a Windows code page; None for one that is not known."""
    name = _SUPERSETS.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
