"""The shipped data sets agree with what is published, and each fault of a data file is named."""

import shutil
from datetime import date
from functools import cache
from math import isclose
from pathlib import Path

import numpy as np
import pytest

from capacity_sim import data
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data import DataSet, Figure, reading
from capacity_sim.data.figures import walk
from capacity_sim.data.values import check_coverage, read_values
from capacity_sim.errors import DataError, Fault, render

SETS = Path(data.__file__).parent
CATALOGUE = load_catalogue()
GRADES = CATALOGUE.dimensions["grade"]
STATES = CATALOGUE.dimensions["state"]
RISKS = CATALOGUE.dimensions["risk"]
PART_TIME_MONTHS = "staff.trainee.part_time_months"


@cache
def shipped(name: str) -> DataSet:
    return data.load(name)


@pytest.fixture
def nation() -> DataSet:
    return shipped("england_wales")


def values_of(dataset: DataSet, path: str, **where: str) -> dict[date | None, float]:
    """Dated amounts of a cell; the key is None where the value has no date."""
    for entry in dataset.values:
        if entry.path == path and all(
            dim not in entry.where or value in entry.where[dim] for dim, value in where.items()
        ):
            return dict(zip(entry.quantity.dates or (None,), entry.quantity.amounts, strict=True))
    raise KeyError(path)


def value_of(dataset: DataSet, path: str, **where: str) -> float:
    return values_of(dataset, path, **where)[None]


# --- places and people ---------------------------------------------------------------------------------


def test_108_units_in_12_regions(nation):
    assert len(nation.regions) == 12
    assert len(nation.units) == len(set(nation.units)) == 108
    count = dict(zip(nation.regions, np.bincount(nation.unit_region).tolist(), strict=True))
    assert (count["London"], count["Wales"], count["North West"]) == (18, 6, 13)
    left_out = {"UPW", "Public Protection Community", "Personality Disorder Projects"}
    assert not left_out & set(nation.units)
    assert "Birmingham Courts and Centralised Functions" not in nation.units


def test_people_add_up_to_the_published_total_exactly(nation):
    stock = dict(zip(STATES, nation.people.sum(axis=0).tolist(), strict=True))
    assert sum(stock.values()) == 239_015
    assert stock["post_sentence"] == 13_700
    community = sum(stock[state] for state in STATES if state not in ("custody", "recalled"))
    assert community / 239_015 == pytest.approx(166_853 / 241_540, abs=0.001)


def test_starts_are_shared_as_the_stock_they_feed(nation):
    assert nation.start_share.sum(axis=0) == pytest.approx([1, 1, 1])
    assert nation.start_share[:, 0] == pytest.approx(nation.people[:, 0] / 61_700)
    chain = nation.people[:, 2:].sum(axis=1)
    assert nation.start_share[:, 2] == pytest.approx(chain / chain.sum())


# --- staff ---------------------------------------------------------------------------------------------


def test_staff_add_up_to_what_is_published(nation):
    by_area = {area: nation.national_staff(area) for area in nation.staff}
    assert by_area["sentence_management"].sum() == pytest.approx(8_300)
    whole = sum(by_area.values()) + nation.other_roles
    at = {grade: whole[GRADES.index(grade)] for grade in GRADES}
    assert whole.sum() == pytest.approx(20_438)
    assert at["PO"] == pytest.approx(5_338)
    assert at["PSO"] + at["trainee"] == pytest.approx(5_858)
    assert at["SPO"] == pytest.approx(1_493)
    court = by_area["court"]
    assert court[GRADES.index("PO")] + court[GRADES.index("PSO")] == pytest.approx(1_020.1)
    for area, fte in by_area.items():
        if area != "sentence_management":
            assert fte.sum() == pytest.approx(0.95 * nation.funded[(area, "all")][0].number, abs=0.01)


def test_cohorts_in_training_follow_from_published_starters(nation):
    starters = {figure.as_of: figure.number for figure in nation.published["staff"]["intakes"]["starters"]}
    dropout = nation.published["staff"]["intakes"]["dropout"].number
    months = value_of(nation, "staff.trainee.months")
    assert dropout == value_of(nation, "staff.trainee.dropout")
    stages = CATALOGUE.dimensions["dropout_stage"]
    shape = [value_of(nation, "staff.trainee.dropout_shape", dropout_stage=stage) for stage in stages]
    part_time = value_of(nation, "staff.trainee.part_time_share")

    def still_there(served: float) -> float:
        """Share of a cohort left after some months: drop-outs by their shape, for both durations."""
        found = 0.0
        for share, length in ((1 - part_time, months), (part_time, value_of(nation, PART_TIME_MONTHS))):
            spans = [(0, 1), (1, 3), (3, length)]
            gone = [part * np.clip((served - a) / (b - a), 0, 1) for part, (a, b) in zip(shape, spans, strict=True)]
            found += share * (1 - dropout * sum(gone))
        return found

    by_year: dict[date, float] = {}
    for cohort in nation.trainee_cohorts:
        served = (2024 - cohort.start.year) * 12 + 3 - cohort.start.month + 0.5
        assert 0 < served < months
        assert cohort.people == round(cohort.starters * still_there(served))
        year_end = date(cohort.start.year + (cohort.start.month > 3), 3, 31)
        by_year[year_end] = by_year.get(year_end, 0) + cohort.starters
    assert by_year[date(2023, 3, 31)] == starters[date(2023, 3, 31)]
    assert by_year[date(2024, 3, 31)] == starters[date(2024, 3, 31)]
    assert by_year[date(2022, 3, 31)] == starters[date(2022, 3, 31)] / 2
    heads = sum(cohort.people for cohort in nation.trainee_cohorts)
    trainees = nation.national_staff("sentence_management")[GRADES.index("trainee")]
    assert trainees == pytest.approx(heads * value_of(nation, "staff.fte_per_head"), abs=0.01)


def test_the_parts_of_a_working_year_leave_1500_hours(nation):
    """The level in which hours of work are fitted: a part that moves must say so by moving another."""
    for grade in GRADES:
        value = {
            part: value_of(nation, f"staff.time.{part}", **where)
            for part, where in (
                ("contract_hours", {}), ("day_hours", {}), ("leave_days", {}), ("sickness_days", {"grade": grade}),
                ("training_days", {"grade": grade}), ("change.proposals", {}), ("change.hours_each", {}),
                ("change.paused", {}), ("other_hours", {"grade": grade}),
            )
        }  # fmt: skip
        days = value["leave_days"] + value["sickness_days"] + value["training_days"]
        change = value["change.proposals"] * value["change.hours_each"] * (1 - value["change.paused"])
        left = value["contract_hours"] - value["day_hours"] * days - change - value["other_hours"]
        assert left == pytest.approx(1500, abs=1e-9)
        assert value["sickness_days"] == nation.published["staff"]["sickness"]["all"][-1].number


def test_officers_with_short_service_follow_from_the_cohorts(nation):
    """POs with four years or less at the start: cohorts since 2020 that have qualified, less leavers."""
    starters = {figure.as_of.year: figure.number for figure in nation.published["staff"]["intakes"]["starters"]}
    qualified = [(starters[2021] / 2, 15), (starters[2021] / 2, 9), (starters[2022] / 2, 3)]  # months as officers
    stay = 1 - value_of(nation, "staff.trainee.dropout")
    rate, per_head = value_of(nation, "staff.leaving.annual_rate", grade="PO"), value_of(nation, "staff.fte_per_head")
    fte = sum(count * stay * per_head * np.exp(-1.2 * rate * months / 12) for count, months in qualified)
    bands = ("y0_1", "y1_2", "y2_4")
    share = sum(value_of(nation, "staff.tenure.share", grade="PO", tenure_band=band) for band in bands)
    assert share == pytest.approx(fte / 5338, abs=0.012)


def test_sentence_management_grades_are_those_of_the_parameter(nation):
    desk = nation.national_staff("sentence_management")
    assert desk[GRADES.index("PO")] / desk.sum() == pytest.approx(
        value_of(nation, "staff.sentence_management.po_share"), abs=1e-5
    )
    assert desk[GRADES.index("PSO")] + desk[GRADES.index("trainee")] == pytest.approx(3_400)


# --- published figures ---------------------------------------------------------------------------------


def test_figure_11_is_whole(nation):
    cells = nation.figure11
    assert tuple(cells) == CATALOGUE.dimensions["area"]
    column = {
        basis: sum(row[basis].number for row in cells.values() if row[basis])
        for basis in CATALOGUE.dimensions["basis"]
    }
    assert column == {"original": 15_440, "policy_adjusted": 21_131, "staff_reported": 22_924}
    blank = {area for area, row in cells.items() if row["staff_reported"] is None}
    assert blank == {"serious_further_offences", "complaints"}
    assert sum(cell is not None for row in cells.values() for cell in row.values()) == 22


def test_targets_say_what_they_may_be_used_for(nation):
    by_id = {target.id: target for target in nation.targets}
    assert len(by_id) == len(nation.targets) == 116
    assert by_id["sm_required_policy_2024"].kind == "fit"
    assert by_id["gap_2026_27_jul_2025"].kind == "check"
    assert by_id["gap_2026_27_simulated_supply"].value is None
    for target in nation.targets:
        if target.range is not None and target.value is not None:
            low, high = target.range
            assert low is None or low <= target.value
            assert high is None or target.value <= high


@pytest.mark.parametrize("name", ["england_wales", "demo"])
def test_every_value_says_where_it_is_from(name):
    dataset = shipped(name)
    cited = {
        part.split()[0].rstrip(",")
        for source in (
            *(entry.source for entry in dataset.values),
            *(figure.source for figure in walk(dataset.published)),
            *(["hmpps-estate-2025"] if name == "england_wales" else []),
            *(target.source.removeprefix("derived, ") for target in dataset.targets),
        )
        for part in source.split(";")
    }
    assert cited <= set(dataset.sources)
    if name == "england_wales":
        assert set(dataset.sources) == cited, "a source that nothing cites"
    for entry in dataset.values:
        assert entry.why
        assert entry.line


# --- parameters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["england_wales", "demo"])
def test_every_cell_of_every_parameter_has_one_value(name):
    assert check_coverage(shipped(name).values, CATALOGUE) == []


def test_ranges_hold_the_value_and_only_what_matters_has_one(nation):
    for entry in nation.values:
        quantity = entry.quantity
        for amount, low, high in zip(quantity.amounts, quantity.lows, quantity.highs, strict=False):
            assert low <= amount <= high, entry.id
            assert low < high, entry.id
    uncertain = {entry.path for entry in nation.values if entry.quantity.uncertain}
    assert uncertain >= {"delivery.floor", "delivery.squeeze_from", "delivery.squeeze_full"}
    assert uncertain >= {"work.case_needs_po", "staff.leaving.annual_rate", "staff.trainee.dropout"}
    level = {path for path in uncertain if path.startswith("staff.time.")}
    assert not level, "it cancels between needed and available"


def test_share_of_hours_that_need_an_officer_covers_the_argued_range(nation):
    entry = next(
        entry
        for entry in nation.values
        if entry.path == "work.case_needs_po" and entry.where.get("risk") == ("medium",)
    )
    share = [0.77 * (0.35 + 0.57 * end) for end in (entry.quantity.lows[0], entry.quantity.highs[0])]
    assert share == pytest.approx([0.37, 0.51], abs=0.003)


@pytest.mark.parametrize("path", ["people.risk.stock_mix", "people.risk.start_mix"])
def test_risk_mixes_add_up_on_every_date(nation, path):
    dated = [values_of(nation, path, risk=risk) for risk in RISKS]
    for day in dated[0]:
        assert isclose(sum(values[day] for values in dated), 1, abs_tol=1e-12)


def test_mix_of_starts_carries_the_stock_to_its_published_mix(nation):
    stock = {risk: value_of(nation, "people.risk.stock_mix", risk=risk) for risk in RISKS}
    first, after = date(2024, 3, 31), date(2025, 1, 1)
    start = {risk: values_of(nation, "people.risk.start_mix", risk=risk) for risk in RISKS}
    kinds = CATALOGUE.dimensions["start_type"]
    starts = sum(value_of(nation, "people.starts.monthly", start_type=kind) for kind in kinds)
    turnover = starts / nation.people.sum()
    high = stock["high"] + stock["very_high"]
    assert high == pytest.approx(0.12 + (0.22 - 0.12) * 33 / 42, abs=0.0005)
    slope = (0.22 - high) / 9
    started = start["high"][first] + start["very_high"][first]
    assert started == pytest.approx(high + slope / turnover, abs=0.002)
    low_slope = (0.13 - stock["low"]) / 9
    assert start["low"][first] == pytest.approx(stock["low"] + low_slope / turnover, abs=0.002)
    assert start["high"][after] + start["very_high"][after] == pytest.approx(0.22)
    assert start["low"][after] == pytest.approx(0.13)


def test_shares_of_lengths_and_flags_make_sense(nation):
    bands = CATALOGUE.dimensions["length_band"]
    for kind in CATALOGUE.dimensions["start_type"]:
        shares = [value_of(nation, "people.length.band_share", start_type=kind, length_band=b) for b in bands]
        assert isclose(sum(shares), 1, abs_tol=1e-12)
        for band in bands:
            cell = {"start_type": kind, "length_band": band}
            assert value_of(nation, "people.length.shortest", **cell) <= value_of(
                nation, "people.length.longest", **cell
            )
    for risk in RISKS:
        flags = CATALOGUE.dimensions["flag"]
        assert sum(value_of(nation, "people.flag.share", flag=flag, risk=risk) for flag in flags) <= 1


def test_orders_in_force_make_the_stock(nation):
    """Starts x mean time in force, revocations taken off, is the stock at the start (Little's law)."""
    month = 365.25 / 12
    for kind, stock in (("community_order", 61_700), ("suspended_sentence", 36_800)):
        hazard = value_of(nation, "people.revocation.monthly_rate", order_type=kind)
        mean = 0.0
        for band in CATALOGUE.dimensions["length_band"]:
            cell = {"start_type": kind, "length_band": band}
            ends = (value_of(nation, f"people.length.{end}", **cell) for end in ("shortest", "longest"))
            months = np.linspace(*ends, 1001) / month
            months *= value_of(nation, "people.length.scale", start_type=kind)
            share = value_of(nation, "people.length.band_share", **cell)
            mean += share * np.mean(-np.expm1(-hazard * months)) / hazard
        starts = value_of(nation, "people.starts.monthly", start_type=kind)
        assert starts * mean == pytest.approx(stock, rel=0.01)


def test_reports_and_requirements_give_the_published_volumes(nation):
    kinds = CATALOGUE.dimensions["start_type"]
    starts = {kind: 12 * value_of(nation, "people.starts.monthly", start_type=kind) for kind in kinds}
    volumes = nation.published["volumes"]
    reports = sum(starts[kind] * value_of(nation, "people.report.share", start_type=kind) for kind in kinds)
    assert reports == pytest.approx(volumes["court_reports"].number, rel=0.01)
    unpaid = sum(
        starts[kind] * value_of(nation, "people.unpaid_work.share", order_type=kind)
        for kind in CATALOGUE.dimensions["order_type"]
    )
    sentenced = [volumes[name].number for name in ("unpaid_work_sentenced", "unpaid_work_sentenced_2025")]
    assert 4 * sentenced[0] <= unpaid <= 4 * sentenced[1]
    days = value_of(nation, "people.unpaid_work.days")
    offered = volumes["unpaid_work_hours_offered"].number * 4
    comes = value_of(nation, "people.unpaid_work.attendance")
    assert unpaid * days / comes * 7 == pytest.approx(offered, rel=0.02)
    programmes = sum(
        starts[kind] * value_of(nation, "people.programme.share", start_type=kind) for kind in kinds
    )
    # many never start: more than the starts, and about as many as are imposed
    assert volumes["programme_starts"].number <= programmes <= volumes["programme_imposed"].number / 4


# --- the set as an object ------------------------------------------------------------------------------


def test_demo_is_small_and_has_the_same_form():
    demo = shipped("demo")
    assert (len(demo.regions), len(demo.units), int(demo.people.sum())) == (1, 3, 3_000)
    assert set(demo.staff) == set(shipped("england_wales").staff)
    assert demo.staff["sentence_management"].shape == (3, len(GRADES))
    assert all(figure.basis == "assumed" for figure in walk(demo.published))


def test_arrays_cannot_be_written(nation):
    for array in (nation.people, nation.start_share, nation.unit_region, *nation.staff.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# --- faults --------------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """Copy of the demo set to break; the shared values, which have their own tests, are read once."""
    for name in ("demo", "england_wales"):
        shutil.copytree(SETS / name, tmp_path / name)
    real = _read_once

    def read(path, catalogue):
        original = SETS / path.parent.name / path.name
        same = path.is_file() and original.is_file() and path.read_bytes() == original.read_bytes()
        return real(original) if same else read_values(path, catalogue)

    monkeypatch.setattr(reading, "read_values", read)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "demo"


@cache
def _read_once(path: Path):
    return read_values(path, CATALOGUE)


def faults_of(folder: Path) -> list[Fault]:
    with pytest.raises(DataError) as caught:
        data.load(folder)
    text = render(caught.value.faults)
    assert text.startswith("error[")
    return list(caught.value.faults)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_untouched_copy_loads(copy):
    assert data.load(copy).people.sum() == 3_000


BROKEN = [
    ("people.yaml", "value: 774", "value: -774", "negative-number", "`community_order` of `stock`"),
    ("people.yaml", "value: 774", "value: 775", "wrong-total", "add up to 3,001 people"),
    ("people.yaml", "value: 774", "value: many", "bad-number", "is a number"),
    ("people.yaml", "recalled:", "recaled:", "unknown-value", "`recaled` of `stock` is not a state"),
    ("people.yaml", "stock:", "stocks:", "unknown-key", "`stocks` is not a part of `people.yaml`"),
    ("people.yaml", "as_of: 2024-03-31", "as_of: 2024", "bad-date", "full date"),
    ("people.yaml", "basis: assumed", "basis: asumed", "unknown-value", "`asumed` is not a basis"),
    ("people.yaml", "unit: people", "units: people", "missing-key", "lacks `unit`"),
    ("people.yaml", "source: invented", "source: invnted", "unknown-source", "`invnted` is not a source"),
    ("people.yaml", "stock:", "stock: [", "not-yaml", "this is not YAML"),
    ("people.yaml", "value: 774", "value: null", "bad-number", "`community_order` of `stock`"),
    ("staff.yaml", "value: 13.24", "value: 14.24", "wrong-total", "the grades of `sentence_management`"),
    ("staff.yaml", "    PSO:", "    PS0:", "unknown-value", "`PS0` of `sentence_management` is not a grade"),
    ("staff.yaml", "  court:", "  courts:", "unknown-value", "`courts` of `in_post` is not an area"),
    ("staff.yaml", "value: 8, unit: people", "value: 18, unit: people", "wrong-total", "hold 42 trainees"),
    ("staff.yaml", "start: 2022-03-15", "start: 2022", "bad-cohort", "a `start`, a full date"),
    ("geography.yaml", "      - Westley\n", "", "wrong-total", "2 delivery units are listed"),
    ("geography.yaml", "- Westley\n", "- Midham\n", "duplicate-unit", "`Midham` is written twice"),
    ("figure11.yaml", "  court:", "  courts:", "unknown-value", "`courts` is not an area"),
    ("geography.yaml", "source: invented\nunit", "source: invnted\nunit", "unknown-source", "`invnted`"),
    ("geography.yaml", "regions:", "region:", "unknown-key", "`region` is not a part of `geography.yaml`"),
    (
        "figure11.yaml",
        "    staff_reported: null",
        "    staff_reported: 93",
        "bare-number",
        "without its source",
    ),
    ("targets.yaml", "value: 3000", "value: null", "bad-number", "`value` of target `caseload_total`"),
    ("targets.yaml", "kind: fit", "kind: fitted", "unknown-value", "`fitted` is not a kind"),
    ("targets.yaml", "tolerance: 0.02", "tolerence: 0.02", "unknown-key", "`tolerence` is not a key"),
    ("sources.yaml", "licence:", "license:", "missing-key", "lacks `licence`"),
    ("dataset.yaml", "start: 2024-03-31", "start: 2024", "missing-key", "`start` a full date"),
    ("dataset.yaml", "file: parameters.yaml", "file: parameter.yaml", "no-file", "parameter.yaml"),
    ("dataset.yaml", "- staff.trainee.starts_per_year", "- staff.trainee.start", "no-effect", "does not set"),
    ("parameters.yaml", "value: {2024-03-31: 14", "value: {2024-03-31: -14", "out-of-limits", "-14"),
    ("calibrated.yaml", "work.timing.scale", "work.timing.scales", "unknown-path", "work.timing.scale"),
    ("allocation_units.csv", "Midham,277", "Midham,278", "wrong-total", "`community_order` adds up to 775"),
    ("allocation_units.csv", "Midham,277", "Midham,-277", "negative-number", "`community_order` is -277"),
    ("allocation_units.csv", "Midham,277", "Midham,27.5", "bad-number", "should be a whole number"),
    ("allocation_units.csv", "Midham,277", "Midham,lots", "bad-number", "`community_order` is `lots`"),
    ("allocation_units.csv", "Midham,277", "Middham,277", "unknown-unit", "`Middham` is not a unit"),
    ("allocation_units.csv", "Demo Region,Midham", "Region,Midham", "wrong-region", "not `Region`"),
    ("allocation_units.csv", "Midham,277,", "Midham,", "bad-row", "this row has 19 cells"),
    ("allocation_units.csv", "unit,community_order", "unit,orders", "unknown-column", "`orders`"),
    ("allocation_regions.csv", "Demo Region,", "Demo Regions,", "unknown-region", "`Demo Regions`"),
]


@pytest.mark.parametrize(("name", "old", "new", "code", "words"), BROKEN)
def test_a_broken_file_is_named_with_its_fault(copy, name, old, new, code, words):
    edit(copy / name, old, new)
    found = [fault for fault in faults_of(copy) if fault.code == code and words in fault.message]
    assert found, render(faults_of(copy))
    assert found[0].file is not None
    assert found[0].file.startswith("demo/")


#: files that are read by the command that needs them, and not with the data set
LATER = ("allocation.yaml", "bridge.yaml")


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (SETS / "demo").iterdir() if path.name not in LATER)
)
def test_a_missing_or_unreadable_file_is_one_clear_fault(copy, name):
    path = copy / name
    path.unlink()
    if name != "dataset.yaml":
        assert any(fault.code == "no-file" and name in fault.message for fault in faults_of(copy))
        path.mkdir()
        assert any(fault.code == "cannot-read" and name in fault.message for fault in faults_of(copy))
        path.rmdir()
        path.write_bytes(b"\xff\xfe\x00stock")
        assert any(name in (fault.file or "") for fault in faults_of(copy))
        path.write_text("", encoding="utf-8")
        assert any(fault.code == "empty-file" and name in fault.message for fault in faults_of(copy))
    else:
        assert [fault.code for fault in faults_of(copy)] == ["no-data-set"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("0.00,0.00,0.00,0.00,0.00,0.00", "has 880 people and no sentence management staff"),
        ("5.00,5.00,5.00,0.00,3.00,0.00", "has 880 people and no probation officer"),
    ],
)
def test_people_without_staff_are_refused(copy, cells, words):
    path = copy / "allocation_units.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    row = next(at for at, line in enumerate(lines) if "Westley" in line)
    parts = lines[row].split(",")
    people = sum(int(part) for part in parts[2:8])
    lines[row] = ",".join([*parts[:8], *cells.split(","), *parts[14:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = faults_of(copy)
    expected = words.replace("880", str(people))
    assert any(
        fault.code == "no-staff" and expected in fault.message and fault.line == row + 1 for fault in found
    )


def test_all_faults_come_at_once(copy):
    edit(copy / "people.yaml", "value: 774", "value: -774")
    edit(copy / "staff.yaml", "value: 13.24", "value: none")
    edit(copy / "targets.yaml", "kind: fit", "kind: fitted")
    (copy / "releases.yaml").unlink()
    files = {fault.file for fault in faults_of(copy)}
    assert files >= {f"demo/{name}.yaml" for name in ("people", "staff", "targets", "releases")}


def test_a_set_that_does_not_exist_names_the_nearest():
    with pytest.raises(DataError) as caught:
        data.load("england_wale")
    assert caught.value.faults[0].hint == "did you mean `england_wales`?"


def test_a_figure_without_a_value_says_where():
    figure = Figure(None, "FTE", "assumed", date(2024, 3, 31), "assumed", "red", "", file="a.yaml", line=3)
    with pytest.raises(ValueError, match=r"a\.yaml:3"):
        _ = figure.number


# --- a set that rests on another -------------------------------------------------------------------------


def test_the_set_of_unification_shares_what_is_the_same(nation):
    past = shipped("england_wales_2021")
    assert past.start == date(2021, 6, 30)
    assert int(past.people.sum()) == 230_578
    assert sum(float(past.national_staff(area).sum()) for area in past.staff) + float(
        past.other_roles.sum()
    ) == pytest.approx(17_777, abs=0.05)
    assert float(sum(past.national_staff(area)[GRADES.index("PO")] for area in past.staff)) + float(
        past.other_roles[GRADES.index("PO")]
    ) == pytest.approx(4457, abs=0.05)
    assert past.units == nation.units
    assert past.published["figure11"] == nation.published["figure11"]
    # a part that its own staff.yaml leaves out is that of the base; one that it states is its own
    assert past.published["staff"]["history"] == nation.published["staff"]["history"]
    assert past.published["staff"]["in_post"] != nation.published["staff"]["in_post"]
    assert set(past.published["volumes"]) == {"first_releases", "recalls"}
    share = past.national_staff("sentence_management")
    assert value_of(past, "staff.sentence_management.po_share") == pytest.approx(
        share[GRADES.index("PO")] / share.sum(), abs=1e-4
    )


@pytest.fixture
def resting(tmp_path):
    """A set of one file, on a copy of the made-up region."""
    shutil.copytree(SETS / "demo", tmp_path / "demo")
    shutil.copytree(SETS / "england_wales", tmp_path / "england_wales")
    folder = tmp_path / "later"
    folder.mkdir()
    own = (SETS / "demo" / "dataset.yaml").read_text(encoding="utf-8")
    own = own.replace("name: demo", "name: later\nbase: ../demo").replace("- sources.yaml", "- ../demo/sources.yaml")
    own = own.replace("file: parameters.yaml", "file: ../demo/parameters.yaml")
    own = own.replace("file: calibrated.yaml", "file: ../demo/calibrated.yaml")
    (folder / "dataset.yaml").write_text(own.replace("start: 2024-03-31", "start: 2024-06-30"), encoding="utf-8")
    return folder


def test_one_file_is_enough_on_a_base(resting):
    found, demo = data.load(resting), shipped("demo")
    assert (found.name, found.start) == ("later", date(2024, 6, 30))
    assert np.array_equal(found.people, demo.people)
    assert found.funded.keys() == demo.funded.keys()


def test_a_part_that_is_stated_stands_for_the_whole_part_of_the_base(resting):
    (resting / "volumes.yaml").write_text(
        "volumes:\n  recalls: {value: 1, unit: recalls, source: invented, as_of: 2024-06-30, basis: assumed, "
        "quality: red, why: Invented.}\n",
        encoding="utf-8",
    )
    found, demo = data.load(resting), shipped("demo")
    assert set(found.published["volumes"]) == {"recalls"}
    assert found.published["performance"] == demo.published["performance"]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("base: ../demo", "base: ../demos", "no-base", "there is no data set in `{place}/demos`, which `base` names"),
        ("base: ../demo", "base: ../later", "base-of-base", "`../later` rests on another data set itself"),
        ("base: ../demo", "bases: ../demo", "unknown-key", "`bases` is not a key of a data set"),
    ],
)
def test_a_base_that_cannot_be_used_is_named(resting, old, new, code, words):
    file = resting / "dataset.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        data.load(resting)
    first = refused.value.faults[0]
    assert (first.code, first.message.replace(str(resting.parent), "{place}").replace("/later/..", "")) == (code, words)
    assert first.line == 3
