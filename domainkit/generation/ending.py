"""When an answer is over though the model would write on; the same for every engine."""

from __future__ import annotations

import re

from domainkit.text import sentences

# A small model that has answered goes on to write the prompt's next question itself.
OVER = frozenset({"\nQuestion:", "\n问题：", "\nSources:", "\n资料："})

# A greedy model that writes this many characters a second time is going round in a circle.
_CIRCLE = 48
_FINISHED = re.compile(r"[.!?。！？；…\]】][\"'”’)\]）】」』]*$")
_MARKERS = re.compile(r"(?:\s*[\[【]\d+[\]】])+")


def circles(text: str) -> bool:
    """Return whether the last stretch of ``text`` has been written before, word for word."""
    return text[-_CIRCLE:] in text[:-_CIRCLE] if len(text) >= 2 * _CIRCLE else False


def whole(text: str) -> str:
    """Return ``text`` up to the end of its last finished sentence; half a sentence can mislead.

    Source numbers that follow a full stop belong to the sentence before it.
    """
    spans = sentences(text)
    unfinished = bool(spans) and not _FINISHED.search(spans[-1].of(text))
    finished = spans[:-1] if unfinished else spans
    if not finished:
        return ""
    cited = _MARKERS.match(text, finished[-1].end)
    return text[: cited.end() if cited else finished[-1].end].strip()


def before_over(text: str) -> str:
    """Return ``text`` up to the first words of ``OVER``; all of it where none stands in it."""
    return text[: min((at for over in OVER if (at := text.find(over)) >= 0), default=len(text))]


def certain(text: str) -> int:
    """Return how much of ``text`` stays whatever follows: its end may begin words of ``OVER``."""
    begun = (n for over in OVER for n in range(1, len(over)) if text.endswith(over[:n]))
    return len(text) - max(begun, default=0)
