"""Writes an Ollama Modelfile for a GGUF base with an adapter, with the base's own chat template.

Ollama takes templates in Go's language. A chat template is a program in another, so what it writes
around the system's and the user's words is read off once and put into the other form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from domainkit.errors import GenerationError
from domainkit.generation.header import Header
from domainkit.generation.template import ChatTemplate
from domainkit.types import Message

FILE = "Modelfile"
# Words that stand in no template, to find what stands around them.
_SYSTEM, _USER, _REPLY = "\ue000system\ue000", "\ue000user\ue000", "\ue000reply\ue000"
_WRITTEN = re.compile(
    r"{{ if \.System }}(?P<before>.*?){{ \.System }}(?P<between>.*?){{ else }}(?P<alone>.*?)"
    r"{{ end }}{{ \.Prompt }}(?P<after>.*?){{ \.Response }}(?P<end>.*)",
    re.DOTALL,
)
_TEMPLATE = re.compile(r'^TEMPLATE """(?P<text>.*?)"""$', re.DOTALL | re.MULTILINE)
_OPEN = '{{ "{{" }}'  # how Go's language writes two braces


def template(chat: ChatTemplate, *, adds_bos: bool) -> str:
    """Return ``chat`` in Go's language, for one exchange after another.

    Args:
        chat: the base's chat template.
        adds_bos: leave its beginning of text away: Ollama puts one there.

    Raises:
        GenerationError: when the template does not write what it is given.
    """
    system, user = Message("system", _SYSTEM), Message("user", _USER)
    whole, alone = chat.render([system, user]), chat.render([user])
    ended = chat.render([user, Message("assistant", _REPLY)], add_generation_prompt=False)
    try:
        before, rest = whole.split(_SYSTEM)
        between, after = rest.split(_USER)
        first, after_alone = alone.split(_USER)
        end = ended.split(_REPLY)[1]
    except (ValueError, IndexError) as error:
        raise GenerationError(
            "the chat template changes what it is given, so it cannot be written for Ollama",
            hint="serve the merged model instead: domainkit adapters export NAME --to merged",
        ) from error
    if after != after_alone:
        raise GenerationError(
            "the chat template ends a user's turn differently after a system's, which Ollama's "
            "form cannot say",
            hint="serve the merged model instead: domainkit adapters export NAME --to merged",
        )
    bos = chat.special.get("bos_token", "") if adds_bos else ""
    parts = (before.removeprefix(bos), between, first.removeprefix(bos), after, end)
    before, between, first, after, end = (part.replace("{{", _OPEN) for part in parts)
    return (
        f"{{{{ if .System }}}}{before}{{{{ .System }}}}{between}{{{{ else }}}}{first}{{{{ end }}}}"
        f"{{{{ .Prompt }}}}{after}{{{{ .Response }}}}{end}"
    )


def rendered(text: str, messages: Sequence[Message]) -> str:
    """Return ``messages`` (a system's and a user's, or a user's) as the template ``text`` would.

    Raises:
        GenerationError: when ``text`` is not of the form that ``template`` writes.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise GenerationError("the template of this Modelfile cannot be read", hint="export anew")
    part = {name: value.replace(_OPEN, "{{") for name, value in found.groupdict().items()}
    *system, user = (message.content for message in messages)
    opened = f"{part['before']}{system[0]}{part['between']}" if system else part["alone"]
    return f"{opened}{user}{part['after']}"


def write(folder: Path, base: Path, adapter: str, header: Header, stops: Sequence[str]) -> Path:
    """Write the Modelfile to ``folder`` and return it.

    Args:
        folder: where the adapter is.
        base: the GGUF of the base, named by its whole path.
        adapter: the file of the adapter in ``folder``.
        header: of the base.
        stops: the tokens that end a turn.
    """
    text = template(header.chat, adds_bos=header.adds_bos)
    lines = [
        f"FROM {base.resolve()}",
        f"ADAPTER ./{adapter}",
        f'TEMPLATE """{text}"""',
        *(f'PARAMETER stop "{stop}"' for stop in stops),
        "PARAMETER temperature 0",
    ]
    path = folder / FILE
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read_template(path: Path) -> str:
    """Return the template that the Modelfile at ``path`` holds.

    Raises:
        GenerationError: when it holds none.
    """
    found = _TEMPLATE.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise GenerationError(f"{path} holds no template", hint="export anew")
    return found["text"]
