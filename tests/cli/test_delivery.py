"""`delivery` as it is typed: how units cope."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from typer.testing import Result

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]


def test_a_run_is_made_and_shown(model: object, typed: Invoke) -> None:
    result = typed("delivery", "baseline", "--to", "2025-03-31", "--csv")
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {row["of"] for row in rows} == {"activity", "grade", "region", "all"}
    assert {"induction", "initial_assessment"} <= {row["name"] for row in rows if row["of"] == "activity"}


def test_an_area_that_does_not_exist_is_refused(model: object, typed: Invoke) -> None:
    result = typed("delivery", "baseline", "--area", "courts")
    assert result.exit_code == 2
    assert "courts" in result.stderr
