"""Measures held-out rows while a model is trained and keeps the weights that do best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from domainkit import extras
from domainkit.generation.base_model import BaseText
from domainkit.packs.schemas.recipe import Watch
from domainkit.training.examples import Example
from domainkit.training.likelihood import mean_log_probability
from domainkit.training.loop import Step
from domainkit.training.masks import Encoded
from domainkit.training.rewards import Wanted, cites_right

_ROOM = 16  # tokens an answer may have beyond the wanted one's

Held = tuple[Encoded, Example | None]


class Watcher:
    """What a recipe's ``evaluation`` asks for; without one it sees nothing.

    ``values`` are what was measured, the higher the better; ``best`` the weights that did best.
    """

    def __init__(
        self,
        watch: Watch | None,
        model: Any,
        text: BaseText,
        held: Sequence[Held],
        values: Sequence[float] = (),
    ) -> None:
        self._watch = watch if held else None
        self._model = model
        self._text = text
        self._held = held
        self.values = list(values)
        self.best: dict[str, Any] = {}

    @property
    def over(self) -> bool:
        """Whether so many measurements brought nothing better that training is to end."""
        if self._watch is None or not self.values:
            return False
        best = self.values.index(max(self.values))
        return len(self.values) - 1 - best >= self._watch.patience

    def see(self, step: Step) -> None:
        """Measure when it is time to, and keep the weights when none did better."""
        watch = self._watch
        if watch is None or (step.number % watch.every and step.number < step.of):
            return
        self._model.eval()
        self.values.append(self._measured(watch))
        self._model.train()
        if self.values[-1] == max(self.values) and self.values.count(self.values[-1]) == 1:
            self.best = {
                name: weight.detach().cpu().clone()
                for name, weight in self._model.named_parameters()
                if weight.requires_grad
            }

    def curve(self, before: int) -> Iterator[tuple[int, float]]:
        """Yield the step, counted over all stages, and the value of each measurement."""
        for number, value in enumerate(self.values, start=1):
            every = self._watch.every if self._watch else 0
            yield before + number * every, value

    def restore(self) -> None:
        """Put the weights back that did best."""
        if not self.best:
            return
        torch = extras.load("torch", needed_for="training")
        with torch.no_grad():
            for name, weight in self._model.named_parameters():
                if name in self.best:
                    weight.copy_(self.best[name])

    def _measured(self, watch: Watch) -> float:
        if watch.metric == "loss":
            return mean_log_probability(self._model, [row for row, _ in self._held])
        right = [self._right(row, example) for row, example in self._held if example]
        return sum(right) / len(right)

    def _right(self, row: Encoded, example: Example) -> bool:
        torch = extras.load("torch", needed_for="training")
        asked = torch.tensor([row.ids[: row.start]], device=self._model.device)
        with torch.no_grad():
            written = self._model.generate(
                input_ids=asked,
                attention_mask=torch.ones_like(asked),
                do_sample=False,
                max_new_tokens=len(row.trained) + _ROOM,
                eos_token_id=sorted(self._text.stops),
                pad_token_id=sorted(self._text.stops)[0],
            )
        said = self._text.tokenizer.decode(written[0, row.start :], skip_special_tokens=True)
        return cites_right(said, Wanted(example.answer, example.refusal))
