"""The published chain, rebuilt: its data file, the runs behind it, its arithmetic, and the table of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from support.fake_counts import FakeCounts
from support.fake_result import fake_result

from capacity_sim import data, scenario
from capacity_sim.analysis.bridge import Amount, Answer, last_month, rebuild
from capacity_sim.analysis.bridge_steps import Work, union, unions
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data import DataSet
from capacity_sim.data.bridge import FILE, Bridge, Published, Step, load_bridge
from capacity_sim.errors import DataError, ScenarioError, UsageError
from capacity_sim.runs.kept import Plan, Store
from capacity_sim.runs.monthly import Monthly, months_of
from capacity_sim.runs.months_kept import KeepsMonths
from capacity_sim.runs.tidy import tidy
from capacity_sim.runs.totals import summarise
from capacity_sim.scenario import Scenario
from capacity_sim.show.bridge_figures import UNEXPLAINED, records, shown
from capacity_sim.show.bridged import bridge_report, misses
from capacity_sim.show.charts.chain import alt_text, bridge_chart
from capacity_sim.show.sheet import to_text

MONTHS = (*months_of("2024-25"), *months_of("2025-26"), *months_of("2026-27"), *months_of("2027-28"))
NATION = data.load("england_wales")
CHAIN = load_bridge(NATION)
RISKS = ("low", "medium", "high", "very_high")

# --- the data file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["england_wales", "demo"])
def test_every_published_figure_says_what_it_is(name: str) -> None:
    dataset = data.load(name)
    chain = load_bridge(dataset)
    figures = chain.figures()
    assert len({one for one, _ in figures}) == len(figures) > 20
    for _, figure in figures:
        assert figure.source.split()[0] in dataset.sources
        assert figure.quality in ("green", "amber", "red")
        assert figure.basis in ("published", "derived", "assumed")
        assert set(months_of(figure.period)) <= set(MONTHS)
        assert figure.scope
        assert figure.unit
        assert figure.why
        assert figure.ends is not None
        assert figure.passes(figure.value)
    assert last_month(chain) == "2028-03"


def test_the_chain_is_the_published_one() -> None:
    shortfalls = [step.shortfall.value if step.shortfall else None for step in CHAIN.steps]
    assert shortfalls == [None, 3900, 3150, 3150, None, 3700, 2000, 1000]
    assert [step.period for step in CHAIN.steps] == ["2024-04", *["2026-27"] * 2, *["2027-28"] * 5]
    kinds = {step.id: step.kind for step in CHAIN.steps}
    assert {name for name, kind in kinds.items() if kind != "predicted"} == {"start", "ofps"}
    assert (kinds["start"], kinds["ofps"]) == ("fitted", "given")
    assert {one.id for one in CHAIN.differences if one.kind == "given"} == {"ofps-need"}
    targets = {figure.target for _, figure in CHAIN.figures()} - {None}
    assert targets == {
        "sm_required_policy_2024", "sm_in_post_2024_04", "gap_2026_27_early_2025", "gap_2026_27_jul_2025",
        "required_2026_27_jul_2025", "available_2026_27_jul_2025", "impact_plus_revisions", "digital_process_saving",
        "isr_policy_net_increase", "gap_remaining_2027_28", "fewer_contacts_option", "isr_extra_persons",
        "isr_extra_em",
    }  # fmt: skip


def test_published_figures_close_among_themselves() -> None:
    """Needed less assumed supply is the published shortfall, and steps differ by the published parts."""
    steps, parts = CHAIN.by_id, {one.id: one.published for one in CHAIN.differences}
    for step in CHAIN.steps:
        if step.required and step.shortfall and step.supply:
            assert step.required.value - CHAIN.supplies[step.supply].value == step.shortfall.value, step.id
    for name, step, less in (
        ("isr-policy-need", "agreed-policy", "year-later"),
        ("ofps-need", "ofps", "agreed-policy"),
        ("fewer-contacts-need", "fewer-contacts", "ofps"),
    ):
        published = parts[name]
        assert published is not None
        for of in ("required", "shortfall"):
            there, before = (getattr(steps[one], of).value for one in (step, less))
            assert there - before == published.value, (name, of)


def spoilt(tmp_path: Path, old: str, new: str) -> DataSet:
    """The data set with one text of its chain replaced."""
    text = (Path(NATION.folder) / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    return replace(NATION, folder=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("supplies:", "supply:", "missing-key", "lacks `supplies`"),
        ("scope: sentence management, four grades (CA", "extra: 1\nscope: a (CA", "unknown-key", "`extra`"),
        ('period: "2026-27"', 'period: "2026-28"', "bad-period", "`2026-28`"),
        ('period: "2026-27"', "period: 2026", "bad-period", "`2026`"),
        ("    kind: fitted", "    kind: fited", "unknown-word", "`fited` is not a kind"),
        ("supply: early-2025", "supply: early-2026", "unknown-supply", "`early-2026` is not a supply"),
        ("less: reset", "less: rest", "unknown-step", "`rest` is not a step"),
        ("- id: impact-need", "- id: isr-need", "duplicate-id", "`isr-need` is written twice"),
        ("source: nao-2025 2.21\n", "source: noa-2025 2.21\n", "unknown-source", "`noa-2025` is not a source"),
        ("value: 3900", "value: 3901", "unlike-target", "`reset.shortfall` differs from the target"),
        ("tolerance: 0.08", "tolerance: 0.18", "unlike-target", "`reset.shortfall` differs from the target"),
        ("range: [-750, 0]", "range: [-850, 0]", "unlike-target", "`impact-need` differs from the target"),
        ("target: gap_2026_27_early", "target: gap_2026_27_erly", "unknown-target", "gap_2026_27_erly"),
        ("range: [11400, 12000]", "range: [12000, 11400]", "bad-range", "a range is `[low, high]`"),
        ("    quality: amber\n", "", "missing-key", "a published figure lacks `quality`"),
        ("types: [community_order,", "types: [order,", "not-a-list", "`types` is a list of types"),
        ("adds: [impact]", "adds: impact", "not-a-list", "`adds` is a list"),
    ],
)
def test_a_fault_of_the_file_is_said(tmp_path: Path, old: str, new: str, code: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        load_bridge(spoilt(tmp_path, old, new))
    found = [(fault.code, words in fault.message) for fault in caught.value.faults]
    assert (code, True) in found, [(fault.code, fault.message) for fault in caught.value.faults]


def test_a_data_set_without_a_chain_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no published chain"):
        load_bridge(replace(NATION, folder=tmp_path))


# --- scenarios of the steps -----------------------------------------------------------------------------------------


def test_steps_are_the_plan_that_ships() -> None:
    made = unions(CHAIN, scenario.load, NATION, "england_wales", load_catalogue())
    by_step = {step.id: one for step, one in zip(CHAIN.steps, made, strict=True)}
    plan = scenario.load("nao-2025")
    own = {change.id for change in plan.own_changes}
    assert {change.id for change in by_step["ofps"].changes} == {change.id for change in plan.changes} - own
    assert [change.content() for change in by_step["ofps"].changes] == [
        change.content() for change in plan.changes if change.id not in own
    ]
    assert by_step["start"].changes == ()
    assert by_step["year-later"] is by_step["impact"]
    sizes = [len(one.changes) for one in made]
    assert sizes == sorted(sizes)


def test_a_union_has_each_change_once_whatever_the_order() -> None:
    parts = [scenario.load(name) for name in ("baseline", "isr", "isr-progression", "reset")]
    catalogue = load_catalogue()
    one, other = (union("all", [parts[0], *rest], NATION, catalogue) for rest in (parts[1:], parts[:0:-1]))
    assert one.hash_text == other.hash_text
    ids = [change.id for change in one.changes]
    assert len(set(ids)) == len(ids)
    assert set(ids) == {change.id for part in parts for change in part.changes}


def test_scenarios_that_do_not_agree_are_refused() -> None:
    plan, late = scenario.load("nao-2025"), scenario.load("stress-year-late")
    unlike = [change for change in late.changes if change.delay_months]
    assert unlike
    with pytest.raises(ScenarioError, match="in unlike ways"):
        union("both", [plan, late], NATION, load_catalogue())
    act, review = (scenario.load(name) for name in ("act-recall-56", "isr-recall-56"))
    with pytest.raises(ScenarioError, match="two changes set"):
        union("both", [act, review], NATION, load_catalogue())


# --- months that are kept -------------------------------------------------------------------------------------------


def test_months_total_by_the_rule_of_the_catalogue() -> None:
    table = tidy(fake_result(7, end=date(2025, 3, 30)), load_catalogue(), 0, 0).to_pandas()
    kept = KeepsMonths().of(fake_result(7, end=date(2025, 3, 30)), 0, 0)
    months = months_of("2024-25")
    for basis in ("original", "policy_adjusted", "staff_reported"):
        asked = {"where": {"area": "sentence_management"}, "basis": basis}
        one = summarise(table, "required_fte", (), months, **asked)["value"].iloc[0]
        assert kept.value("required_fte", "2024-25", basis=basis) == pytest.approx(one)
    one = summarise(table, "in_post_fte", (), months, where={"area": "sentence_management", "grade": "PO"})
    assert kept.value("in_post_fte", "2024-25", cell="PO") == pytest.approx(one["value"].iloc[0])
    for measure in ("people_on_sentence", "people_supervised", "people_tagged", "months_without_contact"):
        for period in ("2024-25", "2024-09"):
            one = summarise(table, measure, (), months_of(period))["value"].iloc[0]
            assert kept.value(measure, period) == pytest.approx(one), (measure, period)
    one = summarise(table, "months_without_contact", (), months, where={"risk": "high"})["value"].iloc[0]
    assert kept.value("months_without_contact", "2024-25", cell="high") == pytest.approx(one)
    with pytest.raises(ValueError, match="no whole period 2025-26"):
        kept.value("in_post_fte", "2025-26")


def test_what_is_kept_is_read_as_it_was_written(tmp_path: Path) -> None:
    keeps = KeepsMonths()
    kept = keeps.of(fake_result(3), 0, 0)
    store = Store(tmp_path, keeps)
    store.write("k", kept)
    assert store.read("k") == kept
    (file,) = tmp_path.glob("bridge/*.json")
    assert file.stat().st_size < 60_000
    assert store.read("other") is None
    text = file.read_text()
    for spoilt in (text[:-9], text.replace('"key": "k"', '"key": "x"'), text.replace('"format": 1', '"format": 0')):
        assert spoilt != text
        file.write_text(spoilt)
        assert store.read("k") is None


# --- arithmetic -----------------------------------------------------------------------------------------------------


def made_up(needed: float, in_post: float, people: float = 0.0, without: float = 0.0, later: float = 0.0) -> Monthly:
    """A run whose staff are level but for what is needed from April 2027, which is `later` more."""

    def line(value: float, more: float = 0.0) -> tuple[float, ...]:
        return tuple(value + more * (month >= "2027-04") for month in MONTHS)

    lines = {
        ("required_fte", "PO", "policy_adjusted"): line(needed * 0.6, later),
        ("required_fte", "PSO", "policy_adjusted"): line(needed * 0.4),
        ("required_fte", "PO", "original"): line(1.0),
        ("in_post_fte", "PO", ""): line(in_post - 100.0),
        ("in_post_fte", "trainee", ""): line(100.0),
        ("people_on_sentence", "licence", ""): line(1000.0 + 0.8 * people),
        ("people_on_sentence", "post_sentence", ""): line(0.2 * people),
        ("people_supervised", "licence", ""): line(900.0),
        ("people_tagged", "licence", ""): line(50.0 + people / 2),
        **{("months_without_contact", risk, ""): line(without / 12) for risk in RISKS},
    }
    return Monthly(MONTHS, lines)


def one_draw(level: float = 0.0, force: float = 1.0) -> list[Monthly]:
    """A run of each step of the chain; `level` moves all of them, `force` what each adds."""
    needed = {
        "start": 0.0, "reset": -700.0, "impact": -1200.0, "year-later": -1200.0, "isr": -400.0,
        "agreed-policy": -700.0, "ofps": -2400.0, "fewer-contacts": -3000.0,
    }  # fmt: skip
    return [
        made_up(
            15700.0 + level + force * needed[step.id],
            8300.0 if step.id == "start" else 9300.0 + level / 10,
            people=10000.0 * force * (at >= 4),
            without=1000.0 * at,
            later=0.0 if step.id == "start" else 50.0,
        )
        for at, step in enumerate(CHAIN.steps)
    ]


@pytest.fixture(scope="module")
def answer() -> Answer:
    draws = [one_draw(level, force) for level, force in ((-300.0, 0.8), (0.0, 1.0), (100.0, 1.0), (300.0, 1.2))]
    return rebuild(CHAIN, one_draw(), draws, place="Made-up land", source="a test")


def test_the_chain_closes(answer: Answer) -> None:
    total = 0.0
    for one in answer.steps:
        total += one.change.central
        assert one.needed.central == pytest.approx(total)
        assert one.fitted + one.predicted + one.given == pytest.approx(total)
        assert one.shortfall.central == pytest.approx(one.needed.central - one.in_post.central)
        if one.step.required is not None:
            assert one.unexplained is not None
            assert one.needed.central + one.unexplained.central == pytest.approx(one.step.required.value)
        if one.assumed is not None:
            assert one.on_assumed is not None
            assert one.on_assumed.central == pytest.approx(one.needed.central - one.assumed.value)
    by_id = {one.step.id: one for one in answer.steps}
    assert by_id["start"].needed.central == pytest.approx(15700)
    assert by_id["impact"].change.central == pytest.approx(-500)
    assert by_id["year-later"].change.central == pytest.approx(50)
    assert by_id["isr"].unexplained is None
    assert by_id["reset"].assumed is CHAIN.supplies["early-2025"]
    assert by_id["ofps"].on_assumed is not None
    assert by_id["ofps"].on_assumed.central == pytest.approx(15700 - 2400 + 50 - 11850)
    assert by_id["ofps"].shortfall.central == pytest.approx(15700 - 2400 + 50 - 9300)


def test_fitted_given_and_predicted_stay_apart(answer: Answer) -> None:
    last = answer.steps[-1]
    assert last.fitted == pytest.approx(15700)
    assert last.given == pytest.approx(-1700)
    assert last.predicted == pytest.approx(-3000 + 50 + 1700)
    assert [one.given for one in answer.steps[:6]] == [0.0] * 6


def test_ranges_are_paired_within_draws(answer: Answer) -> None:
    level, force = np.array([-300.0, 0, 100, 300]), np.array([0.8, 1, 1, 1.2])
    by_id = {one.step.id: one for one in answer.steps}
    expected = Amount.of(np.concatenate([[-500.0], -500 * force]))
    assert by_id["impact"].change == expected
    assert (expected.low, expected.high) == (pytest.approx(-570), pytest.approx(-430))
    assert by_id["year-later"].change.low == pytest.approx(by_id["year-later"].change.high)
    short = Amount.of(np.concatenate([[5250.0], 15700 + level - 1200 * force + 50 - 9300 - level / 10]))
    assert by_id["year-later"].shortfall.low == pytest.approx(short.low)
    assert by_id["year-later"].shortfall.high == pytest.approx(short.high)
    for one in answer.steps:
        if one.unexplained is not None and one.step.required is not None:
            assert one.unexplained.low == pytest.approx(one.step.required.value - one.needed.high)
            assert one.unexplained.middle == pytest.approx(one.step.required.value - one.needed.middle)
    parts = {one.difference.id: one.simulated for one in answer.differences}
    assert (parts["isr-on-sentence"].low, parts["isr-on-sentence"].high) == (pytest.approx(8600), pytest.approx(11400))


def test_differences_are_those_of_the_chain(answer: Answer) -> None:
    parts = {one.difference.id: one.simulated.central for one in answer.differences}
    assert parts == {
        "impact-need": pytest.approx(-500), "isr-need": pytest.approx(800), "isr-policy-need": pytest.approx(500),
        "isr-policy-share": pytest.approx(100 * 500 / (15700 - 1200 + 50)), "ofps-need": pytest.approx(-1700),
        "fewer-contacts-need": pytest.approx(-600), "isr-on-sentence": pytest.approx(10000),
        "isr-on-sentence-apart": pytest.approx(8000), "isr-community": pytest.approx(10000),
        "isr-supervised": pytest.approx(0), "isr-tagged": pytest.approx(5000),
    }  # fmt: skip


def test_people_and_exposure_are_of_the_last_month_and_year(answer: Answer) -> None:
    assert (answer.month, answer.year) == ("2028-03", "2027-28")
    last = answer.steps[-1]
    assert last.people["people_on_sentence"].central == pytest.approx(11000)
    assert {risk: one.central for risk, one in last.exposure.items()} == dict.fromkeys(RISKS, pytest.approx(7000))


def test_one_reading_has_no_range() -> None:
    found = rebuild(CHAIN, one_draw())
    assert (found.kind, found.draws) == (RangeKind.NONE, 0)
    assert all(math.isnan(one.needed.low) and math.isnan(one.needed.middle) for one in found.steps)
    text = " ".join(to_text(bridge_report(found)).split())
    assert "No range: add `--draws 10`." in text
    assert "nan" not in text


# --- published figures ----------------------------------------------------------------------------------------------


def figure(**more: object) -> Published:
    known: dict[str, object] = {
        "value": 100.0, "unit": "FTE", "period": "2026-27", "scope": "s", "source": "nao-2025", "basis": "published",
        "as_of": date(2025, 10, 22), "quality": "green", "why": "w",
    }  # fmt: skip
    return Published.model_validate({**known, **more})


@pytest.mark.parametrize(
    ("more", "ends"),
    [
        ({}, None),
        ({"tolerance": 0.05}, (95.0, 105.0)),
        ({"value": -100.0, "tolerance": 0.05}, (-105.0, -95.0)),
        ({"tolerance_abs": 20.0}, (80.0, 120.0)),
        ({"range": [90.0, 120.0], "tolerance": 0.5}, (90.0, 120.0)),
        ({"least": 0.0}, (0.0, math.inf)),
    ],
)
def test_how_near_is_near_enough(more: Mapping[str, object], ends: tuple[float, float] | None) -> None:
    found = figure(**more)
    assert found.ends == ends
    if ends is not None:
        assert (found.passes(ends[0]), found.passes(ends[0] - 0.1)) == (True, False)
        assert found.passes(ends[1] + 0.1) is (ends[1] == math.inf)


def test_a_reason_is_of_its_side() -> None:
    found = figure(tolerance=0.05, above="too many", below="too few")
    assert [found.reason(value) for value in (94, 100, 106)] == ["too few", None, "too many"]
    assert figure(tolerance=0.05, above="too many").reason(1) is None
    assert figure(above="too many").reason(1000) is None


# --- tables ---------------------------------------------------------------------------------------------------------


def small_chain(tolerance: float = 0.01) -> Bridge:
    steps = [
        Step(id="start", words="Start", short="start", adds=["baseline"], period="2026-27", kind="fitted",
             required=figure(value=15658.0, tolerance=tolerance)),
        Step(id="a", words="A", short="+ a", adds=["reset"], period="2026-27", kind="predicted", supply="s",
             required=figure(value=15000.0, tolerance=tolerance, above="Too much.", below="Too little."),
             shortfall=figure(value=3000.0, tolerance=tolerance)),
        Step(id="b", words="B", short="+ b", adds=["ofps"], period="2026-27", kind="given", supply="s"),
    ]  # fmt: skip
    supply = figure(value=12000.0, tolerance=tolerance, below="Nobody comes.")
    return Bridge(scope="s", supplies={"s": supply}, steps=tuple(steps), differences=())


@pytest.mark.parametrize("seed", range(20))
def test_figures_close_in_print(seed: int) -> None:
    random = np.random.default_rng(seed)
    runs = [made_up(level, 9000 + random.uniform(0, 99)) for level in random.uniform(13000, 17000, 3)]
    found = rebuild(small_chain(), runs, [runs, runs])
    before = 0.0
    for one, line in zip(found.steps, shown(found), strict=True):
        assert line.level % 50 == line.in_post % 50 == 0
        assert line.level - before == line.added
        assert sum(line.parts.values()) == line.level
        assert abs(line.level - one.needed.central) <= 25
        before = line.level
    by_figure = {(one["step"], one["figure"]): one["simulated"] for one in records(found)}
    for step, published in (("start", 15658.0), ("a", 15000.0)):
        apart, level = (by_figure[step, name] for name in (UNEXPLAINED, "required_fte"))
        assert isinstance(apart, int | float)
        assert isinstance(level, int | float)
        assert apart + level == pytest.approx(published, abs=25.1)
    assert by_figure["a", "on_assumed_supply"] == shown(found)[1].level - 12000


def test_misses_stand_with_their_reasons() -> None:
    def missed(needed: float, in_post: float) -> dict[str, str]:
        runs = [made_up(level, in_post) for level in (15658.0, needed, needed - 1700)]
        return {one.what: one.reason for one in misses(rebuild(small_chain(), runs))}

    assert missed(15000, 12000) == {}
    assert missed(15200, 12000) == {"staff needed, a, 2026-27": "Too much."}
    assert missed(14800, 9000) == {
        "staff needed, a, 2026-27": "Too little.",
        "staff in post, 2026-27": "Nobody comes.",
    }
    assert missed(15000, 12500) == {
        "staff in post, 2026-27": "No reason for a miss to this side has been written down."
    }


def test_the_table_shows_each_step_on_both_supplies(answer: Answer) -> None:
    text = to_text(bridge_report(answer))
    (line,) = [one for one in text.splitlines() if one.startswith("6 OFPS, process") and "11,850" in one]
    assert line.split("2027-28")[1].split() == [
        "2,000", "1,850", "to", "2,150", "11,850", "1,500", "missed", "9,300", "4,050", "missed"
    ]  # fmt: skip
    assert "\n  unexplained" in text
    text = " ".join(text.split())
    assert "fitted 15,700, predicted -650, given -1,700" in text
    assert "takes 11,850 staff to be in post; the simulated workforce has 9,300, after 8,300 in Apr 2024 (8,3" in text
    assert "No claim is made about reoffending." in text
    assert "nao-2025 Figure 11, 2.19 15,658 allowed 15,500 to 15,800 inside" in text  # as printed, not rounded
    assert "A shortfall misses by what staff needed and staff in post miss." in text
    impact = text.partition("Impact, published")[2].split("predicted")[1]
    assert impact.split()[:10] == ["-750", "-750", "to", "0", "-500", "-500", "-550", "to", "-450", "inside"]


def test_records_say_of_each_figure_what_it_rests_on(answer: Answer) -> None:
    found = list(bridge_report(answer).records)
    assert len({tuple(one) for one in found}) == 1
    ofps = {one["figure"]: one for one in found if one["step"] == "ofps" and one["table"] == "needed"}
    assert [ofps[name]["kind"] for name in ("change", "part_fitted", "part_predicted", "part_given", UNEXPLAINED)] == [
        "given", "fitted", "predicted", "given", UNEXPLAINED
    ]  # fmt: skip
    published = [one for one in found if one["published"] is not None]
    assert len(published) > 20
    for one in published:
        assert one["scope"]
        assert one["period"]
        assert one["source"]
        assert one["quality"]
        assert one["verdict"] in ("inside", "missed")
        assert (one["reason"] is None) == (one["verdict"] == "inside")
    exposure = [one for one in found if one["table"] == "exposure"]
    assert {one["step"] for one in exposure} == {step.id for step in CHAIN.steps if step.adds}
    assert {one["unit"] for one in exposure} == {"person-months"}


def test_the_chart_says_what_it_shows(answer: Answer) -> None:
    figure = bridge_chart(answer)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()][1] == "+ Reset\n2026-27"
    assert "do not" not in left.get_xlabel()
    assert [text.get_text() for text in right.get_legend().get_texts()] == [
        "published", "on assumed supply", "on simulated supply"
    ]  # fmt: skip
    assert "Impact (2026-27): needed 14,500, published 15,000; shortfall on simulated supply 5,200, on assumed" in (
        alt_text(answer)
    )
    bare = bridge_chart(rebuild(CHAIN, one_draw()))
    assert "No ranges" in bare._supxlabel.get_text()


# --- runs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def scenarios() -> list[Scenario]:
    return unions(CHAIN, scenario.load, NATION, "england_wales", load_catalogue())


def game(there: frozenset[str]) -> float:
    """Part of the need that goes: a hundredth for each of three files."""
    return 0.01 * sum(any(name.startswith(start) for name in there) for start in ("reset.", "impact.", "ofps."))


Make = Callable[..., Work]


@pytest.fixture
def work(scenarios: list[Scenario], tmp_path: Path) -> Make:
    def make(counts: FakeCounts, draws: int, **more: object) -> Work:
        return Work(CHAIN, scenarios, counts, draws, runs_dir=tmp_path, **more)

    return make


def test_each_step_is_run_once_at_the_central_reading_and_in_each_draw(work: Make) -> None:
    counts = FakeCounts(game, end=date(2028, 3, 30))
    made = work(counts, 2)
    assert made.runs == (7 * 3, 0)  # a year later is the same run as the step before
    found = made.answer(workers=1)
    assert len(counts.calls) == 21
    assert not any(delivery for *_, delivery in counts.calls)
    assert (found.draws, found.kind) == (2, RangeKind.DRAWS)
    assert found.steps[2].change.central < 0
    again = work(FakeCounts(game, end=date(2028, 3, 30)), 2)
    assert again.runs == (0, 21)
    assert again.answer(workers=1) == found
    assert work(counts, 1).runs == (0, 7)
    assert work(counts, 2, force=True).runs == (21, 0)


def test_steps_of_a_draw_share_its_reading_and_its_chance(work: Make) -> None:
    made = work(FakeCounts(game, end=date(2028, 3, 30)), 3)
    tasks = [task for task in made.plan.missing.values() if task.reading is not None]
    assert {task.draw for task in tasks} == {0, 1, 2}
    for draw in range(3):
        readings = {tuple(sorted((task.reading or {}).items())) for task in tasks if task.draw == draw}
        assert len(readings) == 1


def test_what_is_finished_stays_when_it_is_stopped(work: Make) -> None:
    with pytest.raises(KeyboardInterrupt):
        work(FakeCounts(game, end=date(2028, 3, 30), stop_at=4), 1).answer(workers=1)
    plan = work(FakeCounts(game, end=date(2028, 3, 30)), 1).plan
    assert isinstance(plan, Plan)
    assert (len(plan.missing), len(plan.found)) == (3, 4)


def test_no_draws_are_refused(work: Make) -> None:
    with pytest.raises(UsageError, match="0 draws is less than 1"):
        work(FakeCounts(game), 0)
