"""Public cases of the workload tools, restated: this file or another of the same form that `WMT_CASES` names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.wmt_cases import Case, read

OWN = Path(__file__).parent / "data" / "wmt_cases.json"


@pytest.mark.parametrize("case", read(Path(os.environ.get("WMT_CASES") or OWN)), ids=lambda case: case.name)
def test_a_public_case(case: Case) -> None:
    case.check()
