# SPDX-License-Identifier: MIT
"""The logger as flashed, in a real MicroPython: what it is given comes back to the count, whatever the flash does, and
nothing is allocated on the way."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packing import PAGE, Log, Walk, log_walk
from surefoot import wire
from surefoot.decode import Decoded, decode
from surefoot.resources import stage

SHORT = PAGE - 30  # of a sector's first page, behind its SECTOR and LOG frames


def steps(n: int, seed: int = 0, rough: float = 30.0) -> Walk:
    """Something like walking: feet that load and unload, an IMU that swings."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)[:, None]
    load = np.clip(3000 * np.sin(2 * np.pi * t / 110 + rng.uniform(0, 6, 16)), 0, None)
    cells = np.clip(load + rng.normal(0, 1, (n, 16)), 0, 4095)
    swing = 6000 * np.sin(2 * np.pi * t / 57 + rng.uniform(0, 6, 6)) + rng.normal(0, rough, (n, 6))
    return Walk(np.rint(cells).astype("<u2"), np.rint(swing).astype("<i2"))


def check(log: Log, walk: Walk, gaps: tuple[int, ...] = ()) -> Decoded:
    """Every count that came back is the one that went in, at its own number, and what is missing is named."""
    got = decode(log.data)
    for name, sent, skip in (("cells", walk.cells, 3), ("imu", walk.imu, 2)):
        samples = got.samples[name]
        # The samples sent before each gap, which then skips as many numbers.
        at = [k if name == "cells" else min(k * 104 // 100, len(sent)) for k in sorted(gaps) if k < len(walk.cells)]
        number = np.arange(len(sent)) + skip * np.searchsorted(at, np.arange(len(sent)), side="right")
        place = np.searchsorted(number, samples.index)
        np.testing.assert_array_equal(number[place], samples.index)
        np.testing.assert_array_equal(samples.counts, sent[place])
        assert samples.lost == sum(gap.count for gap in samples.gaps)
        period = 384 if name == "imu" else 1_000_000 // (200 if got.config.get("rate_hz") == 200 else 100)
        np.testing.assert_array_equal(samples.frame_tick, samples.frame_index * period)
    return got


@pytest.fixture
def staged_copy(tmp_path: Path) -> Path:
    stage(tmp_path)
    return tmp_path


@pytest.mark.parametrize("slow", [False, True], ids=["viper", "bytecode"])
def test_a_walk_comes_back_and_each_page_holds_whole_frames(
    micropython: list[str], staged_copy: Path, slow: bool
) -> None:
    walk = steps(3000)
    log = log_walk(micropython, staged_copy, walk, slow=slow)
    got = check(log, walk)
    assert got.bad_frames == got.repeated == got.samples["cells"].lost == got.samples["imu"].lost == 0
    assert [len(got.samples[name].index) for name in ("cells", "imu")] == [3000, 3000]
    assert got.complete
    assert len(got.status["t_us"]) == 30
    assert log.told["programs"] == 1  # never two in a tick
    assert log.told["bad"] == 0
    assert all(page.endswith(b"\0") for page in log.pages[log.told["start"] - 1 :])
    assert all(len(page) <= (PAGE if k % 16 else SHORT) for k, page in enumerate(log.pages))
    sizes = [len(page) for page in log.pages[log.told["start"] : -4]]
    assert np.mean(sizes) > 0.97 * PAGE


def test_both_codings_write_the_same_log(micropython: list[str], staged: Path, staged_copy: Path) -> None:
    walk = steps(800, 5)
    gaps, marks = [100, 101, 350], [7, 200, 201, 202, 500]
    slow = log_walk(micropython, staged_copy, walk, slow=True, gaps=gaps, marks=marks)
    assert log_walk(micropython, staged, walk, gaps=gaps, marks=marks).pages == slow.pages


def test_a_gap_is_named_and_the_next_frame_stands_alone(micropython: list[str], staged: Path) -> None:
    walk = steps(600, 1)
    log = log_walk(micropython, staged, walk, gaps=[0, 100, 101, 103, 590])
    got = check(log, walk, (0, 100, 101, 103, 590))
    cells = got.samples["cells"]
    assert [(gap.first, gap.count, gap.cause) for gap in cells.gaps[:2]] == [(0, 3, "late"), (103, 3, "late")]
    assert (cells.lost, len(cells.index)) == (15, 600)
    assert got.samples["imu"].lost == 10


def test_a_flood_of_events_costs_no_sample(micropython: list[str], staged: Path) -> None:
    walk = steps(400, 2)
    log = log_walk(micropython, staged, walk, marks=list(range(50, 90)))
    got = check(log, walk)
    assert len(got.events) == 40
    assert got.samples["cells"].lost == got.samples["imu"].lost == got.bad_frames == 0


def test_every_beginning_of_a_log_is_a_beginning_of_the_walk(micropython: list[str], staged: Path) -> None:
    """A power cut: pages 0 to k are there, nothing else."""
    walk = steps(900, 3)
    log = log_walk(micropython, staged, walk)
    before = 0
    for k in range(log.told["start"], len(log.pages) + 1):
        got = decode(b"".join(log.pages[:k]))
        for name, sent in (("cells", walk.cells), ("imu", walk.imu)):
            samples = got.samples[name]
            np.testing.assert_array_equal(samples.counts, sent[: len(samples.index)])
            np.testing.assert_array_equal(samples.index, np.arange(len(samples.index)))
        both = len(got.samples["cells"].index) + len(got.samples["imu"].index)
        assert both >= before
        before = both
        assert got.bad_frames == 0


def test_a_torn_or_missing_page_spoils_its_chain_and_no_more(micropython: list[str], staged: Path) -> None:
    walk = steps(2500, 4)
    log = log_walk(micropython, staged, walk)
    for k in range(log.told["start"], len(log.pages) - 3, 7):
        for torn in (b"", log.pages[k][: len(log.pages[k]) // 2]):
            got = check(Log([*log.pages[:k], torn, *log.pages[k + 1 :]], log.told), walk)
            for name, per_page in (("cells", 30), ("imu", 50)):
                samples = got.samples[name]
                assert samples.lost <= 8 * per_page
                assert {gap.cause for gap in samples.gaps} <= {"link"}
            assert got.bad_frames <= (
                9 if not torn else 18
            )  # what is left of a torn page takes a frame behind it along


def test_a_page_that_fails_is_written_again_on_the_next(micropython: list[str], staged: Path) -> None:
    walk = steps(700, 6)
    log = log_walk(micropython, staged, walk, fail=[9, 30, 31])
    got = check(log, walk)
    assert (log.told["errors"], log.told["dropped"], log.told["bad"]) == (3, 0, 0)
    assert got.samples["cells"].lost == got.samples["imu"].lost == 0


def test_a_page_that_fails_thrice_is_named(micropython: list[str], staged: Path) -> None:
    walk = steps(1500, 7)
    log = log_walk(micropython, staged, walk, fail=[25, 26, 27, 60, 61, 62])
    got = check(log, walk)
    assert log.told["errors"] == 6
    assert log.told["dropped"] > 10
    gaps = [gap for samples in got.samples.values() for gap in samples.gaps]
    assert {gap.cause for gap in gaps} == {"flash"}
    assert sum(gap.count for gap in gaps) >= log.told["dropped"]
    assert sum(gap.count for gap in gaps) < 300
    assert all(gap.first + gap.count < 1500 for gap in gaps)


def test_a_full_log_ends_in_words_with_all_it_was_given(micropython: list[str], staged: Path) -> None:
    walk = steps(3000, 8)
    log = log_walk(micropython, staged, walk, pages=60)
    got = check(log, walk)
    assert log.told["full"]
    assert got.end is not None
    assert got.schema["reasons"][got.end["reason"]] == "full"
    assert got.samples["cells"].lost == got.samples["imu"].lost == 0
    assert got.end["cells"] == len(got.samples["cells"].index) > 300
    assert 56 <= len(log.pages) <= 60


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(["walk", "still", "noise", "extremes", "rough"]),
    n=st.integers(1, 500),
    events=st.lists(st.integers(0, 500), max_size=12),
    gaps=st.lists(st.integers(0, 500), max_size=4, unique=True),
    fail=st.lists(st.integers(9, 90), max_size=5, unique=True),
)
def test_whatever_comes_and_whatever_fails(
    micropython: list[str],
    staged: Path,
    seed: int,
    kind: str,
    n: int,
    events: list[int],
    gaps: list[int],
    fail: list[int],
) -> None:
    rng = np.random.default_rng(seed)
    if kind == "still":
        walk = Walk(np.full((n, 16), 7, "<u2"), np.full((n, 6), -9, "<i2"))
    elif kind == "noise":
        walk = Walk(rng.integers(0, 4096, (n, 16)).astype("<u2"), rng.integers(-32768, 32768, (n, 6)).astype("<i2"))
    elif kind == "extremes":
        walk = Walk(rng.choice([0, 4095], (n, 16)).astype("<u2"), rng.choice([-32768, 32767], (n, 6)).astype("<i2"))
    else:
        walk = steps(n, seed, 3000.0 if kind == "rough" else 20.0)
    log = log_walk(micropython, staged, walk, marks=events, gaps=gaps, fail=fail)
    got = check(log, walk, tuple(gaps))
    assert log.told["bad"] == 0
    causes = {gap.cause for samples in got.samples.values() for gap in samples.gaps}
    assert causes <= {"late", "imu-fifo", "flash"}
    if not fail:
        assert [len(got.samples[name].index) for name in ("cells", "imu")] == [n, n]
        assert got.bad_frames == 0


HOT = {
    "packstream.py": ("open", "stamp", "record", "_start", "_mark", "_cut", "_queue", "pending", "close"),
    "logger.py": ("_limit", "_size", "room", "_beside", "queue", "finish", "_wait", "pump"),
    "pack.py": ("choose",),
    "slowpack.py": ("verbatim", "encode", "fold", "_put"),
}


@pytest.mark.parametrize(("name", "function"), [(name, function) for name in HOT for function in HOT[name]])
def test_the_proof_fails_where_a_hot_function_allocates(
    micropython: list[str], staged_copy: Path, name: str, function: str
) -> None:
    path = staged_copy / name
    text = path.read_text()
    pattern = rf'( *)(def {function}\(.*\):\n)((?:    )+(?:"""(?:.|\n)*?"""|#.*)\n)?'
    text, count = re.subn(pattern, lambda m: f"{m[1]}{m[2]}{m[3] or ''}{m[1]}    [{function!r}]\n", text, count=1)
    assert count == 1
    path.write_text(text)
    with pytest.raises(AssertionError, match="memory allocation failed, heap is locked"):
        log_walk(micropython, staged_copy, steps(150), slow=name == "slowpack.py", marks=list(range(50, 90)))


def test_it_takes_little_memory(micropython: list[str], staged: Path) -> None:
    told = log_walk(micropython, staged, steps(100)).told
    assert told["memory"] < 8000  # 64-bit words; an ESP32's objects are about half as big
    assert told["spent"] == 0


def test_a_log_begins_with_what_it_is(micropython: list[str], staged: Path) -> None:
    log = log_walk(micropython, staged, steps(100))
    first = b"".join(log.pages[: log.told["start"]])
    assert first.startswith(wire.schema_frame())
    assert decode(first).config["streaming"]
