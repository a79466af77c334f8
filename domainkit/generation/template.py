"""Renders messages as one model's own chat template does: for answering and for training alike.

A template is a model file's own Jinja program, so it runs in Jinja's immutable sandbox with the
options transformers gives it. There is no clock: a template that would print today's date prints
its own default, and the same question renders to the same bytes tomorrow.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

from domainkit import extras
from domainkit.errors import GenerationError
from domainkit.types import EMPTY, Message

# Training frameworks mark what the assistant says with these tags; they print nothing.
_GENERATION = re.compile(r"\{%(-?)\s*(end)?generation\s*(-?)%\}")


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """A Jinja chat template and the special tokens it names (``bos_token``, ``eos_token`` …)."""

    source: str
    special: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    @property
    def hash(self) -> str:
        """The SHA-256 of the template and its special tokens, for adapters to be checked by."""
        whole = json.dumps([self.source, dict(sorted(self.special.items()))], ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()

    def render(self, messages: Sequence[Message], *, add_generation_prompt: bool = True) -> str:
        """Return ``messages`` as this model reads them; see ``render``."""
        return render(
            messages,
            self.source,
            add_generation_prompt=add_generation_prompt,
            special=self.special,
        )


def render(
    messages: Sequence[Message],
    template: str,
    *,
    add_generation_prompt: bool,
    special: Mapping[str, str] = EMPTY,
) -> str:
    """Return ``messages`` rendered by a Jinja chat template.

    Args:
        messages: the turns, in order. A template that refuses a system turn (Gemma 2, the first
            Mistral) gets its words at the head of the user's turn.
        template: the template's Jinja source.
        add_generation_prompt: end with what opens the assistant's turn.
        special: the tokens the template may name, such as ``{"bos_token": "<s>"}``.

    Raises:
        GenerationError: when the template is broken or refuses these messages.
    """
    jinja2 = extras.load("jinja2", needed_for="rendering a chat template")
    given = {
        "add_generation_prompt": add_generation_prompt,
        "tools": None,
        "documents": None,
        "enable_thinking": False,  # Qwen3 and SmolLM3 would write their thoughts first
        **special,
    }
    try:
        compiled = _compiled(template)
        try:
            return str(compiled.render(messages=_plain(messages), **given))
        except jinja2.TemplateError:
            if (folded := _folded(messages)) is None:
                raise
            return str(compiled.render(messages=_plain(folded), **given))
    except jinja2.TemplateError as error:
        raise GenerationError(
            f"the model's chat template cannot render this conversation: {error}",
            hint="choose another model: domainkit models list",
        ) from error


def _plain(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in messages]


def _folded(messages: Sequence[Message]) -> list[Message] | None:
    """Return ``messages`` with the system's words in the user's turn; None without both."""
    if [m.role for m in messages[:2]] != ["system", "user"]:
        return None
    system, user, *rest = messages
    return [Message("user", f"{system.content}\n\n{user.content}"), *rest]


@lru_cache(maxsize=16)
def _compiled(template: str) -> Any:
    sandbox = extras.load("jinja2.sandbox", needed_for="rendering a chat template")
    environment = sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    environment.filters["tojson"] = _tojson
    return environment.from_string(_GENERATION.sub(_nothing, template))


def _nothing(tag: re.Match[str]) -> str:
    return f"{{%{tag[1]} {'endif' if tag[2] else 'if true'} {tag[3]}%}}"


def _refuse(message: str) -> NoReturn:
    jinja2 = extras.load("jinja2", needed_for="rendering a chat template")
    raise jinja2.TemplateError(message)


def _tojson(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
