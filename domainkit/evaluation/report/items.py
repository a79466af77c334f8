"""One question of a run as HTML: all that led to its answer, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from domainkit.evaluation.record import Change, Gold, Item
from domainkit.evaluation.report import findings
from domainkit.evaluation.report.escaping import plain
from domainkit.types import Answer, Claim, Retrieved, Turn

# What a verdict looks like besides its colour: a mark, and a word for who sees neither.
_MARKS = {"supported": ("✓", "supported"), "contradicted": ("✗", "contradicted by the source"),
          "unsupported": ("?", "no source supports it")}  # fmt: skip


def render(
    item: Item,
    other: Item | None = None,
    *,
    change: Change | None = None,
    names: tuple[str, str] = ("", ""),
) -> str:
    """Return an item as a part of the page that opens.

    Args:
        item: of the run that is reported.
        other: the same question in the run it is held against.
        change: what of the answer is no longer as it was.
        names: of the two runs.
    """
    wrong = findings.kinds(item)
    status = item.turn.answer.status
    right = status == item.question.expect
    tags = " ".join([*wrong, *(["changed"] if change else []), "wrong" if wrong else "right"])
    badge = '<span class="tag">changed</span>' if change else ""
    mark, said = ("✗", "wrong") if wrong else ("✓", "right")
    summary = (
        f'<summary><span class="{"bad" if wrong else "ok"}">{mark}'
        f'<span class="hidden">{said}</span></span> '
        f'<span class="ask" dir="auto" lang="{item.question.language}">'
        f"{plain(item.question.question)}</span> "
        f'<span class="tag{"" if right else " off"}">{status}</span>{badge}</summary>'
    )
    sides = [_answer(item, names[0])] + ([_answer(other, names[1])] if other else [])
    body = "".join((
        _wrong(wrong),
        _cause(change),
        _question(item),
        f'<div class="sides">{"".join(sides)}</div>',
        _passages(item),
        _prompt(item.turn),
        _scores(item),
    ))  # fmt: skip
    name = f'id="item-{plain(item.id)}" data-kinds="{tags}"'
    return f'<details class="item" {name}>{summary}{body}</details>'


def _cause(change: Change | None) -> str:
    """Return which passages made the answer another one."""
    if change is None:
        return ""
    rows = "".join(
        f"<li>{plain(one.kind)}: {plain(one.title)}, {plain(one.locator)}"
        f"{' (cited)' if one.cited else ''}</li>"
        for one in change.passages
    )
    why = f"<ul>{rows}</ul>" if rows else " no passage differs: the model or its prompt does."
    return f"<p><b>Changed</b>: {plain(', '.join(change.what))}. What it was given:{why}</p>"


def _wrong(kinds: Sequence[str]) -> str:
    titles = {kind.id: kind.title for kind in findings.KINDS}
    said = "".join(f"<li>{escape(titles[name])}</li>" for name in kinds)
    return f'<ul class="faults">{said}</ul>' if said else ""


def _question(item: Item) -> str:
    asked = item.question
    rows = [("id", asked.id), ("expected", asked.expect), ("suite", item.suite)]
    rows += [("asked for", f"{asked.as_of}")] if asked.as_of else []
    rows += [("jurisdiction", asked.jurisdiction)] if asked.jurisdiction else []
    rows += [("must say", "; ".join(asked.must_say))] if asked.must_say else []
    rows += [("must not say", "; ".join(asked.must_not_say))] if asked.must_not_say else []
    rows += [("right label", asked.label)] if asked.label else []
    rows += [("must cite", "; ".join(_source(item)))] if asked.must_cite else []
    rows += [("a good answer", " / ".join(asked.ideal))] if asked.ideal else []
    rows += [("note", asked.note)] if asked.note else []
    rows += [(f"earlier, {turn.role}", turn.content) for turn in asked.history]
    if item.turn.question.condensed:
        rows.append(("searched as", item.turn.question.condensed))
    return _pairs(rows)


def _source(item: Item) -> Iterator[str]:
    for gold, source in zip(item.gold, item.question.must_cite, strict=False):
        absent = "" if gold.passages else " (not in the documents)"
        yield f"{source.path}: “{source.quote or source.locator}”{absent}"


def _answer(item: Item, name: str) -> str:
    answer, generation = item.turn.answer, item.turn.generation
    who = f"written by {plain(generation.model)}" if generation else "no model was asked"
    if generation and generation.adapter:
        who += f" with {plain(generation.adapter)}"
    sure = "" if answer.sufficiency is None else f", sufficiency {answer.sufficiency:.2f}"
    support = "" if answer.support is None else f", support {answer.support:.2f}"
    seconds = item.turn.timings.get("total")
    took = "" if seconds is None else f", {seconds:.2f} s"
    head = f"Answer{f' of {plain(name)}' if name else ''}"
    written = ""
    if generation and generation.text.strip() and generation.text.strip() != answer.text.strip():
        written = _folded("What the model wrote", _text(generation.text))
    return (
        f'<section><h4>{head} <span class="tag">{answer.status}</span></h4>'
        f'<p class="dim">{who}{sure}{support}{took}</p>'
        f'<div class="text" dir="auto">{_claims(answer)}</div>'
        f"{_verdicts(answer)}{_citations(answer)}{written}</section>"
    )


def _claims(answer: Answer) -> str:
    """Return the answer with its claims marked; a claim out of place is listed below."""
    parts, at, odd = [], 0, list[Claim]()
    for claim in sorted(answer.claims, key=lambda c: c.span):
        start, end = claim.span.start, claim.span.end
        if start < at or end > len(answer.text):
            odd.append(claim)
            continue
        parts += [plain(answer.text[at:start]), _claim(claim, answer.text[start:end])]
        at = end
    parts.append(plain(answer.text[at:]))
    listed = "".join(f"<li>{_claim(claim, claim.text)}</li>" for claim in odd)
    return "".join(parts) + (f"<ul>{listed}</ul>" if listed else "")


def _claim(claim: Claim, text: str) -> str:
    mark, said = _MARKS[claim.verdict]
    why = f"{said}: {claim.check}" if claim.check else said
    return (
        f'<span class="claim {claim.verdict}" title="{plain(why)}">{plain(text)}'
        f'<sup aria-hidden="true">{mark}</sup><span class="hidden"> ({plain(why)}) </span></span>'
    )


def _verdicts(answer: Answer) -> str:
    rows = [
        (f"{v.guard} ({v.stage})", v.action + (f": {v.reason}" if v.reason else ""))
        for v in answer.verdicts
        if v.action != "pass" or v.reason
    ]
    rows += [("notice", notice) for notice in answer.notices]
    return _pairs(rows)


def _citations(answer: Answer) -> str:
    said = "".join(
        f"<li><b>{plain(c.marker)}</b> {plain(c.title)}, {plain(c.locator)}"
        f'<blockquote dir="auto">{plain(c.quote)}</blockquote></li>'
        for c in answer.citations
    )
    return f'<ul class="cited">{said}</ul>' if said else ""


def _passages(item: Item) -> str:
    wanted = {name: gold for gold in item.gold for name in gold.passages}
    shown = "".join(_passage(found, wanted) for found in item.turn.retrieved)
    missed = "".join(
        f"<li>{plain(gold.path)}: {_rank(item, gold)}</li>"
        for gold in item.gold
        if not any(found.passage.id in gold.passages for found in item.turn.retrieved)
    )
    told = f"<p>Not among them, though it is to be cited:</p><ul>{missed}</ul>" if missed else ""
    return _folded(f"Passages found ({len(item.turn.retrieved)})", f"{told}{shown}")


def _rank(item: Item, gold: Gold) -> str:
    if not gold.passages:
        return "the documents do not hold it"
    at = [item.ranking.index(name) + 1 for name in gold.passages if name in item.ranking]
    return f"ranked {min(at)}" if at else "not found among a hundred"


def _passage(found: Retrieved, wanted: Mapping[str, Gold]) -> str:
    passage = found.passage
    gold = '<span class="tag gold">★ to be cited</span>' if passage.id in wanted else ""
    via = ", ".join(f"{name} {score:.3g}" for name, score in found.via.items())
    return (
        f'<div class="passage"><p><b>[{found.rank}]</b> {plain(passage.title)}, '
        f'{plain(passage.locator)} {gold} <span class="dim">score {found.score:.3f}'
        f"{f' ({plain(via)})' if via else ''}</span></p>{_text(passage.text)}</div>"
    )


def _prompt(turn: Turn) -> str:
    if turn.prompt is None:
        return ""
    shown = "".join(
        f"<p><b>{plain(message.role)}</b></p>{_text(message.content)}"
        for message in turn.prompt.messages
    )
    usage = turn.generation.usage if turn.generation else None
    tokens = f", {usage.prompt_tokens:,} tokens" if usage and usage.prompt_tokens else ""
    return _folded(f"Prompt{tokens}", shown)


def _scores(item: Item) -> str:
    rows = [(name, f"{value:.3f}" + _baseline(item, name)) for name, value in item.scores.items()]
    timings = "; ".join(f"{stage} {seconds:.3f} s" for stage, seconds in item.turn.timings.items())
    return _folded("Scores", _pairs([*rows, *([("seconds", timings)] if timings else [])]))


def _baseline(item: Item, name: str) -> str:
    return f" (baseline {item.baseline[name]:.3f})" if name in item.baseline else ""


def _pairs(rows: Sequence[tuple[str, str]]) -> str:
    shown = "".join(
        f'<dt>{plain(name)}</dt><dd dir="auto">{plain(value)}</dd>' for name, value in rows
    )
    return f"<dl>{shown}</dl>" if shown else ""


def _text(text: str) -> str:
    return f'<div class="text" dir="auto">{plain(text)}</div>'


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"
