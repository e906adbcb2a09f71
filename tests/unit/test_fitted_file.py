"""The file that `calibrate` writes reads back as the values that were fitted."""

from pathlib import Path

import pandas as pd
import pytest

from capacity_sim.catalogue import load
from capacity_sim.cli.calibrating import FITTED, write_fitted
from capacity_sim.data.values import BaselineValue, read_values
from capacity_sim.errors import RunError
from capacity_sim.runs.replication import load_data


def as_line(value: BaselineValue) -> dict[str, object]:
    return {
        "path": value.path,
        "where": {dim: cells[0] for dim, cells in value.where.items()},
        "value": value.quantity.amounts[0],
        "source": value.source,
        "as_of": value.as_of,
        "basis": value.basis,
        "quality": value.quality,
        "why": f'{value.why} "As printed", 10%: {{it}} holds.',
    }


def fitted() -> pd.DataFrame:
    return pd.DataFrame([as_line(one) for one in read_values(load_data("demo").folder / FITTED, load())])


def test_every_value_reads_back(tmp_path: Path) -> None:
    frame = fitted()
    write_fitted(frame, tmp_path / FITTED)
    read = read_values(tmp_path / FITTED, load())
    assert [as_line(one)["path"] for one in read] == frame["path"].tolist()
    assert [one.quantity.amounts[0] for one in read] == pytest.approx(frame["value"].tolist(), rel=1e-5)
    for column in ("source", "as_of", "basis", "quality", "why"):
        assert [str(getattr(one, column)) for one in read] == [str(found) for found in frame[column]]


def test_a_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"):
        write_fitted(fitted().head(1), tmp_path / "nowhere" / "calibrated.yaml")
    assert list(tmp_path.iterdir()) == []
