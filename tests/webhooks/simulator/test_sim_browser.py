"""The phones of the demo as somebody's browser shows them, on a telephone's screen and on a desk."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from sami.database.engine import Database
from sami.store.leads import find_lead_by_phone, update_lead
from tests.support.demo_process import DemoProcess

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
SLOWLY_MS = 20_000
SIZES = [pytest.param((390, 844), id="390 px"), pytest.param((1280, 900), id="1280 px")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with DemoProcess(tmp_path_factory.mktemp("demo")) as process:
        yield process


@pytest.fixture(scope="session")
def browser(browser_type: BrowserType) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    opened = browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield opened
    opened.close()


@pytest.fixture
def sim(browser: Browser, running: DemoProcess, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page; whatever the browser complains of, a broken policy included, fails the test."""
    width, height = getattr(request, "param", (1280, 900))
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{running.url}/sim")
    expect(page.locator("[data-phone=ana]")).to_be_visible(timeout=SLOWLY_MS)
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("sim", SIZES, indirect=True)
def test_a_call_is_placed_answered_and_accepted_by_hand(sim: Page, running: DemoProcess) -> None:
    maria_presses(sim, running, "1", after="To buy a home, press 1")
    ana = sim.locator("[data-phone=ana]")
    expect(ana).to_have_attribute("data-state", "ringing", timeout=SLOWLY_MS)
    ana.get_by_role("button", name="Ana Ruiz: Answer").click()
    expect(ana.locator(".captions")).to_contain_text("Press 1 to take it", timeout=SLOWLY_MS)
    ana.get_by_role("button", name="Ana Ruiz: 1 take").click()
    expect(sim.locator("#heard")).to_contain_text("Joined with Ana Ruiz", timeout=SLOWLY_MS)
    expect(ana.locator(".captions")).to_contain_text("Joined with Maria Ortiz")
    sim.get_by_role("button", name="Hang up", exact=True).click()
    expect(sim.locator("#why")).to_contain_text("Successful transfer", timeout=SLOWLY_MS)


@pytest.mark.parametrize("sim", SIZES, indirect=True)
def test_a_customer_is_called_back_by_hand(sim: Page, running: DemoProcess) -> None:
    maria_presses(sim, running, "5", after="For a call back, press 5")
    ana = sim.locator("[data-phone=ana]")
    expect(ana).to_have_attribute("data-state", "ringing", timeout=SLOWLY_MS)
    ana.get_by_role("button", name="Ana Ruiz: Answer").click()
    expect(ana.locator(".captions")).to_contain_text("Maria Ortiz asked for a call back", timeout=SLOWLY_MS)
    ana.get_by_role("button", name="Ana Ruiz: 1 take").click()
    maria = sim.locator(f"[data-phone=customer-{running.lead('Maria Ortiz').strip('+')}]")
    expect(maria).to_have_attribute("data-state", "ringing", timeout=SLOWLY_MS)
    maria.get_by_role("button", name="Maria Ortiz: Answer").click()
    expect(ana.locator(".captions")).to_contain_text("Joined with Maria Ortiz", timeout=SLOWLY_MS)
    expect(maria.locator(".ringer")).to_contain_text("Talking with", timeout=SLOWLY_MS)
    assert sim.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    maria.get_by_role("button", name="Maria Ortiz: Hang up").click()
    expect(maria).to_have_attribute("data-state", "idle", timeout=SLOWLY_MS)


@pytest.mark.parametrize("sim", SIZES, indirect=True)
def test_nothing_is_wider_than_the_screen(sim: Page) -> None:
    assert sim.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_control_has_a_name(sim: Page) -> None:
    nameless = """() => [...document.querySelectorAll("button, select, input")].filter((control) =>
        !control.textContent.trim() && !control.getAttribute("aria-label") && !control.labels?.length).length"""
    assert sim.evaluate(nameless) == 0


def test_the_empty_page_says_what_to_do_first(sim: Page) -> None:
    expect(sim.get_by_role("heading", name="What happens")).to_be_visible()
    expect(sim.get_by_role("button", name="The assigned agent answers")).to_be_visible()


def test_s08_a_name_with_markup_stays_text(sim: Page, running: DemoProcess) -> None:
    rename(running.data / "sami.db", running.lead("Priya Martin"), HOSTILE)
    option = sim.locator("#who option", has_text="<script>")
    expect(option).to_have_count(1, timeout=SLOWLY_MS)
    running.next_morning()
    running.act("/phones", phone="olive", do="text", words=HOSTILE)
    running.act("/calls", caller=option.get_attribute("value") or "", line=running.line("Past clients"))
    expect(sim.locator("#call-state")).to_contain_text("<script>", timeout=SLOWLY_MS)
    expect(sim.locator("#why")).to_contain_text("<script>", timeout=SLOWLY_MS)
    assert sim.evaluate("document.querySelectorAll('main script, main img').length") == 0
    assert "owned" not in sim.title()
    running.act("/caller", do="hang_up")
    running.until(lambda: not running.look()["call"]["is_live"])


FALLBACKS_IN_SIGHT = """() => [...document.querySelectorAll('#fallbacks [data-phone]')].every((phone) =>
    phone.getBoundingClientRect().bottom < window.innerHeight)"""
CUT = """() => [...document.querySelectorAll('.phone select')].filter((select) => {
    if (select.offsetParent === null) return false;
    const probe = document.createElement('span');
    probe.style.font = getComputedStyle(select).font;
    probe.textContent = select.selectedOptions[0].textContent;
    document.body.append(probe);
    const style = getComputedStyle(select);
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const cut = probe.getBoundingClientRect().width > room;
    probe.remove();
    return cut;
}).map((select) => select.selectedOptions[0].textContent)"""
SCROLLERS = """() => [...document.querySelectorAll('main *')].filter((element) =>
    element.scrollHeight > element.clientHeight + 1 && getComputedStyle(element).overflowY === 'auto').length"""


@pytest.mark.parametrize("sim", SIZES, indirect=True)
def test_a_group_of_voicemails_is_seen_whole_and_may_go_faster(sim: Page, running: DemoProcess) -> None:
    running.next_morning()
    sim.get_by_role("button", name="Voicemails pick up, the fallback answers").click()
    expect(sim.locator("#heard")).to_contain_text("Presses 1", timeout=SLOWLY_MS)
    faster = sim.get_by_role("button", name="Faster", exact=True)
    faster.click()
    expect(sim.get_by_role("button", name="4 times as fast")).to_have_attribute("aria-pressed", "true")
    expect(sim.locator("[data-phone=ana] .captions")).to_contain_text("Voicemail says:", timeout=SLOWLY_MS)
    expect(sim.locator("#story")).to_contain_text("Ana Ruiz’s voicemail picks up", timeout=SLOWLY_MS)
    expect(sim.locator("[data-phone][data-state=ringing]").nth(1)).to_be_visible(timeout=SLOWLY_MS)
    if sim.viewport_size == {"width": 1280, "height": 900}:
        assert sim.locator("#fallbacks [data-phone]").count() == 2
        assert sim.evaluate(FALLBACKS_IN_SIGHT)
    else:
        assert sim.evaluate("document.getElementById('story-name').getBoundingClientRect().top + scrollY") < 1000
    assert sim.evaluate(CUT) == []
    assert sim.evaluate(SCROLLERS) == 0, "nothing scrolls within the page"
    running.until(lambda: not running.look()["call"]["is_live"], 90)
    assert not running.look()["is_faster"], "the next call has its own pace"


def maria_presses(sim: Page, running: DemoProcess, key: str, *, after: str) -> None:
    """A call by hand, in which nothing happens by itself; a key before its menu would be lost, as on any phone."""
    running.next_morning()
    running.act("/phones", phone="*", do="behave", habit="manual")
    sim.select_option("#who", running.lead("Maria Ortiz"))
    sim.select_option("#line", running.line("Website"))
    sim.get_by_role("button", name="Call", exact=True).click()
    expect(sim.locator("#in-call")).to_be_visible(timeout=SLOWLY_MS)  # What an earlier call heard is gone then.
    expect(sim.locator("#call-state")).to_contain_text("Maria Ortiz calls Website", timeout=SLOWLY_MS)
    expect(sim.locator("#heard")).to_contain_text(after, timeout=SLOWLY_MS)
    sim.locator(f"[data-key='{key}']").click()


def rename(file: Path, phone: str, name: str) -> None:
    database = Database(f"sqlite:///{file}")
    with database.begin() as db:
        lead = find_lead_by_phone(db, phone)
        assert lead is not None
        update_lead(db, lead.id, name=name)
    database.close()
