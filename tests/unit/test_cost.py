"""Cost of what measures free, with optimism bias as a row of its own."""

from pathlib import Path

import numpy as np
import pytest

from capacity_sim.analysis.benefits import Entry
from capacity_sim.analysis.cost import costed, pay_of
from capacity_sim.data.pay import SHIPPED, read_pay
from capacity_sim.errors import DataError

MEASURE = """measures:
  - {part: tool, value: 900000, source: project, as_of: 2026-11-28, basis: assumed, quality: red, why: w}
"""


def mine(folder: Path, text: str) -> Path:
    file = folder / "pay.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_fte_freed_costs_the_measure_over_what_is_left_after_bias(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("measures: []", MEASURE)
    none = np.zeros(5)
    entry = Entry("tool", 0, none, None, None, np.full(5, 100.0), none)
    (one,) = costed([entry], pay_of(read_pay(mine(tmp_path, text)), 5))
    assert one.after == pytest.approx(100 * (1 - one.bias))
    assert one.each == pytest.approx(900_000 / one.after)
    assert np.ptp(one.bias) > 0.1, "the range of the bias is read"
    (central,) = costed([Entry("tool", 0, none[:1], None, None, np.array([100.0]), none[:1])],
                        pay_of(read_pay(mine(tmp_path, text)), 1))
    assert central.each == pytest.approx([10_000.0])


def test_faults_of_a_pay_file_are_all_said(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("grade: CA", "grade: CB").replace("on_cost:", "on_costs:")
    with pytest.raises(DataError) as problem:
        read_pay(mine(tmp_path, text.replace("optimism_bias: {value: 0.10", "optimism_bias: {value: -1")))
    codes = [fault.code for fault in problem.value.faults]
    assert {"unknown-key", "unknown-word", "missing-key"} <= set(codes)
    assert all(fault.line for fault in problem.value.faults)
