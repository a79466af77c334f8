"""Every error a user can cause, one root.

```
DomainkitError
├── PackError            a pack, template, profile or assistant folder is wrong
├── SettingsError        domainkit.toml, the environment or a flag is wrong
├── IngestionError       a file or folder cannot be read
├── StoreError           the store or an index cannot be used
│   ├── IndexNotFound    nothing has been ingested yet
│   └── StaleIndex       an index was built from something else
├── ModelError           a model is unknown, absent or damaged
├── GenerationError      a generator failed
├── TrainingError        a recipe, its rows or a training run is wrong
├── EvaluationError      a benchmark or suite cannot be measured
│   └── GateFailed       a score is below what the pack allows
├── QuestionError        a question cannot be taken (empty, too long)
├── ServerError          the REST server cannot start
│   └── ServerBusy       it takes no more questions just now
├── UnknownComponent     a name is not in the registry
└── MissingExtra         a library is not installed
```

Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations


class DomainkitError(Exception):
    """Names the thing and the place in ``message`` and the next command in ``hint``."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class PackError(DomainkitError):
    """A pack, template, profile or assistant folder is wrong."""


class SettingsError(DomainkitError):
    """A setting in domainkit.toml, the environment or a flag is wrong."""


class IngestionError(DomainkitError):
    """A file or folder cannot be read; the message is the reason a report shows."""


class StoreError(DomainkitError):
    """The store or an index cannot be used."""


class IndexNotFound(StoreError):
    """Nothing has been ingested yet."""


class StaleIndex(StoreError):
    """An index was built from other documents, by another embedder or by another version."""


class ModelError(DomainkitError):
    """A model is unknown, not fetched, or damaged."""


class GenerationError(DomainkitError):
    """A generator failed to write an answer."""


class TrainingError(DomainkitError):
    """A recipe, its rows or a training run is wrong."""


class EvaluationError(DomainkitError):
    """A benchmark or suite cannot be measured."""


class GateFailed(EvaluationError):
    """A score is below what the pack allows."""


class QuestionError(DomainkitError):
    """A question cannot be taken: it is empty or too long."""


class ServerError(DomainkitError):
    """The REST server cannot start."""


class ServerBusy(ServerError):
    """As many questions are being answered, and wait for it, as the server takes."""


class UnknownComponent(DomainkitError):
    """A name is not in the registry; the hint lists the nearest names."""


class MissingExtra(DomainkitError):
    """A library is not installed; the hint is the command that installs it."""
