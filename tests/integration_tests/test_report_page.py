"""The report's page in a real browser: quiet, offline, as wide as a phone, in both looks, and it reacts."""

from __future__ import annotations

import os
import shutil

import pytest
from bench_results import make_results
from headless_browser import HeadlessBrowser
from llmrank_results import make_llmrank_results

from langchain_dynaroute.bench.report.page import page
from langchain_dynaroute.bench.report.roster import Roster

PHONE, DESK = 375, 1280
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FIRST_COLUMN = (
    "[...document.querySelectorAll('.board tbody.router')[0].rows].slice(1).map(row => row.cells[0].innerText)"
)
PAPER = "getComputedStyle(document.documentElement).backgroundColor"
NAME = "<img src='http://127.0.0.1:9/x.png' onerror='alert(1)'> 🚀 a router with a name that does not end soon"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all tests; without it they are skipped, except in CI."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        reason = "The page's tests need Chromium. Try: apt-get install -y chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with HeadlessBrowser(program, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page of a run of usual size, one router's name being hostile."""
    results = make_results(models=20, sweep=21)
    for part in results.frames.values():
        if "router" in part:
            part["router"] = part["router"].replace({"EmbedLLM": NAME})
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(Roster(results)), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_page_is_quiet_and_asks_for_nothing(browser, report, width, look) -> None:
    """Nothing is written to the console, the policy is not violated, and no address is asked for."""
    browser.open(report, width, look)
    browser.run("document.querySelectorAll('button:not(#look)').forEach(button => button.click())")
    assert [] == browser.said()
    assert [] == browser.asked()


def test_the_browser_would_tell(browser, tmp_path) -> None:
    """The checks above can fail: a page that logs and loads is told on."""
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='http://127.0.0.1:9/x.png'><script>console.error('no')</script>", encoding="utf-8")
    browser.open(bad)
    assert ["http://127.0.0.1:9/x.png"] == browser.asked()
    assert browser.said()


@pytest.mark.parametrize("width", [320, PHONE, 760, DESK])
def test_the_page_never_scrolls_sideways(browser, report, width) -> None:
    """At any width the page is as wide as the screen, with every panel and fold open."""
    browser.open(report, width)
    assert 0 == browser.run(OVERFLOW)
    browser.run("document.querySelectorAll('details').forEach(part => { part.open = true })")
    browser.run("document.querySelectorAll('[data-panel]').forEach(part => { part.hidden = false })")
    assert width == browser.run("document.documentElement.clientWidth")
    assert 0 == browser.run(OVERFLOW)


def test_tables_scroll_within_their_box(browser, report) -> None:
    """On a phone the leaderboard is wider than its box, and the box can be reached by keyboard."""
    browser.open(report, PHONE)
    box = "document.querySelector('.board').closest('.scroll')"
    assert browser.run(f"{box}.scrollWidth > {box}.clientWidth && {box}.tabIndex === 0")


def test_the_looks_differ_and_the_button_overrules_the_system(browser, report, tmp_path) -> None:
    """Light and dark follow the system, and the button goes from the system's look to light to dark."""
    papers, shots = [], []
    for look in ("light", "dark"):
        browser.open(report, DESK, look)
        papers.append(browser.run(PAPER))
        shots.append(browser.screenshot(tmp_path / f"{look}.png", {"x": 0, "y": 0, "width": DESK, "height": 900}))
    assert papers[0] != papers[1]
    assert shots[0] != shots[1]
    browser.run("document.getElementById('look').click()")
    assert papers[0] == browser.run(PAPER)
    browser.run("document.getElementById('look').click()")
    assert papers[1] == browser.run(PAPER)
    browser.run("document.getElementById('look').click()")


def test_every_section_is_there_with_its_sentence(browser, report) -> None:
    """The sections stand in order, each opened by a sentence, and the links lead to them."""
    browser.open(report)
    assert browser.run("[...document.querySelectorAll('section')].map(part => part.id)") == [
        "lessons", "leaderboard", "cost", "gains", "datasets", "hardness", "shares", "same-cost", "curation", "latency",
        "extra-0", "about",
    ]  # fmt: skip
    assert browser.run("[...document.querySelectorAll('section')].every(part => part.querySelector('.opening'))")
    assert browser.run(
        "[...document.querySelectorAll('nav a')].every(a => document.querySelector(a.getAttribute('href')))"
    )


def test_columns_sort_within_their_group(browser, report) -> None:
    """A press sorts routers from the highest, a second from the lowest; names sort by letter; references stay below."""
    browser.open(report)
    shown = browser.run(FIRST_COLUMN)
    head = "document.querySelectorAll('.board')[0].tHead.rows[0].cells[{}]"
    browser.run(f"{head.format(1)}.querySelector('button').click()")
    assert shown == browser.run(FIRST_COLUMN)
    assert "descending" == browser.run(f"{head.format(1)}.getAttribute('aria-sort')")
    browser.run(f"{head.format(1)}.querySelector('button').click()")
    assert shown[::-1] == browser.run(FIRST_COLUMN)
    browser.run(f"{head.format(0)}.querySelector('button').click()")
    assert sorted(shown, key=str.casefold) == sorted(browser.run(FIRST_COLUMN), key=str.casefold)
    assert "Avengers-Pro" == next(name for name in browser.run(FIRST_COLUMN) if name[0].isalpha())
    assert "Oracle" in browser.run("document.querySelector('.board tbody.reference').innerText")


def test_empty_cells_sort_last_both_ways(browser, report) -> None:
    """A router without a PerfGain is at the end, whichever way the column is sorted."""
    browser.open(report)
    browser.run(
        "document.querySelectorAll('.board')[0].querySelectorAll('tbody.router tr:not(.group)')[0]"
        ".cells[7].setAttribute('data-v', '')"
    )
    first = browser.run(FIRST_COLUMN)[0]
    for _ in range(2):
        browser.run("document.querySelectorAll('.board')[0].tHead.rows[0].cells[7].querySelector('button').click()")
        assert first == browser.run(FIRST_COLUMN)[-1]


def test_switches_show_one_panel(browser, report) -> None:
    """The scale of cost, the map of datasets and the router can be switched."""
    browser.open(report)
    for name in ("x", "heat", "shares"):
        browser.run(f"[...document.querySelectorAll('[data-switch={name}]')].at(-1).click()")
        hidden = browser.run(f"[...document.querySelectorAll('[data-panel={name}]')].map(panel => panel.hidden)")
        assert [True] * (len(hidden) - 1) + [False] == hidden


def test_a_mark_tells_its_configuration(browser, report) -> None:
    """The mark under the pointer tells router, configuration, AvgAcc and cost, as text."""
    browser.open(report)
    spot = browser.run("""(() => {
        const svg = document.querySelector('#cost [data-panel]:not([hidden]) .wide svg');
        svg.scrollIntoView({ block: 'center', behavior: 'instant' });
        const box = svg.querySelector('.mark.default').getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    })()""")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=spot[0], y=spot[1])
    told = browser.run("document.getElementById('tip').textContent")
    assert "configuration" in told
    assert "USD per 1,000 prompts" in told


def test_a_legend_brings_its_series_to_the_front(browser, report) -> None:
    """Pressing an entry fades the other series, pressing it again brings them back."""
    browser.open(report)
    for faded in (True, False):
        browser.run("document.querySelector('#cost [data-pick]').click()")
        assert faded is browser.run("document.querySelector('#cost figure').classList.contains('picked')")
    browser.run("document.querySelector('#cost [data-pick]').click()")
    assert 0 < browser.run("document.querySelectorAll('#cost .front').length")


def test_the_keyboard_reaches_the_controls_visibly(browser, report) -> None:
    """Tab leads to the button of the look first, which then has an outline."""
    browser.open(report)
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert "look" == browser.run("document.activeElement.id")
    assert "solid" == browser.run("getComputedStyle(document.activeElement).outlineStyle")


@pytest.mark.parametrize("look", ["light", "dark"])
def test_text_is_legible_in_both_looks(browser, report, look) -> None:
    """Words have a contrast of at least 4.5 to the paper, on the deepest cells of the map too (WCAG AA)."""
    browser.open(report, DESK, look)
    contrast = """(() => {
        const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
        const light = (colour) => {
            canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255)
                .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const of = (selector, key = 'color') => light(getComputedStyle(document.querySelector(selector))[key]);
        const paper = of('html', 'backgroundColor');
        const words = ['p.opening', '.facts', 'nav a', 'figcaption', 'summary'].map(name => ratio(of(name), paper));
        const cells = ['.step.p5', '.step.n5'].map(name => ratio(of(name), of(name, 'backgroundColor')));
        return Math.min(...words, ...cells);
    })()"""
    assert 4.5 <= browser.run(contrast)


def test_paper_shows_everything_in_light(browser, report) -> None:
    """In print the look is light, controls are gone and every single model is listed."""
    browser.open(report, DESK, "light")
    light = browser.run(PAPER)
    browser.open(report, DESK, "dark", media="print")
    assert light == browser.run(PAPER)
    assert "none" == browser.run("getComputedStyle(document.getElementById('look')).display")
    assert "table-row" == browser.run("getComputedStyle(document.querySelector('.folded')).display")


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_map_of_features_is_walked_with_arrow_keys(browser, tmp_path, width, look) -> None:
    """One stop of the keyboard; an arrow shows the next cell's words, the page stays as wide as the screen."""
    path = tmp_path / "report.html"
    path.write_text(page(Roster(make_llmrank_results())), encoding="utf-8")
    browser.open(path, width, look)
    shown = "[...document.querySelectorAll('[data-columns]')].find(box => box.offsetParent)"
    browser.run(f"{shown}.focus({{ preventScroll: true }})")
    pressed = "{}.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{}', bubbles: true }}))"
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        browser.run(pressed.format(shown, key))
    browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert browser.run("document.getElementById('tip').checkVisibility()")
    assert browser.run("document.getElementById('tip').innerText").startswith("model-a\nrewriting")
    assert 1 == browser.run("document.querySelectorAll('.current').length")
    assert 0 >= browser.run(OVERFLOW)
    browser.run(f"{shown}.dispatchEvent(new FocusEvent('focusout', {{ bubbles: true }}))")
    assert 0 == browser.run("document.querySelectorAll('.current').length")
    assert [] == browser.said()
