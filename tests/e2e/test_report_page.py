"""The report in a real browser: nothing leaves it, nothing fails in it, keys are enough."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evaluation_runs import items, run
from playwright.sync_api import Page, sync_playwright

from domainkit.evaluation.report.page import Reported, page

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
