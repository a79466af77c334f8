"""The optimisers a recipe may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from domainkit import extras
from domainkit.packs.schemas.recipe import Stage

_BETAS = (0.9, 0.99)  # of Lion, as its authors publish it


def make(weights: Sequence[Any], stage: Stage) -> Any:
    """Return the optimiser of ``stage`` for ``weights``; nothing decays."""
    torch = extras.load("torch", needed_for="training")
    if stage.optimizer == "lion":
        return _lion(torch)(weights, {"lr": stage.learning_rate})
    return torch.optim.AdamW(weights, lr=stage.learning_rate, weight_decay=0.0, eps=stage.epsilon)


def _lion(torch: Any) -> Callable[..., Any]:
    """Return Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", alg. 2)."""

    class Lion(torch.optim.Optimizer):  # type: ignore[misc]  # torch is loaded here alone
        """Steps by the sign of the momentum, so that only one moment is kept."""

        @torch.no_grad()  # type: ignore[untyped-decorator]
        def step(self) -> None:
            near, far = _BETAS
            for group in self.param_groups:
                for weight in group["params"]:
                    if weight.grad is None:
                        continue
                    state = self.state[weight]
                    moment = state.setdefault("exp_avg", torch.zeros_like(weight))
                    update = moment.lerp(weight.grad, 1 - near).sign_()
                    weight.sub_(update, alpha=group["lr"])
                    moment.lerp_(weight.grad, 1 - far)

    return Lion
