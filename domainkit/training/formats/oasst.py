"""OpenAssistant's trees: a question, the answers to it, the questions that follow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domainkit.training.formats.samples import (
    Comparison,
    Dialogue,
    Keys,
    Sample,
    Unusable,
    compared,
    dialogue,
    words,
)
from domainkit.types import Message

_ROLES = {"prompter": "user", "assistant": "assistant"}


class Trees(Keys):
    """A tree of messages: a dialogue a leaf, and a comparison where answers are ranked.

    Of answers to the same turns the best alone is spoken on, so that a dialogue's own turns are
    trained once: the others stand in the comparison.
    """

    def read(self, row: Mapping[str, Any]) -> Sequence[Sample]:
        """Return what the tree holds."""
        if row.get("tree_state", "ready_for_export") != "ready_for_export":
            raise Unusable(f"the tree is '{row['tree_state']}', not ready for export")
        found: list[Sample] = [*_comparisons(row["prompt"], ())]
        found += _dialogues(row["prompt"])
        if not found:
            raise Unusable("nobody answers")
        return found


def _dialogues(root: Mapping[str, Any]) -> list[Dialogue]:
    """Return the dialogue along the best answers, as far as it goes."""
    said: list[Message] = []
    node: Mapping[str, Any] | None = root
    while node is not None:
        said.append(_message(node))
        node = next(iter(_replies(node)), None)
    return [dialogue(said)] if len(said) > 1 else []


def _comparisons(node: Mapping[str, Any], before: tuple[Message, ...]) -> Iterator[Comparison]:
    said = (*before, _message(node))
    replies = _replies(node)
    ranked = [reply for reply in replies if reply.get("rank") is not None]
    if said[-1].role == "user" and len(ranked) > 1:
        answers = list(dict.fromkeys(words(reply, "text") for reply in ranked))
        if len(answers) > 1:
            yield compared(said, answers)
    for reply in replies:
        yield from _comparisons(reply, said)


def _replies(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the replies that were not deleted, the best first; unranked ones come last."""
    kept = [reply for reply in node.get("replies") or [] if not reply.get("deleted")]
    return sorted(kept, key=lambda r: (r.get("rank") is None, r.get("rank") or 0))


def _message(node: Mapping[str, Any]) -> Message:
    role = _ROLES.get(words(node, "role"))
    if role is None:
        raise Unusable(f"'{node.get('role')}' is no speaker")
    return Message("user" if role == "user" else "assistant", words(node, "text"))


OASST = Trees(
    "oasst",
    "https://github.com/LAION-AI/Open-Assistant, docs/docs/data/schemas.mdx",
    frozenset({"message_tree_id", "prompt"}),
)
