"""The page in a real browser: Debian's Chromium without a window, driven by Selenium.

What it looks like is kept as pictures: below ``tests/artefacts``, which git ignores.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kgx.search import Searcher
from kgx.serve.options import ServerOptions
from kgx.testing import species_word

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="selenium is not installed (the extra dev has it)"
)

from selenium.webdriver import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("no chromium and chromedriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    with tempfile.TemporaryDirectory(prefix="kgx-browser-", ignore_cleanup_errors=True) as profile:
        for option in (*OPTIONS, f"--user-data-dir={profile}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        opened.set_page_load_timeout(30)
        yield opened
        opened.quit()


@pytest.fixture(scope="module")
def page(serving: Any, shown_searcher: Searcher) -> Iterator[str]:
    with serving(shown_searcher, ServerOptions(port=0)) as server:
        yield server.url


@pytest.fixture
def word() -> str:
    """What the stamps 3 shows: the fourth family's eleventh species."""
    return species_word(3 * 64 + 10)


@pytest.fixture
def keep(browser: Any) -> Callable[[str], None]:
    """Keep a picture of the page as it stands."""
    ARTEFACTS.mkdir(exist_ok=True)
    return lambda name: browser.save_screenshot(str(ARTEFACTS / f"{name}.png"))


@pytest.fixture(autouse=True)
def as_desktop(browser: Any) -> Iterator[None]:
    look(browser)
    yield
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not [told for told in severe if "favicon" not in told and " 40" not in told]


def look(browser: Any, *, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
    """Be a screen of a size, by day or by night."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def until(browser: Any, met: Callable[[Any], Any], seconds: float = 15) -> Any:
    return WebDriverWait(browser, seconds, 0.05, ignored_exceptions=[Exception]).until(met)


def one(browser: Any, selector: str) -> Any:
    return until(browser, lambda driver: driver.find_element(By.CSS_SELECTOR, selector))


def cards(browser: Any) -> list[Any]:
    until(
        browser, lambda driver: driver.find_element(By.CSS_SELECTOR, "#grid:not([aria-busy]) .card[data-id]")
    )
    return list(browser.find_elements(By.CSS_SELECTOR, "#grid .card"))


def concept(browser: Any, label: str) -> tuple[list[str], dict[str, Any]]:
    """What is seen of a concept once it is there, line by line, and its neighbours by their labels."""
    until(browser, lambda driver: driver.find_element(By.ID, "concept-title").text == label)
    inside = one(browser, "#concept[open] #concept-inside:has(.seek)")
    neighbours = {chip.text: chip for chip in inside.find_elements(By.CSS_SELECTOR, ".chip:not(.further)")}
    return inside.text.splitlines(), neighbours


def choose(browser: Any, modality: str) -> None:
    browser.execute_script("arguments[0].click()", one(browser, f"input[name=to][value={modality}]"))


def test_words_a_picture_the_path_and_back(
    browser: Any, page: str, word: str, keep: Callable[[str], None]
) -> None:
    browser.get(page)
    until(browser, lambda driver: "40 pictures" in driver.find_element(By.ID, "holds").text)
    keep("start")
    choose(browser, "image")
    one(browser, "#words").send_keys(f"some {word}", Keys.ENTER)
    first = cards(browser)[0]
    assert first.get_attribute("data-id") == "image:stamp 3"
    picture = first.find_element(By.TAG_NAME, "img")
    until(browser, lambda driver: driver.execute_script("return arguments[0].naturalWidth", picture) == 160)
    assert picture.get_attribute("alt") == f"a {word}"
    assert f"q=some+{word}" in browser.current_url
    assert one(browser, "#said").text == f"First 24 pictures for “some {word}”, best first"
    keep("found")

    first.find_element(By.CSS_SELECTOR, ".why").click()
    drawing = one(browser, "#why[open] .drawing")
    until(browser, lambda driver: driver.execute_script("return arguments[0].naturalWidth", drawing) > 100)
    assert word in drawing.get_attribute("alt")
    assert "Score" in one(browser, "#why-inside").text
    keep("why")
    browser.back()
    until(browser, lambda driver: not driver.find_elements(By.CSS_SELECTOR, "#why[open]"))
    assert cards(browser)[0].get_attribute("data-id") == "image:stamp 3"
    browser.back()
    until(browser, lambda driver: driver.find_element(By.ID, "start").is_displayed())
    browser.forward()
    assert cards(browser)[0].get_attribute("data-id") == "image:stamp 3"


def test_a_sound_is_played(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}&to=audio")
    assert cards(browser)[0].get_attribute("data-id") == "audio:stamp 3"
    player = one(browser, ".card audio[src]")
    browser.execute_script("arguments[0].play()", player)
    until(browser, lambda driver: driver.execute_script("return arguments[0].currentTime", player) > 0)
    assert browser.execute_script("return arguments[0].error", player) is None


def test_more_like_this_and_the_next_page(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}&to=image")
    cards(browser)[0].find_element(By.CSS_SELECTOR, ".like").click()
    until(browser, lambda driver: "like=image" in driver.current_url)
    until(browser, lambda driver: f"like “a {word}”" in driver.find_element(By.ID, "said").text)
    assert "image:stamp 3" not in {card.get_attribute("data-id") for card in cards(browser)}
    one(browser, "#more").click()
    until(browser, lambda driver: len(driver.find_elements(By.CSS_SELECTOR, ".card")) == 39)
    assert not one(browser, "#more").is_displayed()


def test_a_category_narrows(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}&to=image")
    cards(browser)
    browser.execute_script(
        "arguments[0].value = 'boat'; arguments[0].dispatchEvent(new Event('change'))",
        one(browser, "#category option[value=boat]").find_element(By.XPATH, ".."),
    )
    until(browser, lambda driver: "5 pictures" in driver.find_element(By.ID, "said").text)
    assert "category=boat" in browser.current_url


def test_a_concept_and_its_neighbours(
    browser: Any, page: str, word: str, keep: Callable[[str], None]
) -> None:
    browser.get(f"{page}/?q={word}&to=image")
    cards(browser)[0].find_element(By.CSS_SELECTOR, ".chips .met").click()
    seen, neighbours = concept(browser, word)
    assert seen[:2] == ["one boat", f"Search for “{word}”"]
    assert {"→ kind of", "→ lives in"} <= set(seen)
    keep("concept")
    neighbours["boat"].click()
    seen, of_family = concept(browser, "boat")
    assert seen[0] == "Search for “boat”"
    assert "← kind of" in seen
    assert {word, species_word(3 * 64)} <= set(of_family)
    further = one(browser, "#concept[open] .chips .chip.further")
    assert further.text == "and 40 more"
    further.click()
    until(browser, lambda driver: len(concept(driver, "boat")[1]) == len(of_family) + 40)
    assert not browser.find_elements(By.CSS_SELECTOR, "#concept[open] .chips .chip.further")
    assert "items of this collection" in one(browser, "#concept-inside").text
    keep("concept-further")
    browser.back()
    assert set(concept(browser, word)[1]) == set(neighbours)
    one(browser, "#concept .close").click()
    until(browser, lambda driver: not driver.find_elements(By.CSS_SELECTOR, "#concept[open]"))
    assert cards(browser)[0].get_attribute("data-id") == "image:stamp 3"


def test_the_items_of_a_concept_are_on_its_panel(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}&to=image")
    cards(browser)[0].find_element(By.CSS_SELECTOR, ".chips .met").click()
    concept(browser, word)
    item = one(browser, "#concept[open] .items .item:has(img)")
    picture = item.find_element(By.TAG_NAME, "img")
    until(browser, lambda driver: driver.execute_script("return arguments[0].naturalWidth", picture) > 0)
    item.click()
    until(browser, lambda driver: "like=image" in driver.current_url)
    assert not browser.find_elements(By.CSS_SELECTOR, "#concept[open]")
    assert cards(browser)
    # The interface has no answer to why items are alike: nothing offers one.
    assert not browser.find_elements(By.CSS_SELECTOR, ".card .why")


def test_files_that_were_fetched_are_given_up(
    browser: Any, serving: Any, shown_searcher: Searcher, word: str
) -> None:
    token = "a-token-that-nobody-guesses-0123456789"  # noqa: S105 - for tests
    options = ServerOptions(port=0, token=token, protect_reading=True)
    count = """
        window.lent = new Set();
        const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
        URL.createObjectURL = (file) => {
            window.made = make.call(URL, file);
            lent.add(made);
            return made;
        };
        URL.revokeObjectURL = (address) => { lent.delete(address); revoke.call(URL, address); };
    """
    with serving(shown_searcher, options) as server:
        browser.get(server.url)
        browser.execute_script("sessionStorage.setItem('kgx-token', arguments[0])", token)
        told = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": count})
        try:
            browser.get(f"{server.url}/?q={word}&to=audio")
            cards(browser)
            until(browser, lambda driver: driver.find_elements(By.CSS_SELECTOR, ".card audio[src^='blob:']"))
            choose(browser, "image")
            until(browser, lambda driver: "pictures" in driver.find_element(By.ID, "said").text)
            first = cards(browser)[0]
            first.find_element(By.CSS_SELECTOR, ".why").click()
            drawing = one(browser, "#why[open] .drawing")
            until(
                browser,
                lambda driver: driver.execute_script("return arguments[0].naturalWidth", drawing) > 100,
            )
            assert browser.execute_script("return window.made")
            # What is not drawn yet, being far below, is given up when it leaves the page.
            one(browser, "#why .close").click()
            one(browser, ".name").click()
            until(browser, lambda driver: driver.execute_script("return lent.size") == 0)
        finally:
            browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", told)
            browser.execute_script("sessionStorage.clear()")


def test_a_picture_to_search_by(
    browser: Any, page: str, word: str, tmp_path: Path, keep: Callable[[str], None]
) -> None:
    (tmp_path / "mine.png").write_text(f"stamp image of mine: {word}")
    browser.get(page)
    choose(browser, "text")
    browser.find_element(By.ID, "file").send_keys(str(tmp_path / "mine.png"))
    assert "text:stamp 3" in {card.get_attribute("data-id") for card in cards(browser)[:3]}
    assert one(browser, "#part-name").text == "mine.png"
    browser.refresh()
    until(browser, lambda driver: "drop it again" in driver.find_element(By.ID, "trouble").text)
    keep("file-gone")
    (tmp_path / "bad.png").write_text("broken")
    browser.find_element(By.ID, "file").send_keys(str(tmp_path / "bad.png"))
    until(browser, lambda driver: "cannot be decoded" in driver.find_element(By.ID, "trouble").text)


def test_by_keyboard_alone(browser: Any, page: str, word: str) -> None:
    browser.get(page)
    until(browser, lambda driver: driver.find_element(By.ID, "holds").text)

    def press(*keys: str) -> Any:
        ActionChains(browser).send_keys(*keys).perform()
        return browser.switch_to.active_element

    assert press(Keys.TAB).get_attribute("class") == "skip"
    assert press("/").get_attribute("id") == "words"
    press(word, Keys.ENTER)
    cards(browser)
    for _ in range(40):
        if "why" in (press(Keys.TAB).get_attribute("class") or ""):
            break
    press(Keys.ENTER)
    one(browser, "#why[open]")
    press(Keys.ESCAPE)
    until(browser, lambda driver: not driver.find_elements(By.CSS_SELECTOR, "#why[open]"))
    assert "why" in browser.switch_to.active_element.get_attribute("class")


def test_focus_is_seen_and_everything_is_reached_by_keyboard(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}&to=image")
    cards(browser)
    one(browser, "#category option[value=boat]")
    reached = []
    for _ in range(12):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        focused = browser.switch_to.active_element
        reached.append(focused.get_attribute("id") or focused.get_attribute("class") or focused.tag_name)
        drawn = """
            const around = [arguments[0], arguments[0].nextElementSibling, arguments[0].parentElement];
            return around.some((element) => element && getComputedStyle(element).outlineStyle !== "none")
                || !!arguments[0].closest(".box:focus-within");
        """
        assert browser.execute_script(drawn, focused), reached
        if reached[-1] == "category":
            break
    assert {"skip", "name", "words", "file", "go", "category"} <= set(reached)
    ActionChains(browser).send_keys("boat").perform()
    until(browser, lambda driver: "category=boat" in driver.current_url)
    until(browser, lambda driver: "5 pictures" in driver.find_element(By.ID, "said").text)
    for _ in range(8):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        if "chip" in (browser.switch_to.active_element.get_attribute("class") or ""):
            break
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    one(browser, "#concept[open] #concept-inside:has(.seek)")
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    until(browser, lambda driver: not driver.find_elements(By.CSS_SELECTOR, "#concept[open]"))
    assert "chip" in browser.switch_to.active_element.get_attribute("class")


def test_an_address_shows_the_same_wherever_it_is_opened(browser: Any, page: str, word: str) -> None:
    def seen() -> list[tuple[str | None, str]]:
        return [(card.get_attribute("data-id"), card.text) for card in cards(browser)]

    browser.get(page)
    one(browser, "#category option[value=boat]").click()
    one(browser, "#words").send_keys(f"some {word}", Keys.ENTER)
    found = seen()
    address = browser.current_url
    assert "category=boat" in address
    browser.get(page)
    browser.get(address)
    assert seen() == found
    assert one(browser, "#words").get_attribute("value") == f"some {word}"
    until(browser, lambda driver: driver.find_element(By.ID, "category").get_attribute("value") == "boat")
    for further, panel in (
        ("concept=boat", "#concept[open] .seek"),
        (f"why={found[0][0]}", "#why[open] .drawing"),
    ):
        browser.get(f"{address}&{further}")
        one(browser, panel)
        assert seen() == found
        one(browser, "dialog[open] .close").click()
        until(browser, lambda driver: driver.current_url == address)
    browser.get(f"{page}/?like=image%3Astamp+3")
    alike = seen()
    assert {name.partition(":")[0] for name, _ in alike if name} == {"image", "text", "audio"}
    browser.refresh()
    assert seen() == alike


def test_why_names_both_scores_where_modalities_are_mixed(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}")
    first = cards(browser)[0]
    first.find_element(By.CSS_SELECTOR, ".why").click()
    one(browser, "#why[open] .drawing")
    told = one(browser, "#why-inside").text
    assert "the cosine of the refined vectors: number 1 of" in told
    assert "Among everything it is number 1, by a score of" in told
    browser.get(f"{page}/?q={word}&to=image")
    cards(browser)[0].find_element(By.CSS_SELECTOR, ".why").click()
    one(browser, "#why[open] .drawing")
    assert "Among everything" not in one(browser, "#why-inside").text


def test_a_picture_is_dropped_or_pasted(browser: Any, page: str, word: str) -> None:
    browser.get(page)
    until(browser, lambda driver: driver.find_element(By.ID, "holds").text)
    choose(browser, "text")
    hand_over = """
        const [name, content, kind, type] = arguments;
        const held = new DataTransfer();
        held.items.add(new File([content], name, { type }));
        if (kind === "paste") dispatchEvent(new ClipboardEvent("paste", { clipboardData: held }));
        else for (const told of kind.split(" ")) {
            document.body.dispatchEvent(new DragEvent(told, { dataTransfer: held, bubbles: true, cancelable: true }));
        }
    """
    mine = f"stamp image of mine: {word}"
    browser.execute_script(hand_over, "mine.png", mine, "dragenter dragover", "image/png")
    assert one(browser, "#drop").is_displayed()
    browser.execute_script(hand_over, "mine.png", mine, "drop", "image/png")
    assert "text:stamp 3" in {card.get_attribute("data-id") for card in cards(browser)[:3]}
    assert not one(browser, "#drop").is_displayed()
    assert one(browser, "#part-name").text == "mine.png"
    dropped = [card.get_attribute("data-id") for card in cards(browser)]
    one(browser, ".name").click()
    choose(browser, "text")
    browser.execute_script(hand_over, "other.png", mine, "paste", "image/png")
    assert [card.get_attribute("data-id") for card in cards(browser)] == dropped
    browser.execute_script(hand_over, "notes.pdf", "none", "drop", "application/pdf")
    until(
        browser, lambda driver: "Expected a picture or a sound" in driver.find_element(By.ID, "trouble").text
    )


def test_a_server_that_is_gone_is_said_to_be(
    browser: Any, serving: Any, shown_searcher: Searcher, word: str, keep: Callable[[str], None]
) -> None:
    with serving(shown_searcher, ServerOptions(port=0)) as server:
        browser.get(f"{server.url}/?q={word}&to=image")
        cards(browser)
        until(browser, lambda driver: "40 pictures" in driver.find_element(By.ID, "holds").text)
    one(browser, "#more").click()
    until(browser, lambda driver: driver.find_element(By.ID, "said").text == "The server cannot be reached.")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".card[data-id]")) == 24  # what was found stays
    browser.execute_script("scrollTo(0, 0)")
    one(browser, ".card .chips .chip").click()
    until(browser, lambda driver: "cannot be reached" in driver.find_element(By.ID, "concept-inside").text)
    one(browser, "#concept .close").click()
    one(browser, "#words").send_keys(" again", Keys.ENTER)
    until(browser, lambda driver: "cannot be reached" in driver.find_element(By.ID, "trouble").text)
    keep("gone")
    with serving(shown_searcher, ServerOptions(port=server.port)):
        one(browser, "#trouble button").click()
        assert cards(browser)
        assert not one(browser, "#trouble").is_displayed()
    # The browser's own log of requests that nobody answered is no fault of the page.
    told = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert all("net::ERR_" in message for message in told)


def test_everything_has_a_name(browser: Any, page: str, word: str) -> None:
    browser.get(f"{page}/?q={word}")
    cards(browser)
    found = browser.find_elements(By.CSS_SELECTOR, "button, input, select, audio, img:not([alt=''])")
    seen = [element for element in found if element.is_displayed()]
    assert {"button", "input", "select"} <= {element.tag_name for element in seen}
    assert [one.get_attribute("outerHTML") for one in seen if not one.accessible_name.strip()] == []


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("phone", 390, "light"), ("phone-dark", 390, "dark"), ("dark", 1280, "dark")],
)
def test_it_fits_the_screen(
    browser: Any, page: str, word: str, keep: Callable[[str], None], name: str, width: int, scheme: str
) -> None:
    look(browser, width=width, height=844, scheme=scheme)
    browser.get(f"{page}/?q={word}")
    cards(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    ground = browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    lightness = sum(int(part) for part in ground.strip("rgb()").split(","))
    assert (lightness < 200) == (scheme == "dark")
    keep(name)
    for opened, inside in ((".card .why", "#why[open] .drawing"), (".chips .met", "#concept[open] .seek")):
        one(browser, opened).click()
        one(browser, inside)
        panel = one(browser, "dialog[open]")
        wide, seen = browser.execute_script(
            "return [arguments[0].scrollWidth, arguments[0].clientWidth]", panel
        )
        assert wide <= seen <= width
        one(browser, "dialog[open] .close").click()
        until(browser, lambda driver: not driver.find_elements(By.CSS_SELECTOR, "dialog[open]"))
