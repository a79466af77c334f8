"""``domainkit eval``: its commands, one module each."""

from __future__ import annotations

from domainkit.cli.eval_arena import arena
from domainkit.cli.eval_choices import choices
from domainkit.cli.eval_draft import draft
from domainkit.cli.eval_exchange import export_suite, import_suite
from domainkit.cli.eval_group import app
from domainkit.cli.eval_harness import harness
from domainkit.cli.eval_history import compare, history
from domainkit.cli.eval_judge import judge
from domainkit.cli.eval_report import report
from domainkit.cli.eval_review import review
from domainkit.cli.eval_run import run
from domainkit.cli.eval_show import list_runs, show

__all__ = [
    "app",
    "arena",
    "choices",
    "compare",
    "draft",
    "export_suite",
    "harness",
    "history",
    "import_suite",
    "judge",
    "list_runs",
    "report",
    "review",
    "run",
    "show",
]
