"""Makes others' text safe to show a model: it keeps its words and loses its power to instruct.

Text retrieved from documents is data. What a chat template would read as the start of a turn,
what a person cannot see, and what looks like one of our own source numbers is rewritten in the
prompt's copy alone; stored passages and citations keep the true text. The injection guard knows
an attack by the same signs.
"""

from __future__ import annotations

import re

# Characters a reader cannot see and a tokenizer can: controls, zero-width and soft hyphens,
# fillers, variation selectors, private use. Tags and direction marks come under _COVERT too.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ue000-\uf8ff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)

# Invisible characters that honest typing and pasting never leave behind: tags, which spell out
# hidden ASCII, and overrides of the writing direction.
_COVERT = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")

# The markers of the chat templates in use: ChatML, Llama 2 and 3, Mistral, GLM, Gemma, Phi,
# DeepSeek. Their words stay, in round brackets.
_ROLE_TOKEN = re.compile(
    r"<\s*[|\uff5c](?P<pipe>[^<>\n]{1,40}?)[|\uff5c]\s*>"
    r"|<<\s*(?P<sys>/?\s*SYS)\s*>>"
    r"|<\s*(?P<angle>/?\s*(?:s|sop|eop|bos|eos|pad|unk|mask|human|bot|user|assistant|system"
    r"|start_of_turn|end_of_turn|im_start|im_end|think))\s*>"
    r"|\[\s*(?P<square>/?\s*(?:[gs]?MASK|INST|SYSTEM_PROMPT|AVAILABLE_TOOLS)|Round\s+\d+)\s*\]",
    re.IGNORECASE,
)
# Whatever else a vocabulary may hold as one token: "<repo_name>", "<tool_call>", "<0x0A>",
# "[CLS]".
# A question may hold such a word honestly, so it is no sign of tampering.
_TAG = re.compile(
    r"<(?P<tag>/?[A-Za-z_][\w:-]{0,40}|0x[0-9A-Fa-f]{2})>|\[(?P<label>/?[A-Z]{2,}(?:_[A-Z]+)*)\]"
)
# The headings of Alpaca's template; "## Response" is also an ordinary heading, so only its hashes
# go.
_HEADING = re.compile(r"#{2,}(?=\s*(?:instruction|input|response|system|user|assistant)\b)", re.I)

# A document's own reference numbers would read as the numbers of our sources.
_NUMBERED = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、;\-–]\s*\d{1,3})*)\s*[\]】]")


def neutralise(text: str) -> str:
    """Return ``text`` on one line, visible throughout, free of role tokens and source numbers.

    One source is one line, so that no passage can begin a line that looks like another source or
    like the question.
    """
    return " ".join(without_numbers(disarm(text)).split())


def without_numbers(text: str) -> str:
    """Return ``text`` with its own bracketed reference numbers, "[12]", in round brackets."""
    return _NUMBERED.sub(r"(\1)", text)


def disarm(text: str) -> str:
    """Return ``text`` without invisible characters and with role tokens in round brackets."""
    visible = _HEADING.sub("", _INVISIBLE.sub("", text))
    # Taking one token apart can leave another: "<|a<|b|>" . Each round removes two angle marks.
    while _ROLE_TOKEN.search(visible) or _TAG.search(visible):
        visible = _TAG.sub(_in_round_brackets, _ROLE_TOKEN.sub(_in_round_brackets, visible))
    return visible


def tampering(text: str) -> str:
    """Return what in ``text`` no honest question holds: a role token, hidden text; else empty."""
    if _COVERT.search(text):
        return "hidden characters"
    token = _ROLE_TOKEN.search(_INVISIBLE.sub("", text))
    return f"the role token {token[0]}" if token else ""


def _in_round_brackets(token: re.Match[str]) -> str:
    return f"({token[token.lastgroup or 0].strip()})"
