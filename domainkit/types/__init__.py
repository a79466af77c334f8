"""The values that flow through domainkit.

All are frozen and slotted: no stage edits what an earlier stage made. Offsets are half-open and
count Unicode code points of ``Document.text``.
"""

from domainkit.types.authorities import Reference, Resolution, Standing
from domainkit.types.documents import (
    EMPTY,
    Document,
    Entry,
    Filter,
    Hit,
    Passage,
    Retrieved,
    Section,
    Span,
    Validity,
)
from domainkit.types.turns import (
    NO_NAMES,
    Action,
    Answer,
    Citation,
    Claim,
    Draft,
    Generation,
    Message,
    Names,
    Prompt,
    Question,
    Role,
    Stage,
    Status,
    Support,
    Turn,
    Usage,
    Verdict,
)

__all__ = [
    "EMPTY",
    "NO_NAMES",
    "Action",
    "Answer",
    "Citation",
    "Claim",
    "Document",
    "Draft",
    "Entry",
    "Filter",
    "Generation",
    "Hit",
    "Message",
    "Names",
    "Passage",
    "Prompt",
    "Question",
    "Reference",
    "Resolution",
    "Retrieved",
    "Role",
    "Section",
    "Span",
    "Stage",
    "Standing",
    "Status",
    "Support",
    "Turn",
    "Usage",
    "Validity",
    "Verdict",
]
