"""The desk as a clinician meets it: a real browser, the real role, the session's real servers."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from PIL import Image

from generation.ids import source_version
from generation.items import Evidence, PlannedItem
from generation.samples import DecisionKind, State
from generation.sources import Figure
from review_bridge.leases import Holder
from review_bridge.routing import take_in
from spinestream.embedded import Addresses, Servers
from spinestream.settings import Settings, load, save
from spinestream.web_file import web_told
from spinestream.wiring import Parts, broker_settings, connected
from spinestream.workdir import Workdir
from streams.broker import Broker
from streams.trends.facts import Facts
from tests.spinestream.cli.items import planned_item, revised_parts
from tests.streams.trends.constructed import a_loop

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on the PATH")

LI, WU, PASSWORD = "Dr Li", "Dr Wu", "correct horse battery"
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> {{ 6 * 7 }} L4/L5."
SECONDS = 15


@dataclass
class Place:
    """A deployment's store with samples in the queue, and its desk."""

    workdir: Workdir
    addresses: Addresses
    url: str = ""

    def on_parts(self, work: Callable[[Parts], Awaitable[Any]]) -> Any:
        async def go() -> Any:
            async with connected(self.workdir, load(self.workdir), self.addresses) as parts:
                await parts.prepare()
                return await work(parts)

        return asyncio.run(go())


def _items() -> list[PlannedItem]:
    version = source_version(b"a desk")
    evidence = (
        Evidence(id="p1s1", text="L4/L5 shows a disc extrusion.", start=0, end=29),
        Evidence(id="p1s2", text=MARKUP, start=30, end=30 + len(MARKUP)),
    )
    return [planned_item("guide", version, n).model_copy(update={"evidence": evidence}) for n in range(12)]


async def _fill(parts: Parts) -> None:
    assert parts.queue is not None
    for key in await parts.queue.ids():
        await parts.queue.take_off([key])
    picture = io.BytesIO()
    Image.new("L", (64, 48), 90).save(picture, "PNG")
    address = await parts.blobs.put(picture.getvalue())
    figure = Figure(image=address, caption="slice 3", modality="CT", window_center=40.0, window_width=400.0)
    for item in _items():
        shown = item.model_copy(update={"figures": (figure,)})
        planned = revised_parts(shown, question=f"Which finding? {MARKUP}")
        await take_in(parts.store, parts.queue, planned, parts.sources.withdrawn)
    for name in (LI, WU):
        await parts.reviewers.add(name, PASSWORD)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, servers: Servers, mongodb_url: str) -> Iterator[Place]:
    from pymongo import MongoClient

    workdir = Workdir.open(tmp_path_factory.mktemp("desk") / "W")
    save(workdir, Settings(engine="scripted", database=f"desk_{uuid.uuid4().hex[:12]}"))
    made = Place(workdir, servers.addresses)
    Broker(broker_settings(servers.addresses)).ensure_topics()
    made.on_parts(_fill)
    log = workdir.log_of("web").open("wb")
    command = [sys.executable, "-m", "spinestream", "role", "web", "--workdir", str(workdir.root)]
    role = subprocess.Popen(
        command, env={**os.environ, **servers.addresses.environment()}, stdout=log, stderr=log, start_new_session=True
    )
    try:
        until = time.monotonic() + 30
        while (note := web_told(workdir)) is None or note.pid != role.pid:
            assert role.poll() is None, workdir.log_of("web").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        made.url = note.address
        yield made
    finally:
        role.terminate()
        assert role.wait(20) == 0, workdir.log_of("web").read_text()
        log.close()
        with MongoClient[dict[str, Any]](mongodb_url) as client:
            client.drop_database(load(workdir).database)


class Browser:
    """A browser with one or more windows."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def until(self, condition: Callable[[], Any]) -> Any:
        from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

        deadline = time.monotonic() + SECONDS
        while True:
            try:
                if found := condition():
                    return found
            except (StaleElementReferenceException, WebDriverException):
                pass
            assert time.monotonic() < deadline, self.all("body")[0].text
            time.sleep(0.02)

    def all(self, selector: str) -> list[Any]:
        found: list[Any] = self.driver.find_elements("css selector", selector)
        return found

    def text(self, selector: str) -> str:
        """Return the text of the first such element once there is one: a key or a click may still be on its way."""
        return str(self.until(lambda: self.all(selector))[0].get_attribute("textContent"))

    def press(self, *keys: str, held: str = "") -> None:
        from selenium.webdriver import ActionChains

        chain = ActionChains(self.driver, duration=0)
        if held:
            chain.key_down(held)
        chain.send_keys(*keys)
        if held:
            chain.key_up(held)
        chain.perform()

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.open("/sign-in")
        self.driver.delete_all_cookies()
        self.open("/sign-in")
        self.all("input[name=name]")[0].send_keys(name)
        self.all("input[name=password]")[0].send_keys(password, "\n")

    def item(self, other_than: str = "") -> str:
        """Return the sample on the desk once its keys work."""

        def shown() -> str:
            # In one step: between two, another sample may come.
            look = "return document.querySelector('main.desk.settled')?.dataset.item || ''"
            found = str(self.driver.execute_script(look))
            return found if found != other_than else ""

        return str(self.until(shown))


@pytest.fixture(scope="module")
def browser(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    profile = tmp_path_factory.mktemp("profile")
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
        "disable-component-update", "disable-sync", f"user-data-dir={profile}", "window-size=1440,900",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    try:
        yield Browser(driver, place.url)
    finally:
        driver.quit()


def _stored(place: Place) -> list[dict[str, Any]]:
    async def work(parts: Parts) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await parts.store.decisions.documents.find().sort("when").to_list()
        return found

    stored: list[dict[str, Any]] = place.on_parts(work)
    return stored


def _decide(browser: Browser, first: str) -> list[str]:
    """Decide five samples by keyboard, and skip one."""
    from selenium.webdriver import Keys

    shown = [first]
    browser.press("a")
    shown.append(browser.item(shown[-1]))
    browser.press("r")
    browser.until(lambda: browser.all(".why input"))
    browser.press("2", Keys.ENTER)
    shown.append(browser.item(shown[-1]))
    browser.press("e")
    browser.until(lambda: browser.driver.switch_to.active_element.tag_name == "textarea")
    browser.press("a", held=Keys.CONTROL)
    browser.press("A better question")
    browser.press(Keys.ENTER, held=Keys.CONTROL)
    shown.append(browser.item(shown[-1]))
    browser.press("n")
    shown.append(browser.item(shown[-1]))
    for _ in range(2):
        browser.press("a")
        shown.append(browser.item(shown[-1]))
    return shown


def test_a_clinician_at_work(place: Place, browser: Browser) -> None:
    browser.open("/desk")
    assert browser.driver.current_url.endswith("/sign-in")
    browser.sign_in(LI, "a wrong password")
    assert "do not go together" in browser.text("[role=alert]")
    browser.sign_in(LI)
    first = browser.item()

    # What a source or a model wrote is text, and nothing else.
    assert MARKUP in browser.text(".evidence")
    assert MARKUP in browser.text(".sample")
    assert browser.driver.title == "spinestream desk"
    assert browser.all(".sentence.cited.support")[0].text.startswith("p1s1")
    assert browser.driver.execute_script("return document.querySelector('.picture img').naturalWidth") == 64

    shown = _decide(browser, first)
    assert len({*shown}) == 7
    told = [(one["item"], one["kind"], one["why"], one["changes"]) for one in _stored(place)]
    assert told == [
        (shown[0], "accepted", "", {}),
        (shown[1], "rejected", "not borne out by the evidence", {}),
        (shown[2], "edited", "", {"question": "A better question"}),
        (shown[4], "accepted", "", {}),
        (shown[5], "accepted", "", {}),
    ]
    assert {(one["who"], one["simulated"]) for one in _stored(place)} == {(LI, False)}
    browser.until(lambda: not [one for one in _stored(place) if one["unsent"]])

    browser.press("u")
    assert browser.item(shown[-1]) == shown[5]
    assert _stored(place)[-1]["kind"] == DecisionKind.REOPENED.value

    async def state(parts: Parts) -> State:
        sample = await parts.store.get(shown[5])
        assert sample is not None
        return sample.state

    assert place.on_parts(state) is State.QUEUED
    _second_reviewer(place, browser, shown)


def _second_reviewer(place: Place, browser: Browser, shown: list[str]) -> None:
    """Another reviewer, in another window, sees whose desk a sample is on, and gets another one."""
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.sign_in(WU)
    mine = browser.item()
    assert mine not in (shown[5], *shown[:3])
    browser.open("/queue")
    rows = browser.until(lambda: [one for one in browser.all("tr.leased") if shown[5][:8] in one.text])
    assert LI in rows[0].text
    browser.open(f"/desk/{shown[5]}")
    assert browser.item() == shown[5]
    assert LI in browser.text(".elsewhere")
    browser.press("a")
    browser.open(f"/desk/{shown[0]}")
    browser.until(lambda: "decided by somebody else" in browser.text(".told-here"))
    assert len(_stored(place)) == 6

    # A page that is closed gives its sample back.
    browser.driver.switch_to.window(first)
    browser.driver.close()
    browser.driver.switch_to.window(browser.driver.window_handles[0])

    async def holders(parts: Parts) -> dict[str, Holder]:
        assert parts.leases is not None
        return await parts.leases.holders([shown[5]])

    browser.until(lambda: not place.on_parts(holders))


def test_the_pipeline_page_shows_what_status_shows(place: Place, browser: Browser) -> None:
    browser.sign_in(LI)
    browser.item()
    browser.open("/pipeline")
    browser.until(lambda: browser.all(".count.accepted b"))
    assert [one.text for one in browser.all(".stages td.name")] == [
        "intake", "read", "plan", "draft", "revise", "store",
    ]  # fmt: skip


def test_the_trends_page_shows_what_facts_say(place: Place, browser: Browser) -> None:
    async def tell(parts: Parts) -> None:
        await Facts(parts.database).insert(a_loop(datetime.now(UTC)))

    place.on_parts(tell)
    browser.sign_in(LI)
    browser.item()
    browser.open("/trends")
    browser.until(lambda: len(browser.all(".forest td.name")) == 7)
    assert "simulated" in browser.text(".notice")
    assert browser.text(".count.name b").startswith("spine@")
    browser.until(lambda: browser.all(".chart.tall svg path"))
    # The stream is still open when the role is asked to leave: it leaves all the same.
    stream = (
        "const done = arguments[0]; window.stream = new EventSource('/api/trends/stream');"
        "window.stream.onmessage = (message) => done(JSON.parse(message.data).trends.simulated)"
    )
    assert browser.driver.execute_async_script(stream) is True
    note = web_told(place.workdir)
    assert note is not None
    with urlopen(f"http://127.0.0.1:{note.metrics}/metrics") as answer:
        assert b'spinestream_events_total{type="comparison.made"} 4.0' in answer.read()
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"{note.address}/metrics")


def test_signing_out_ends_the_session_and_gives_the_sample_back(place: Place, browser: Browser) -> None:
    browser.sign_in(LI)
    item = browser.item()
    browser.all(".out button")[0].click()
    browser.until(lambda: browser.all("input[name=password]"))

    async def holders(parts: Parts) -> dict[str, Holder]:
        assert parts.leases is not None
        return await parts.leases.holders([item])

    assert place.on_parts(holders) == {}
    browser.open("/desk")
    assert browser.driver.current_url.endswith("/sign-in")
