# SPDX-License-Identifier: MIT
"""Every flashed file compiles for the ESP32's cores, and none has grown by more than a tenth unnoticed."""

from __future__ import annotations

import pytest

import sizes


@pytest.fixture(scope="module")
def found() -> dict[str, list[int]]:
    return sizes.measured()


def test_no_file_exceeds_its_budget(found: dict[str, list[int]]) -> None:
    assert sizes.excesses(found, sizes.budget()) == []


def test_what_is_too_big_new_or_gone_is_told(found: dict[str, list[int]]) -> None:
    allowed = dict(found)
    gone = allowed.pop("ring.py")
    allowed["nothing.py"] = gone
    xtensa, risc_v = allowed["link.py"]
    allowed["link.py"] = [int(xtensa / 1.2), risc_v]
    allowed["fifo.py"] = [int(size / 1.08) for size in allowed["fifo.py"]]  # within the tenth
    assert sizes.excesses(found, allowed) == [
        "ring.py: no budget, run make sizes",
        "nothing.py: has a budget but is not flashed, run make sizes",
        f"link.py: {xtensa} bytes for xtensawin, the budget is {allowed['link.py'][0]} and a tenth",
    ]
