"""The command `hindcast`: the years since the start of an older data set, run with and without hindsight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli import work
from capacity_sim.cli.guard import guarded
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, say_charts
from capacity_sim.errors import Fault, ScenarioError, UsageError, did_you_mean, shown_path

if TYPE_CHECKING:
    from capacity_sim.analysis.hindcast import Ahead
    from capacity_sim.data import DataSet
    from capacity_sim.data.hindcast import Forward, Hindcast
    from capacity_sim.scenario import Scenario

DATA = "england_wales_2021"


@guarded
def hindcast(
    draws: Annotated[int, typer.Option(help="Readings of the uncertain assumptions; one takes central values.")] = 10,
    data: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Data set of the start, with its `hindcast.yaml`.")
    ] = DATA,
    forward: Annotated[
        bool, typer.Option("--forward/--no-forward", help="Run the view forward too, on the main data set.")
    ] = True,
    chart: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the chart; the runs folder by default.")
    ] = None,
    asked: Annotated[
        work.Asked, Offers("draws seed workers scheduler runs_dir data forward chart", typed.FORM)
    ] = work.Asked(movers=False),
) -> None:
    r"""Rerun the past, and hold it against what was published.

    Once with only what was known at the start, once with what happened as input; beside both, no change and the
    method behind the NAO's Figure 8. Errors, ranges and what they cover are in one table and one chart.

    \b
    Example:
      capacity-sim hindcast
      capacity-sim hindcast --draws 40 --no-forward --csv
    """
    from capacity_sim.analysis import hindcast as analysis
    from capacity_sim.data.hindcast import load_hindcast
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show import charts
    from capacity_sim.show.past import past_report

    asked.check()
    if draws < 1:
        raise UsageError(Fault("too-few", f"{draws} draws is less than one", hint="give 1 or more"))
    dataset = load_data(data)
    plan = load_hindcast(dataset)
    scenarios = _scenarios(plan, dataset, data)
    later = _Later.of(plan.forward, dataset) if forward and plan.forward is not None else None
    outcomes = work.run_scenarios(list(scenarios.values()), asked)
    from capacity_sim.cli.validating import Simulated

    runs = {method: Simulated(outcome.folder, data) for method, outcome in zip(scenarios, outcomes, strict=True)}
    ahead = later.run(asked) if later is not None else None
    found = analysis.rerun(plan, dataset, runs, ahead)
    emit([past_report(found)], asked)
    stem = (chart or asked.runs_dir) / f"hindcast-{dataset.name}"
    say_charts(charts.save(charts.past_chart(found, work.source(dataset)), stem), asked.quiet)


def _scenarios(plan: Hindcast, dataset: DataSet, data: str) -> dict[str, Scenario]:
    """The two scenarios, by method, on the data set that was typed; all faults at once."""
    from capacity_sim import scenario
    from capacity_sim.analysis.hindcast import EX_ANTE, EX_POST
    from capacity_sim.runs.replication import load_data

    found: dict[str, Scenario] = {}
    problems: list[ScenarioError] = []
    for method, name in ((EX_ANTE, plan.scenarios.ex_ante), (EX_POST, plan.scenarios.ex_post)):
        try:
            one = scenario.load(name, [dataset.folder], load_data=load_data)
        except ScenarioError as problem:
            problems.append(problem)
            continue
        found[method] = replace(one, data=data)
    if problems:
        raise typed.together(problems)
    ends = {one.name: one.horizon for one in found.values()}
    if len(set(ends.values())) > 1:
        said = " and ".join(f"`{name}` ends on {end}" for name, end in ends.items())
        message = f"the two runs differ in their last day: {said}"
        raise UsageError(Fault("unlike-ends", message, hint="write one `horizon`"))
    return found


@dataclass(frozen=True)
class _Later:
    """The view forward, with its names checked before anything is run."""

    asks: Forward
    dataset: DataSet
    scenario: Scenario

    @classmethod
    def of(cls, asks: Forward, past: DataSet) -> _Later:
        """The view forward of a run of the past."""
        from capacity_sim import scenario
        from capacity_sim.runs.replication import load_data

        dataset = load_data(asks.data)
        known = [target.id for target in dataset.targets]
        for name in (asks.measure, asks.target):
            if name not in known:
                message = f"`{name}` of `forward` is not a target of the data set `{dataset.name}`"
                file = shown_path(past.folder / "hindcast.yaml")
                raise UsageError(Fault("unknown-target", message, file, hint=did_you_mean(name, known)))
        return cls(asks, dataset, replace(scenario.load(asks.scenario, load_data=load_data), data=asks.data))

    def run(self, asked: work.Asked) -> Ahead:
        """Run it, and read it."""
        from capacity_sim.analysis.hindcast import look_ahead
        from capacity_sim.cli.validating import Simulated

        targets = {target.id: target for target in self.dataset.targets}
        (outcome,) = work.run_scenarios([self.scenario], replace(asked, data=self.asks.data))
        run = Simulated(outcome.folder, self.asks.data)
        return look_ahead(run, targets[self.asks.measure], targets[self.asks.target], self.scenario.name)
