"""``domainkit eval``: its commands, one module each."""

from __future__ import annotations

from domainkit.cli.eval_draft import draft
from domainkit.cli.eval_group import app
from domainkit.cli.eval_review import review

__all__ = ["app", "draft", "review"]
