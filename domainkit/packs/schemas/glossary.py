"""``glossary.yaml``: abbreviations and synonyms that widen a question, one sense each.

```yaml
BP:
  synonyms: [blood pressure]
  source: written for this pack
```
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel, StringConstraints

from domainkit.packs.schemas.base import Strict

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Term(Strict):
    """What else a term is called, and whose term it is; everyday words may be the pack's own."""

    synonyms: tuple[Words, ...] = Field(min_length=1, max_length=20)
    source: Words


class Glossary(RootModel[dict[Words, Term]]):
    """The whole of ``glossary.yaml``: term -> its synonyms."""

    def ambiguous(self) -> list[tuple[str, str]]:
        """Return (term, fault) for every wording that stands for more than one sense."""
        faults: list[tuple[str, str]] = []
        owner: dict[str, str] = {}
        for term in self.root:
            if other := owner.get(term.casefold()):
                faults.append((term, f"is the same as '{other}' but for its case"))
            owner.setdefault(term.casefold(), term)
        for term, entry in self.root.items():
            for synonym in entry.synonyms:
                other = owner.setdefault(synonym.casefold(), term)
                if other != term:
                    faults.append((term, f"shares '{synonym}' with '{other}'"))
                elif synonym.casefold() == term.casefold():
                    faults.append((term, "names itself as a synonym"))
        return faults
