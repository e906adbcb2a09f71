"""The NAO's Figure 8 method: its arithmetic to the number, and what it says when figures are lacking."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim import data
from capacity_sim.analysis import figure8
from capacity_sim.errors import DataError, render

LAST = date(2025, 3, 31)


@pytest.fixture(scope="module")
def past():
    return data.load("england_wales_2021")


def test_the_four_marches_to_the_number(past):
    found = figure8.project(figure8.inputs(past, LAST))
    assert [one.month for one in found] == ["2022-03", "2023-03", "2024-03", "2025-03"]
    assert [round(one.in_post) for one in found] == [4480, 4985, 5851, 6692]
    assert [round(one.qualified) for one in found] == [380, 836, 1260, 1257]
    # by hand, the first year: 8 per cent of 4,457 leave, 380 qualify
    assert found[0].left == pytest.approx(356.56)
    assert found[0].in_post == pytest.approx(4457 - 356.56 + 380)


def test_what_it_takes_from_the_published_figures(past):
    found = figure8.inputs(past, LAST)
    assert found.opening == 4457
    assert found.leaving == {2022: 0.08, 2023: 0.074, 2024: 0.079, 2025: 0.071}
    assert [found.starters[year] for year in (2021, 2022, 2023)] == [1007, 1518, 1514]
    assert (found.dropout, found.qualified) == (0.17, {2022: 380})


def test_only_the_reports_own_figures_give_another_path(past):
    """Targets as intakes and 8 per cent throughout: what could be worked out without the workforce statistics."""
    plain = replace(
        figure8.inputs(past, LAST),
        starters={2021: 1000, 2022: 1500, 2023: 1500},
        leaving=dict.fromkeys(range(2022, 2026), 0.08),
    )
    assert [round(one.in_post) for one in figure8.project(plain)] == [4480, 4952, 5801, 6582]


def test_a_printed_count_of_qualifiers_stands_for_the_product(past):
    given = figure8.inputs(past, LAST)
    without = figure8.project(replace(given, qualified={}))
    assert without[0].qualified == pytest.approx(450 * 0.83)


@given(
    st.floats(100, 10_000),
    st.lists(st.floats(0, 2_000), min_size=3, max_size=3),
    st.floats(0, 1),
    st.floats(0, 0.5),
)
def test_officers_are_conserved(opening, starters, dropout, leaving):
    years = (2022, 2023, 2024)
    given = figure8.Inputs(
        opening, years, dict(zip((2020, 2021, 2022), starters, strict=True)), dict.fromkeys(years, leaving), dropout, {}
    )
    found = figure8.project(given)
    assert found[-1].in_post == pytest.approx(opening + sum(one.qualified - one.left for one in found))
    assert sum(one.qualified for one in found) == pytest.approx(sum(starters) * (1 - dropout), abs=1e-6)


def test_the_first_year_is_the_one_that_ends_after_the_start():
    later = data.load("england_wales")
    assert figure8.inputs(later, date(2025, 3, 31)).years == (2025,)


def test_a_span_without_a_year_is_refused(past):
    with pytest.raises(DataError) as refused:
        figure8.inputs(past, date(2022, 3, 30))
    assert render(refused.value.faults) == (
        "error[no-year]: no financial year ends between 2021-06-30 and 2022-03-30, and Figure 8 counts by them\n"
        "  = hint: give a last day from 2022-03-31 on"
    )


def test_everything_that_is_lacking_is_said_at_once(past):
    staff = dict(past.published["staff"])
    staff["intakes"] = {"starters": [one for one in staff["intakes"]["starters"] if one.as_of.year != 2022]}
    staff["leaving"] = {"PO": [one for one in staff["leaving"]["PO"] if one.as_of < date(2024, 1, 1)]}
    staff["history"] = {}
    bare = replace(past, published=MappingProxyType({**past.published, "staff": staff}))
    with pytest.raises(DataError) as refused:
        figure8.inputs(bare, LAST)
    file = "capacity_sim/data/england_wales_2021/staff.yaml"
    assert [fault.message for fault in refused.value.faults] == [
        f"the method of Figure 8 needs {what}, which `{file}` lacks"
        for what in (
            "probation officers in post in 2021-06",
            "the share of trainees who drop out",
            "a leaving rate of probation officers within half a year of 2024-03-31",
            "trainees who started in the year to 2022-03-31",
            "a leaving rate of probation officers within half a year of 2025-03-31",
        )
    ]
    assert refused.value.faults[1].hint == "add a figure to `intakes.dropout`"
