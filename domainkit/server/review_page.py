"""The page on which a person takes or leaves draft questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from importlib import resources
from string import Template

from domainkit.errors import EvaluationError
from domainkit.evaluation.drafts import Draft

Decide = Callable[[str, str, str], None]


def fill(title: str, body: str, *, nonce: str) -> str:
    """Return a page of this machine with ``body``, which is HTML, and ``title``, which is text."""
    template = resources.files(__package__ or "").joinpath("review_page.html")
    text = template.read_text(encoding="utf-8")
    return Template(text).substitute(title=escape(title), body=body, nonce=escape(nonce))


class ReviewPage:
    """One draft at a time, with the passage it came from."""

    def __init__(self, waiting: Callable[[], list[Draft]], decide: Decide) -> None:
        """Show what ``waiting`` gives; ``decide`` gets id, action and question of an answer.

        Actions are ``accept``, ``reject`` and ``skip``.
        """
        self._waiting = waiting
        self._decide = decide
        self._of = len(waiting())
        self._fault = ""

    @property
    def done(self) -> bool:
        """Whether every draft is decided or skipped."""
        return not self._waiting()

    def show(self, *, nonce: str) -> str:
        """Return the page as HTML."""
        waiting = self._waiting()
        if not waiting:
            body = "<h1>That is all of them.</h1><p>This page may be closed.</p>"
            return fill("Review", body, nonce=nonce)
        return fill("Review", self._form(waiting[0], len(waiting)), nonce=nonce)

    def take(self, form: Mapping[str, str]) -> None:
        """Take one decision; one about a draft that is decided already changes nothing."""
        self._fault = ""
        if form.get("id") not in {draft.id for draft in self._waiting()}:
            return
        if form.get("action") not in {"accept", "reject", "skip"}:
            return
        try:
            self._decide(form["id"], form["action"], form.get("question", ""))
        except EvaluationError as error:
            self._fault = str(error)

    def _form(self, draft: Draft, left: int) -> str:
        number = self._of - left
        fault = f'<p class="wrong" role="alert">{escape(self._fault)}</p>' if self._fault else ""
        says = f"<p>A right answer says: <b>{escape(', '.join(draft.must_say))}</b></p>"
        return (
            f"<h1>Is this a question to judge the assistant by?</h1>"
            f'<p class="dim">{number + 1} of {self._of}, from a {escape(draft.origin)}</p>'
            f'<progress max="{self._of}" value="{number}">{number} of {self._of}</progress>{fault}'
            f'<form method="post" lang="{draft.language}">'
            f'<input type="hidden" name="id" value="{escape(draft.id)}">'
            f'<label for="question">Question</label>'
            f'<textarea id="question" name="question">{escape(draft.question)}</textarea>'
            f"{says if draft.must_say else ''}"
            f"<h2>Passage that answers it: {escape(draft.title)}, {escape(draft.locator)}</h2>"
            f'<div class="text">{marked(draft)}</div><small>{escape(draft.path)}</small>'
            f'<div class="keys">{_BUTTONS}</div></form>'
        )


_BUTTONS = (
    '<button class="first" name="action" value="accept" data-key="a">Accept <kbd>a</kbd></button>'
    '<button type="button" data-key="e" data-edit>Edit <kbd>e</kbd></button>'
    '<button name="action" value="reject" data-key="r">Reject <kbd>r</kbd></button>'
    '<button name="action" value="skip" data-key="s">Later <kbd>s</kbd></button>'
)


def marked(draft: Draft) -> str:
    """Return the passage of ``draft`` as HTML with the words that answer it marked."""
    before, found, after = draft.text.partition(draft.quote)
    if not found:
        return escape(draft.text)
    return f"{escape(before)}<mark>{escape(found)}</mark>{escape(after)}"
