"""The LLMRank paper's tables and the maps of features, as a reader of page and Markdown finds them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from llmrank_results import FEATURES, MODELS, make_llmrank_results

from langchain_dynaroute.bench.report import influence_chart
from langchain_dynaroute.bench.report.influence import influences
from langchain_dynaroute.bench.report.markdown import markdown
from langchain_dynaroute.bench.report.page import page
from langchain_dynaroute.bench.report.paper_table import paper_tables
from langchain_dynaroute.bench.report.roster import Roster


@pytest.fixture(scope="module")
def roster():
    """A run with the paper's tables and one map."""
    return Roster(make_llmrank_results())


@pytest.fixture(scope="module")
def html(roster):
    """Its page."""
    return page(roster)


def section(html: str, anchor: str) -> str:
    return re.search(rf'<section id="{anchor}".*?</section>|<section[^>]* id="{anchor}".*?</section>', html, re.DOTALL)[
        0
    ]


def opening(roster: Roster, number: int) -> str:
    return next(table.opening for table in paper_tables(roster) if f"Table {number}:" in table.title)


def test_tables_have_titles_in_words_and_in_the_papers_order(html) -> None:
    """Tables 3 to 7 come one after the other, then the map; no name of a column or file is a head."""
    heads = re.findall(r"<h2[^>]*>(LLMRank[^<]*)</h2>", html)

    assert [
        "LLMRank, Table 3: overall",
        "LLMRank, Table 4: quality by benchmark",
        "LLMRank, Table 5: how often each model is the oracle&#x27;s choice",
        "LLMRank, Table 6: how accurate each model is",
        "LLMRank, Table 7: what each model costs",
        "LLMRank, balanced (λ = 10³): which feature moves which model",
    ] == heads
    assert not re.search(r"Llmrank table|Llmrank features|_paper\b|usd_per_1k_prompts<", html)


def test_the_first_table_says_where_the_router_stands(roster) -> None:
    """Points from the best single model, the way to the oracle, the cost, the paper, and of what prompts each is."""
    told = opening(roster, 3)

    assert "the best single model in hindsight, model-c, reaches 80.0 % quality and the oracle 90.0 %" in told
    assert (
        "llmrank stands at 85.0 %, 5.0 points above the best single, 50 % of the way to the oracle, at 50 % of" in told
    )
    assert "llmrank-cost stands at 60.0 %, 20.0 points below the best single, at 5.0 % of its cost" in told
    assert "In the paper the best single reaches 80.0 %: llmrank 5.0 points above it" in told
    assert "full data set of 34,623 prompts, ours of a part of it, 783 prompts" in told


def test_the_other_tables_say_who_leads(roster) -> None:
    """Datasets held, the oracle's most frequent choice, the most accurate, the cheapest and the dearest model."""
    assert "at least as good as the one model that is best over all on 1 of 2 datasets" in opening(roster, 4)
    assert "most is left on ours (35.0 points), least on mmlu (10.0)" in opening(roster, 4)
    assert "most frequent choice is maker/model-a on 1 of 2 datasets and other/model-b on 1" in opening(roster, 5)
    assert "model-c is never chosen. In the paper the same model leads on 1 of 1 dataset that" in opening(roster, 5)
    assert opening(roster, 6).startswith("The most accurate single model is model-c on all 2 datasets.")
    assert "0.0500 to 5.00 USD per 1,000 prompts, 100 times as much" in opening(roster, 7)


def test_the_papers_column_stands_beside_ours_and_is_marked(html) -> None:
    """Heads have units, each second one is the paper's; a figure the paper does not have is a dash."""
    table = section(html, "llmrank-table-6-accuracy")
    heads = re.findall(r'<th scope="col"[^>]*>.*?</th>', table)

    assert ["Dataset", "Model", "Quality, %", "Quality in the paper, %"] == [
        re.sub(r"<[^>]+>", "", head) for head in heads
    ]
    assert [False, False, False, True] == ["paper" in re.search(r'class="([^"]*)"|$', head)[0] for head in heads]
    assert '<th scope="row" data-v="model-c">model-c</th><td class="number" data-v="0.7">70.0</td>' in table
    assert '<td class="number paper" data-v="">–</td>' in table


def test_rows_are_led_by_the_figure(roster) -> None:
    """Within a dataset the oracle's most frequent choice comes first, and the cheapest model."""
    tables = {table.name: table for table in paper_tables(roster)}

    assert [70.0, 30.0, 0.0, 80.0, 20.0, 0.0] == [row["percent"] for row in tables["llmrank_table_5_oracle_share"].rows]
    assert "maker/model-a" == tables["llmrank_table_7_cost"].rows[0]["model"]


def test_without_costs_none_are_told() -> None:
    """There is no table of costs, no head and no sentence about them."""
    roster = Roster(make_llmrank_results(costs=None))
    first = paper_tables(roster)[0]

    assert [3, 4, 5, 6] == [int(re.search(r"Table (\d)", table.title)[1]) for table in paper_tables(roster)]
    assert not any("ost" in head.title.replace("most", "") for head in first.heads)
    assert "of its cost" not in first.opening
    assert "cheapest" not in opening(roster, 5)


def test_estimated_costs_are_told_as_such() -> None:
    """Our heads and sentences of costs say that they are estimated; the paper's are its own."""
    roster = Roster(make_llmrank_results(costs="estimated"))
    ours = [head.title for table in paper_tables(roster) for head in table.heads if not head.is_paper]

    assert [] == [title for title in ours if re.search("[Cc]ost", title) and "stimated" not in title]
    assert "% of its estimated cost" in opening(roster, 3)
    assert "The cheapest model by estimate is" in opening(roster, 7)


def test_other_frames_are_shown_as_they_are(html) -> None:
    """A frame that is not LLMRank's, or lacks its columns, keeps the table of any frame."""
    results = make_llmrank_results()
    results.extra["llmrank_table_6_accuracy"] = results.extra["llmrank_table_6_accuracy"].drop(columns="quality_paper")

    assert "<h2" in html
    assert ">Llmrank balanced</h2>" in html
    assert ">Encoders</h2>" in html
    assert ">Llmrank table 6 accuracy</h2>" in page(Roster(results))


def test_the_map_opens_with_the_strongest_feature(roster) -> None:
    """The text's vector has no direction; of the others the strongest is named, with whom it moves up and down."""
    told = influences(roster)[0].opening

    assert told.startswith("The text's vector as a whole moves models most (0.400 of utility on average)")
    assert "rewriting (to rework a given text) is the strongest (0.014 of utility on average)" in told
    assert told.endswith("more of it speaks for model-a (+0.020) and against model-c (−0.012).")


def test_the_map_is_a_described_picture_of_every_cell(roster) -> None:
    """Wide and narrow, a rectangle a feature and model: blue for, orange against, level without clear direction."""
    drawn = ET.fromstring(f"<div>{influence_chart.chart(influences(roster)[0])}</div>")  # noqa: S314 - our own
    boxes = drawn.findall(".//div[@data-columns]")

    assert ["0", "0"] == [box.get("tabindex") for box in boxes]
    assert all("Arrow keys" in box.get("aria-label") and "region" == box.get("role") for box in boxes)
    for picture in drawn.iter("svg"):
        cells = picture.findall(".//rect")
        classes = [cell.get("class").split()[0] for cell in cells]
        assert "img" == picture.get("role")
        assert "the same figures are in the table below" in picture.get("aria-label")
        assert len(FEATURES) * len(MODELS) == len(cells)
        assert ["level"] * 3 == classes[:3]
        assert ("p5", "level", "n4") == tuple(classes[3:6])
        assert {"model-a", "model-b", "model-c"} <= {text.text for text in picture.iter("text")}
        assert "model-a rewriting (to rework a given text) +0.020 of utility" in cells[3].get("data-tip")
        assert "no clear direction (correlation +0.10)" in cells[4].get("data-tip")


def test_the_map_is_also_a_table(html) -> None:
    """Folded away below it stands every figure, each feature and model being a head."""
    part = section(html, "llmrank-balanced-features-by-model")
    table = re.search(r"<details><summary>The figures as a table</summary>(.*?)</details>", part, re.DOTALL)[1]

    assert 4 == len(re.findall(r'<th scope="row"', table))
    assert 5 == len(re.findall(r'<th scope="col"', table))
    assert '<th scope="row">answer single character (one letter or number)</th>' in table
    assert all(f">{cell}</td>" in table for cell in ("+0.020", "±0.010", "−0.012", "±0.500"))


def test_names_that_collide_keep_their_makers() -> None:
    """Two models of one name from two makers are told apart in the map."""
    results = make_llmrank_results()
    name = "llmrank-balanced_features_by_model"
    results.extra[name] = results.extra[name].rename(columns=lambda column: column.replace("model-b", "model-a"))

    assert ["maker/model-a", "other/model-a", "model-c"] == list(influences(Roster(results))[0].models.values())


def test_a_map_may_have_gaps() -> None:
    """Where nothing is known or nothing moves, the map has dashes and no colour, and says so."""
    results = make_llmrank_results()
    frame = results.extra["llmrank-balanced_features_by_model"]
    frame[[f"{model} moves" for model in MODELS]] = [[float("nan"), 0.0, 0.0]] * len(frame)
    data = influences(Roster(results))[0]

    assert ["–", "0.0", "0.0"] == influence_chart.lines(data)[1][2:]
    assert 'class="p' not in influence_chart.chart(data)
    assert "No feature moves any model clearly one way." == data.opening


def test_the_markdown_has_the_same(roster) -> None:
    """Titles, openings, heads in words, and the map as a table with a column a model."""
    told = markdown(roster, {})

    for part in [*paper_tables(roster), *influences(roster)]:
        assert f"## {part.title}" in told
        assert part.opening[:40] in told
    assert (
        "| Dataset | Model | The oracle's choice, % of prompts | The oracle's choice in the paper, % of prompts |"
        in told
    )
    assert "| Feature | Mean over models | model-a | model-b | model-c |" in told
    assert "| rewriting | 0.014 | +0.020 | ±0.010 | −0.012 |" in told
    assert "Llmrank table" not in told
