"""The three routers: where a ranking starts, how it goes on, and level shifts."""

from __future__ import annotations

import pytest

from langchain_dynaroute import Candidate, Category, DifficultyLevel, ModelPool, TaskProfile, TierTable
from langchain_dynaroute.decisions import Tier
from langchain_dynaroute.errors import PoolError, TableError
from langchain_dynaroute.routers import POLICIES, Router, TierTableRouter, as_router

CHEMISTRY = Category.CHEMISTRY


def scored(name, cost, percent):
    """A candidate of a total price and an MMLU-Pro score."""
    return Candidate(
        name, input_usd_per_1m_tokens=cost / 2, output_usd_per_1m_tokens=cost / 2, scores={"MMLU-Pro": percent}
    )


@pytest.fixture
def pool():
    """Two models in each tier; the better of a tier is not always the dearer."""
    rows = [("L1", 1, 50), ("L2", 2, 40), ("M1", 3, 30), ("M2", 4, 60), ("B1", 5, 70), ("B2", 6, 45)]
    return ModelPool([scored(*row) for row in rows])


@pytest.fixture(scope="module")
def paper():
    """The paper's pool, the only one with a default level shift."""
    return ModelPool.load("dynaroute-paper")


def ranked(router, pool, level, category=Category.MISCELLANEOUS):
    """Names of a ranking."""
    profile = TaskProfile(category=category, level=level)
    return [candidate.name for candidate in router.rank("a prompt", profile, pool)]


LOW = ["L1", "L2", "M2", "M1", "B1", "B2"]
MODERATE = ["M2", "M1", "B1", "B2", "L1", "L2"]
BEST = ["B1", "M2", "L1", "B2", "L2", "M1"]


@pytest.mark.parametrize(("level", "expected"), [(1, LOW), (2, MODERATE), (3, BEST)])
def test_optimum_starts_at_the_levels_tier_then_goes_up_then_down(pool, level, expected):
    """`optimum`: the tier's own by score, then the dearer tiers, then the cheaper; level 3 is over all."""
    assert expected == ranked(TierTableRouter("optimum"), pool, level)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_low_cost_climbs_tier_by_tier_whatever_the_level(pool, level):
    """`low-cost`: the low tier by score, then the next dearer one."""
    assert LOW == ranked(TierTableRouter("low-cost"), pool, level)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_best_performance_goes_by_score_over_all(pool, level):
    """`best-performance`: by score, whatever the price or the level."""
    assert BEST == ranked(TierTableRouter("best-performance"), pool, level)


def test_a_ranking_tells_the_tier_of_each_step(pool):
    """Each place has the tier it was taken from, and says whether it is a fallback."""
    ranking = TierTableRouter().rank("", TaskProfile(category="Miscellaneous", level=2), pool)

    assert ["moderate"] * 2 + ["best"] * 2 + ["low"] * 2 == [candidate.tier for candidate in ranking]
    assert ranking[0].reason.startswith("moderate tier: average z-score +")
    assert ranking[2].reason.startswith("fallback, best tier: average z-score +")
    assert ranking[0].reason.endswith("over 1 benchmark of Miscellaneous, $4 per 1M tokens")


def test_settings_reach_the_tier_table():
    """What a router is given is what its table is built with."""
    settings = {"scoring": "mean", "quantiles": (0.2, 0.5), "tiers": "cumulative", "min_coverage": 0.5}
    pool = ModelPool.load("flagship")
    built = TierTableRouter(cost="measured", **settings).table(pool).settings

    assert TierTable.build(pool, cost="measured", **settings).settings == built
    assert ("mean", (0.2, 0.5), "cumulative", "measured", 0.5) == (
        built.scoring,
        built.quantiles,
        built.tiers,
        built.cost,
        built.min_coverage,
    )


def test_a_constructor_builds_nothing(pool):
    """A wrong setting is told when the table is built; a table is built once a pool."""
    router = TierTableRouter(scoring="median")

    with pytest.raises(TableError, match="median"):
        router.table(pool)
    fine = TierTableRouter()
    assert fine.table(pool) is fine.table(pool)
    assert fine.table(pool) is not fine.table(ModelPool(pool.candidates))


# -- level shifts ---------------------------------------------------------------------------


def first_tier(router, pool, level, category=CHEMISTRY):
    """The tier that leads."""
    return router.rank("", TaskProfile(category=category, level=level), pool)[0].tier


def test_the_papers_pool_shifts_chemistry_up(paper):
    """`dynaroute-paper` looks Chemistry up one level higher (section 3.2.1), and no other category."""
    router = TierTableRouter("optimum")

    assert [Tier.MODERATE, Tier.BEST, Tier.BEST] == [first_tier(router, paper, level) for level in (1, 2, 3)]
    assert {Category.CHEMISTRY: 1} == {c: router.shift(c, paper) for c in Category if router.shift(c, paper)}


def test_a_fixed_level_is_shifted_too(paper):
    """`low-cost` answers Chemistry from the moderate tier of the paper's pool."""
    assert Tier.MODERATE is first_tier(TierTableRouter("low-cost"), paper, 1)
    assert Tier.LOW is first_tier(TierTableRouter("low-cost"), paper, 3, Category.PHYSICS)
    assert Tier.BEST is first_tier(TierTableRouter("best-performance"), paper, 1)


def test_an_empty_mapping_turns_shifts_off(paper):
    """`level_shifts={}` looks Chemistry up at its own level, and leaves no note."""
    router = TierTableRouter("optimum", level_shifts={})

    assert list(Tier) == [first_tier(router, paper, level) for level in (1, 2, 3)]
    assert () == router.notes(TaskProfile(category=CHEMISTRY, level=1), paper)


@pytest.mark.parametrize("name", ["flagship", "lightweight"])
def test_no_other_pool_shifts(name):
    """Only the paper's pool has a default shift."""
    pool = ModelPool.load(name)

    assert {0} == {TierTableRouter().shift(category, pool) for category in Category}


def test_shifts_of_ones_own_go_up_and_down(pool):
    """A router's own shifts apply to any pool, in both directions, held within the three levels."""
    router = TierTableRouter(level_shifts={"law": 1, Category.FACTS: -5})

    assert [MODERATE, BEST] == [ranked(router, pool, level, Category.LAW) for level in (1, 2)]
    assert LOW == ranked(router, pool, 3, Category.FACTS)
    assert BEST == ranked(router, pool, 3, Category.LAW)


def test_a_shift_is_told(paper):
    """The notes tell the level that was looked up and the shift."""
    notes = TierTableRouter("low-cost").notes(TaskProfile(category=CHEMISTRY, level=3), paper)

    assert ("Chemistry is looked up at level 2 (level shift +1)",) == notes


# -- profiles that are not as expected ------------------------------------------------------


def test_an_unknown_category_is_ranked_as_miscellaneous_and_told(pool):
    """A classifier's category that is none of the 29 is looked up as Miscellaneous, and noted."""
    profile = TaskProfile(category="Cooking", level=2)
    router = TierTableRouter()

    assert MODERATE == [candidate.name for candidate in router.rank("", profile, pool)]
    assert "unknown category 'Cooking', taken as Miscellaneous" == router.notes(profile, pool)[0]


def test_without_a_profile_the_middle_of_miscellaneous_is_taken(pool):
    """No profile at all is Miscellaneous at level 2, and noted."""
    assert MODERATE == [candidate.name for candidate in TierTableRouter().rank("", None, pool)]
    assert "no profile: taken as Miscellaneous, level 2" == TierTableRouter().notes(None, pool)[0]


def test_an_empty_tier_is_told_through_the_router():
    """The note on an empty tier reaches whoever asks the router."""
    two = ModelPool([scored("cheap", 1, 50), scored("dear", 9, 60)])
    profile = TaskProfile(category="Miscellaneous", level=2)

    assert "the moderate tier of Miscellaneous is empty: taken from the next" in TierTableRouter().notes(profile, two)


def test_candidates_without_price_are_left_out(paper):
    """The router tells which candidates it cannot rank."""
    assert ["DeepSeek V3"] == [candidate.name for candidate in TierTableRouter().left_out(paper)]


# -- the seam -------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", ["flagship", "dynaroute-paper", "lightweight"])
def test_every_router_ranks_every_priced_candidate_once(name, policy):
    """For 29 categories and 3 levels, each of the three routers ranks the whole priced pool."""
    pool = ModelPool.load(name)
    router = TierTableRouter(policy)
    priced = sorted({c.name for c in pool} - {c.name for c in router.left_out(pool)})

    for category in Category:
        for level in DifficultyLevel:
            assert priced == sorted(ranked(router, pool, level, category))


def test_a_router_is_named_or_given():
    """A name makes a router, a router stays itself, and a misspelt name is guessed."""
    router = TierTableRouter("low-cost")

    assert router is as_router(router)
    assert "TierTableRouter('best-performance')" == repr(as_router("best-performance"))
    with pytest.raises(PoolError, match=r"no router 'optimun'\. Did you mean 'optimum'"):
        as_router("optimun")


def test_a_router_of_ones_own_is_one_method(pool):
    """A subclass with `rank` alone is a router: no notes, nobody left out."""

    class First(Router):
        def rank(self, prompt, profile, pool):
            return ()

    assert ((), ()) == (First().notes(None, pool), First().left_out(pool))
    with pytest.raises(TypeError, match="rank"):
        Router()
