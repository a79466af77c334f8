"""Lets a pipeline of OpenVINO GenAI write several answers at once, each read token by token.

Its ``step`` keeps Python's lock for as long as it computes (2026.4), and everything else in the
process would stand still while a prompt is read. Its ``generate`` does not, and it goes on until
all that was added meanwhile has ended. So a thread of its own calls ``generate`` with a request
of one token, and whoever wants an answer adds a request beside it.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

_LOOK = 0.004  # seconds between two looks at an answer: a token takes five times as long


class Batch:
    """One pipeline and the requests it works on, several at once."""

    def __init__(self, genai: Any, pipeline: Any, beginning: Any) -> None:
        """Take over ``pipeline``, a ``ContinuousBatchingPipeline``; nothing else may use it.

        Args:
            genai: the library.
            pipeline: what computes.
            beginning: a tensor of one token, to begin the work with.
        """
        self._pipeline, self._beginning = pipeline, beginning
        self._first = genai.GenerationConfig(max_new_tokens=1, do_sample=False)
        self._runs = genai.GenerationStatus.RUNNING
        self._numbers = itertools.count(1)  # generate numbers its own from 0
        self._change = threading.Condition()
        self._working = False
        self._failure: RuntimeError | None = None

    @property
    def is_broken(self) -> bool:
        """Whether the pipeline has failed: it is not to be asked again."""
        return self._failure is not None

    def tokens(self, ids: Any, config: Any) -> Generator[int | None, None, None]:
        """Yield the tokens that follow ``ids``, None while there is none yet.

        The request ends with the iterator, or when that is closed.

        Raises:
            RuntimeError: when OpenVINO fails.
        """
        handle = self._added(ids, config)
        try:
            while True:
                ended = handle.get_status() != self._runs
                if handle.can_read():
                    for written in handle.read().values():
                        yield from written.generated_ids
                elif ended or self._failure:
                    break
                else:
                    time.sleep(_LOOK)
                    yield None
            self._check()
        finally:
            handle.stop()

    def likeliest(self, ids: Any, config: Any) -> Iterator[tuple[Sequence[int], float]]:
        """Yield the token sequences and scores of a search by ``config``, asked alone.

        Raises:
            RuntimeError: when OpenVINO fails.
        """
        with self._change:
            self._change.wait_for(lambda: not self._working)
            self._check()
            found = self._pipeline.generate([ids], [config])[0]
        yield from zip(found.m_generation_ids, found.m_scores, strict=True)

    def _added(self, ids: Any, config: Any) -> Any:
        with self._change:
            self._check()
            if not self._working:
                self._working, over = True, threading.Event()
                threading.Thread(target=self._work, args=(over,), name="openvino").start()
                while not (self._pipeline.has_non_finished_requests() or over.is_set()):
                    time.sleep(_LOOK / 8)
            return self._pipeline.add_request(next(self._numbers), ids, config)

    def _work(self, over: threading.Event) -> None:
        """Compute until nothing is left; a failure is raised where tokens are waited for."""
        try:
            self._pipeline.generate([self._beginning], [self._first])
        except RuntimeError as error:
            self._failure = error
        over.set()
        while not self._rested():
            self._step()  # of a request that was added as generate ended

    def _step(self) -> None:
        try:
            self._pipeline.step()
        except RuntimeError as error:
            self._failure = error

    def _rested(self) -> bool:
        with self._change:
            left = not self._failure and self._pipeline.has_non_finished_requests()
            if not left:
                self._working = False
                self._change.notify_all()
            return not left

    def _check(self) -> None:
        if self._failure:
            raise RuntimeError(str(self._failure)) from self._failure
