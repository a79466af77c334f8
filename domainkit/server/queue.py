"""How many questions are answered at once, how many may wait, and what the next one is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domainkit.errors import ServerBusy


class Queue:
    """Lets ``running`` questions in at once and ``waiting`` more stand in line; refuses others.

    A question is in until its whole answer is sent, so that a slow reader counts as well. The
    line stands in the event loop: those who wait must not hold the threads that answer.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self._places = asyncio.Semaphore(running)
        self._most = running + waiting
        self._inside = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a place; wait in line for it.

        Raises:
            ServerBusy: when the line is full.
        """
        if self._inside >= self._most:
            raise ServerBusy(
                f"{self._inside} questions are being answered or wait for it",
                hint="ask again after the seconds in the header Retry-After",
            )
        self._inside += 1
        try:
            async with self._places:
                yield
        finally:
            self._inside -= 1
