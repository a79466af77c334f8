"""The page on which a person chooses between two answers without knowing whose they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from domainkit.evaluation.duels import Chosen, Duel
from domainkit.server.review_page import fill

_CHOICES: dict[str, Chosen] = {"left": "left", "right": "right", "tie": "tie"}
_BUTTONS = (
    '<button name="chosen" value="left" data-key="1">Left is better <kbd>1</kbd></button>'
    '<button name="chosen" value="tie" data-key="0">Neither is better <kbd>0</kbd></button>'
    '<button name="chosen" value="right" data-key="2">Right is better <kbd>2</kbd></button>'
    '<button name="chosen" value="skip" data-key="s">Pass <kbd>s</kbd></button>'
)


class ArenaPage:
    """One duel at a time. What a person chose is told to ``vote`` at once."""

    def __init__(self, duels: Sequence[Duel], vote: Callable[[Duel, Chosen], None]) -> None:
        self._duels = list(duels)
        self._vote = vote
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether every duel was voted on or passed."""
        return self._at >= len(self._duels)

    def show(self, *, nonce: str) -> str:
        """Return the page as HTML."""
        if self.done:
            body = "<h1>That is all of them.</h1><p>The ratings stand in the terminal.</p>"
            return fill("Arena", body, nonce=nonce)
        return fill("Arena", self._form(self._duels[self._at]), nonce=nonce)

    def take(self, form: Mapping[str, str]) -> None:
        """Take one vote; one on a duel that is not shown changes nothing."""
        if self.done or form.get("at") != str(self._at):
            return
        chosen = form.get("chosen", "")
        if chosen in _CHOICES:
            self._vote(self._duels[self._at], _CHOICES[chosen])
        if chosen in {*_CHOICES, "skip"}:
            self._at += 1

    def _form(self, duel: Duel) -> str:
        count = len(self._duels)
        sides = "".join(
            f'<section><h2>{name}</h2><div class="text" dir="auto">{escape(text)}</div></section>'
            for name, text in zip(("Left", "Right"), duel.sides, strict=True)
        )
        reference = duel.pair.reference
        known = (
            f'<h2>A good answer</h2><div class="text" dir="auto">{escape(reference)}</div>'
            if reference
            else ""
        )
        return (
            f"<h1>Which answer serves the person who asked better?</h1>"
            f'<p class="dim">{self._at + 1} of {count}</p>'
            f'<progress max="{count}" value="{self._at}">{self._at} of {count}</progress>'
            f'<form method="post" lang="{duel.pair.language}">'
            f'<input type="hidden" name="at" value="{self._at}">'
            f'<p class="question" dir="auto">{escape(duel.pair.question)}</p>{known}'
            f'<div class="two">{sides}</div><div class="keys">{_BUTTONS}</div></form>'
        )
