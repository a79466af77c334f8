"""The pages in a real browser: nothing leaves them, nothing fails in them, keys are enough."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evaluation_runs import items, run
from playwright.sync_api import Page, sync_playwright

from domainkit.evaluation.duels import Chosen, Duel, duels
from domainkit.evaluation.pairwise import Pair
from domainkit.evaluation.report.page import Reported, page
from domainkit.server.arena_page import ArenaPage
from domainkit.server.local_page import LocalPage

BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Page, list[str]]]:
    """Open the report of a hostile run from the disk; record every request and complaint."""
    file = tmp_path / "report.html"
    made, before = Reported(run(), items()), Reported(run(id="before"), items()[:2])
    file.write_bytes(page(made, before).encode("utf-8", "replace"))
    log: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        shown: Any = browser.new_page()
        shown.on("console", lambda message: log.append(message.text))
        shown.on("pageerror", lambda error: log.append(str(error)))
        shown.on("request", lambda request: log.append(request.url))
        shown.goto(file.as_uri())
        log.remove(file.as_uri())
        yield shown, log
        browser.close()


def test_it_works_from_the_disk_by_keys_alone(opened: tuple[Page, list[str]]) -> None:
    shown, log = opened
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    shown.keyboard.press("/")
    shown.keyboard.type("missed")
    assert shown.locator(".item:visible").count() == 1
    shown.keyboard.press("Escape")
    assert shown.locator(".item:visible").count() == 3
    shown.locator(".item summary").first.focus()
    shown.keyboard.press("Enter")
    assert shown.locator(".item").first.get_attribute("open") is not None
    shown.locator("a[data-kind='missed-emergency']").focus()
    shown.keyboard.press("Enter")
    assert shown.locator(".item:visible").count() == 1
    for one in shown.locator("details").all():
        one.evaluate("node => { node.open = true; }")
    assert shown.evaluate("window.hit") is None
    assert shown.locator("body").evaluate("node => getComputedStyle(node).display") == "block"
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert log == []


def test_it_reads_on_a_telephone_in_the_dark(opened: tuple[Page, list[str]]) -> None:
    shown, log = opened
    shown.set_viewport_size({"width": 380, "height": 800})
    shown.emulate_media(color_scheme="dark")
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    dark = shown.locator("body").evaluate("node => getComputedStyle(node).backgroundColor")
    assert dark == "rgb(20, 25, 31)"
    shown.emulate_media(media="print")
    assert shown.locator(".tools").is_hidden()
    assert log == []


def test_a_person_votes_by_keys_and_the_page_loads_nothing() -> None:
    votes: list[tuple[str, Chosen]] = []

    def vote(duel: Duel, chosen: Chosen) -> None:
        votes.append((duel.pair.id, chosen))

    pairs = [Pair(name, "How much?", "<img src=x onerror=alert(1)>", "Two.") for name in "abc"]
    shown = duels(pairs, ("alpha", "beta"), seed=1)
    local = LocalPage(ArenaPage(shown, vote))
    serving = threading.Thread(target=local.run, args=(lambda _: None,), daemon=True)
    serving.start()
    log: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tab: Any = browser.new_page()
        tab.on("console", lambda message: log.append(message.text))
        tab.on("request", lambda request: log.append(request.url))
        tab.goto(local.url)
        for key in "120":
            with tab.expect_navigation():
                tab.keyboard.press(key)
        assert "That is all" in tab.inner_text("h1")
        browser.close()
    serving.join(5)
    assert not serving.is_alive()
    assert votes == [
        (duel.pair.id, c) for duel, c in zip(shown, ("left", "right", "tie"), strict=True)
    ]
    assert set(log) <= {
        local.url,
        local.url.split("/", 3)[0] + "//" + local.url.split("/")[2] + "/favicon.ico",
    }
