"""Turns tokens into an answer while they come, for the engines that give tokens one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Generator as Generating
from threading import Event
from typing import Literal

from domainkit.generation.ending import before_over, certain, circles, whole

Finish = Literal["stop", "length", "cancelled"]

_UNFINISHED = "\ufffd"  # what a tokenizer writes for the first bytes of a character


class Writing:
    """An answer while it is written: its tokens, its text, and how much of it has been shown.

    Its clock runs from when it is made; ``first`` is the time until the first token.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self.tokens: list[int] = []
        self.text = ""
        self.over = self.circling = False
        self._decode = decode
        self.first: float | None = None
        self._shown = 0
        self._begun = time.perf_counter()

    @property
    def seconds(self) -> float:
        """The time since it was begun."""
        return time.perf_counter() - self._begun

    def add(self, token: int) -> str:
        """Take the next token and return what may be shown of the text now."""
        self.tokens.append(token)
        decoded = self._decode(self.tokens)
        self.text = before_over(decoded)
        self.circling = circles(self.text)
        self.over = self.circling or self.text != decoded
        return "" if self.over or decoded.endswith(_UNFINISHED) else self._show(certain(decoded))

    def pieces(
        self, tokens: Iterable[int | None], stops: frozenset[int], cancel: Event | None
    ) -> Generating[str, None, Finish]:
        """Yield what may be shown as ``tokens`` come; return why there are no more.

        Args:
            tokens: as they come; None while there is none yet.
            stops: the tokens that end an answer.
            cancel: set when nobody waits for the answer any more.
        """
        finish: Finish = "length"
        for token in tokens:
            if token is not None and self.first is None:
                self.first = self.seconds
            if cancel is not None and cancel.is_set():
                finish = "cancelled"
                break
            if token in stops:
                finish = "stop"
                break
            if token is not None and (piece := self.add(token)):
                yield piece
            if self.over:
                finish = "stop"
                break
        if piece := self._show(len(self.text)):
            yield piece
        return finish

    def answer(self, finish: Finish) -> str:
        """Return the answer as it stands: whole sentences where it did not end by itself."""
        cut = finish == "length" or self.circling
        return whole(self.text) if cut else self.text.strip()

    def _show(self, until: int) -> str:
        piece = self.text[self._shown : until]
        self._shown = max(self._shown, until)
        return piece
