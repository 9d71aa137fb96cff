"""The files of a report: complete, the same on every run, and whole whatever the names and gaps."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser

import pytest
from bench_results import make_results

from langchain_dynaroute.bench.report import write_report
from langchain_dynaroute.bench.report.markdown import markdown
from langchain_dynaroute.bench.report.page import page
from langchain_dynaroute.bench.report.roster import Roster
from langchain_dynaroute.bench.results import COLUMNS, BenchResults, frame

SMALL = {"models": 3, "routers": 2, "datasets": 3, "seeds": 2, "sweep": 5}
HOSTILE = '<script>alert("1")</script> | $x^2$ **b** `c` 🚀 &amp; </style>\n'
_VOID = {"meta", "link", "br", "hr", "input"}


class Outline(HTMLParser):
    """What a page is made of; raises where elements are not closed in order."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.text, self.attributes = [], [], "", []
        self.feed(html)
        assert [] == self.open

    def handle_starttag(self, tag, attrs):
        """Remember an element."""
        self.tags.append(tag)
        self.attributes.append(dict(attrs))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Check that the innermost element ends."""
        assert tag == self.open.pop()

    def handle_data(self, data):
        """Collect words, not code."""
        if not {"script", "style"} & set(self.open):
            self.text += data + "\n"


def rename(results: BenchResults, names: dict[str, str]) -> BenchResults:
    for part in results.frames.values():
        for column in part.columns.intersection(["router", "model", "dataset", "note"]):
            part[column] = part[column].replace(names)
    results.about["models"] = [names.get(name, name) for name in results.about["models"]]
    return results


def empty(about: dict | None = None) -> BenchResults:
    return BenchResults(about or {"cost_source": None}, **{name: frame(name, []) for name in COLUMNS})


@pytest.fixture(scope="module")
def hostile():
    results = make_results(**SMALL)
    names = {"Avengers-Pro": HOSTILE, "GPT-5": f"{HOSTILE}{'very-' * 30}long", "AIME": f"d{HOSTILE}"}
    results = rename(results, names)
    results.about["name"] = HOSTILE
    results.about["notes"] = [HOSTILE]
    results.leaderboard["note"] = [HOSTILE] + [None] * (len(results.leaderboard) - 1)
    results.extra[HOSTILE.replace("/", "").strip()] = results.extra["encoders"].rename(columns={"encoder": HOSTILE})
    return results


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The report of a small run."""
    return write_report(make_results(**SMALL), tmp_path_factory.mktemp("report"))


def test_a_report_is_complete(written) -> None:
    """There are tidy tables, a page, Markdown, and every picture as PNG and SVG."""
    assert {"results", "figures", "markdown", "html"} == set(written)
    pictures = {
        "difference", "cost_quality", "gains", "datasets", "hardness", "shares", "matched_cost", "curation", "latency",
    }  # fmt: skip
    names = {path.name for path in written["figures"].iterdir()}
    assert {f"{name}.{kind}" for name in pictures for kind in ("png", "svg")} == names
    assert {f"{name}.csv" for name in (*COLUMNS, "encoders")} < {path.name for path in written["results"].iterdir()}


def test_a_report_is_the_same_on_every_run(written, tmp_path) -> None:
    """The same results give the same bytes, pictures included."""
    again = write_report(make_results(**SMALL), tmp_path)
    first = written["html"].parent
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [] == [name for name in files if (first / name).read_bytes() != (tmp_path / name).read_bytes()]
    assert again["html"].exists()


def test_saved_results_give_the_same_page(written) -> None:
    """What `results/` holds is enough to make the page again."""
    loaded = BenchResults.load(written["results"])
    assert Outline(written["html"].read_text("utf-8")).text == Outline(page(Roster(loaded))).text


def test_the_pictures_of_the_markdown_exist(written) -> None:
    """Each picture that the Markdown shows is a file."""
    shown = re.findall(r"!\[[^]]*\]\(([^)]+)\)", written["markdown"].read_text("utf-8"))
    assert 9 == len(shown)
    assert all((written["markdown"].parent / path).exists() for path in shown)


def test_names_cannot_break_the_page(hostile) -> None:
    """A name with markup is shown as it is written; there is one script and one style, ours."""
    outline = Outline(page(Roster(hostile)))
    assert 1 == outline.tags.count("script")
    assert 1 == outline.tags.count("style")
    assert '<script>alert("1")</script> | $x^2$ **b** `c` 🚀 &amp; </style>' in outline.text


def test_names_cannot_break_the_tables_of_the_markdown(hostile) -> None:
    """Every row of a table has as many cells as its head, whatever the names."""
    told = markdown(Roster(hostile), {})
    for block in re.findall(r"(?:^\|.*\n?)+", told, flags=re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert 1 == len(cells)
    assert "<script>" not in told


def test_names_cannot_break_the_pictures(hostile, tmp_path) -> None:
    """Mathematics, emoji and endless names are drawn without a warning; nothing of them is markup."""
    written = write_report(hostile, tmp_path)
    assert 18 == len(list(written["figures"].iterdir()))
    assert not any("<script" in path.read_text("utf-8") for path in written["figures"].glob("*.svg"))


def test_an_empty_run_has_a_report(tmp_path) -> None:
    """With nothing in any frame there is still a page that says so."""
    written = write_report(empty(), tmp_path)
    assert "No router was judged." in Outline(written["html"].read_text("utf-8")).text
    assert [] == list(written["figures"].iterdir())


@pytest.mark.parametrize(
    "choices",
    [
        {"seeds": 1}, {"models": 2}, {"models": 30}, {"datasets": 1}, {"datasets": 60}, {"routers": 1},
        {"routers": 45}, {"costs": None}, {"latency": False}, {"sweep": 1},
    ],
    ids=str,
)  # fmt: skip
def test_runs_of_every_shape_have_a_whole_page(choices) -> None:
    """One seed, two models, thirty, one dataset, sixty, no costs: the page closes what it opens and has no `nan`."""
    results = make_results(**(SMALL | choices))
    outline = Outline(page(Roster(results)))
    assert not re.search(r"\bnan\b", outline.text)
    assert not any(str(value) == "nan" for attributes in outline.attributes for value in attributes.values())
    assert not re.search(r"\bnan\b", markdown(Roster(results), {}))


@pytest.mark.parametrize("name", COLUMNS)
def test_each_frame_may_be_empty(name) -> None:
    """Without any one frame the rest of the report is there."""
    results = make_results(**SMALL)
    setattr(results, name, frame(name, []))
    assert "What it teaches" in Outline(page(Roster(results))).text
    assert markdown(Roster(results), {})


def test_figures_may_all_be_missing() -> None:
    """A leaderboard of names alone is shown with dashes."""
    results = empty()
    results.leaderboard = frame("leaderboard", [{"router": "kNN", "kind": "router"}, {"router": "m", "kind": "model"}])
    assert "kNN" in Outline(page(Roster(results))).text


def test_without_costs_their_sections_are_absent_with_a_reason() -> None:
    """There is no cost in a head, picture or section, and a sentence why."""
    roster = Roster(make_results(**(SMALL | {"costs": None})))
    outline = Outline(page(roster))
    assert not {"cost", "same-cost"} & {attributes.get("id") for attributes in outline.attributes}
    assert "come without costs" in outline.text
    assert "come without costs" in markdown(roster, {})
    assert not any("USD" in words for words in heads(page(roster)))


def heads(html: str) -> list[str]:
    """The heads of all tables and sections, and the titles of axes."""
    found = re.findall(r"<(th|h2|h4)\b[^>]*>(.*?)</\1>", html) + re.findall(
        r'<(text)[^>]*class="title[^>]*>(.*?)</', html
    )
    return [re.sub(r"<[^>]+>", "", words) for _, words in found]


def test_estimated_costs_say_so_everywhere() -> None:
    """When costs are estimated, each head, title and axis that is about them says it."""
    roster = Roster(make_results(**(SMALL | {"costs": "estimated"})))
    html = page(roster)
    about = [words for words in heads(html) if re.search(r"USD|[Cc]ost|Pareto|AIQ|saving", words)]
    about = [words for words in about if words not in {"Costs", "Splits with CostSave"}]
    assert len(about) > 8
    assert [] == [words for words in about if "stimated" not in words]
    told = markdown(roster, {})
    assert [] == [line for line in told.splitlines() if line.startswith("| Routers | Avg") and "stimated" not in line]


def test_the_page_needs_nothing_else() -> None:
    """No address is loaded: links lead within the page, the policy allows none, no handler is inline."""
    html = page(Roster(make_results(**SMALL)))
    outline = Outline(html)
    links = [v for a in outline.attributes for k, v in a.items() if k in {"href", "src"}]
    assert all(link.startswith(("#", "data:")) for link in links)
    policy = next(a["content"] for a in outline.attributes if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not any(key.startswith("on") or key == "style" for a in outline.attributes for key in a)
    targets = {a.get("id") for a in outline.attributes}
    assert all(link[1:] in targets for link in links if link.startswith("#"))


def test_pictures_are_described() -> None:
    """Each picture has a label, or is decoration beside its own words."""
    outline = Outline(page(Roster(make_results(**SMALL))))
    pictures = [a for tag, a in zip(outline.tags, outline.attributes, strict=True) if tag == "svg"]
    assert len(pictures) > 20
    assert all(a.get("aria-label") or a.get("aria-hidden") == "true" for a in pictures)


def test_the_glossary_tells_every_column() -> None:
    """What each column of each frame means is on the page."""
    text = Outline(page(Roster(make_results(**SMALL)))).text
    assert all(f"\n{key}\n" in text for columns in COLUMNS.values() for key in columns)


def test_tidy_tables_keep_their_columns(written) -> None:
    """The CSV of the leaderboard has the columns of its frame, in order, and says where costs come from."""
    with (written["results"] / "leaderboard.csv").open(encoding="utf-8") as file:
        assert [*COLUMNS["leaderboard"], "cost_source"] == next(csv.reader(file))
