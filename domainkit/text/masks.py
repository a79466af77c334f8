"""Gives what identifies a person another name, the same wherever it stands again.

What is found gets a name of its kind and a number, so that a conversation about two telephones, or
a letter about them, stays one about two telephones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domainkit.text.identifiers import identifiers
from domainkit.types import Span

_SHOWN: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "zh": {
        "identity-number": "证件号",
        "card": "银行卡号",
        "iban": "账号",
        "record-number": "病历号",
        "phone": "电话",
        "email": "邮箱",
        "ip": "网络地址",
        "name": "姓名",
        "address": "地址",
        "postcode": "邮编",
        "website": "网址",
    },
}


class Masks:
    """Masks texts of one conversation or one file: one identifier has one name throughout."""

    def __init__(self, kinds: Collection[str], language: str = "en") -> None:
        """Mask these ``kinds``, with names in ``language``."""
        self._kinds = frozenset(kinds)
        self._names = _SHOWN["zh" if language == "zh" else "en"]
        self._given: dict[str, str] = {}

    @property
    def kinds(self) -> list[str]:
        """What was masked, each kind once."""
        return list(dict.fromkeys(mask[1:].rpartition("-")[0] for mask in self._given.values()))

    def found(self, text: str) -> list[tuple[Span, str]]:
        """Return where in ``text`` an identifier stands, in order, and the name it gets."""
        found = [each for each in identifiers(text) if each.kind in self._kinds]
        return [(each.span, self._name(each.kind, each.text)) for each in found]

    def masked(self, text: str) -> str:
        """Return ``text`` with each identifier replaced by its name."""
        for span, name in reversed(self.found(text)):
            text = text[: span.start] + name + text[span.end :]
        return text

    def _name(self, kind: str, written: str) -> str:
        key = kind + "".join(c for c in written.casefold() if c.isalnum())
        if key not in self._given:
            shown = self._names.get(kind, kind)
            number = 1 + sum(mask.startswith(f"[{shown}-") for mask in self._given.values())
            self._given[key] = f"[{shown}-{number}]"
        return self._given[key]
