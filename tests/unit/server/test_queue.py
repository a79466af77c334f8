from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest
from fake_assistant import FakeAssistant
from live_server import listening

from domainkit.errors import ServerBusy
from domainkit.server.app import create_app
from domainkit.server.queue import Queue

BODY = {"question": "How long?"}


def test_places_are_given_back_and_the_line_is_bounded() -> None:
    async def scene() -> None:
        queue, leave = Queue(1, 1), asyncio.Event()

        async def hold() -> None:
            async with queue.turn():
                await leave.wait()

        held = [asyncio.create_task(hold()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy, match="2 questions are being answered"):
            await hold()
        leave.set()
        await asyncio.gather(*held)

        async with queue.turn():
            assert queue._inside == 1

    asyncio.run(scene())


def test_a_place_is_given_back_when_the_answer_fails() -> None:
    async def scene() -> None:
        queue = Queue(1, 0)
        with pytest.raises(RuntimeError):
            async with queue.turn():
                raise RuntimeError

        async with queue.turn():
            pass

    asyncio.run(scene())


def test_a_long_line_does_not_hold_the_threads_that_answer() -> None:
    async def ask(url: str, number: int) -> list[int]:
        async with httpx.AsyncClient(timeout=30) as client:
            asked = (client.post(f"{url}/v1/ask", json=BODY) for _ in range(number))
            return [response.status_code for response in await asyncio.gather(*asked)]

    with listening(create_app(FakeAssistant(), running=1, waiting=100)) as url:
        assert asyncio.run(ask(url, 80)) == [200] * 80


def test_one_question_too_many_is_told_when_to_ask_again() -> None:
    assistant = FakeAssistant(endless=True)
    with listening(create_app(assistant, running=1, waiting=0)) as url:
        stream = {**BODY, "stream": True}
        with httpx.stream("POST", f"{url}/v1/ask", json=stream, timeout=20) as answered:
            lines = answered.iter_lines()
            next(lines)

            refused = httpx.post(f"{url}/v1/ask", json=BODY, timeout=20)
            found = httpx.post(f"{url}/v1/retrieve", json=BODY, timeout=20)
            health = httpx.get(f"{url}/healthz", timeout=20)
            lines.close()  # type: ignore[attr-defined]

        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert json.loads(refused.text)["title"] == "Server busy"
        assert (found.status_code, health.status_code) == (200, 200)
        assert assistant.stopped.wait(5)

        assistant.endless = False
        for _ in range(200):  # until the server has noticed that its reader left
            if httpx.post(f"{url}/v1/ask", json=BODY, timeout=20).status_code == 200:
                break
            time.sleep(0.02)
        else:
            pytest.fail("the place was never given back")
