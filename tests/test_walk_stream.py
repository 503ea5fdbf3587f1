# SPDX-License-Identifier: MIT
"""A walk of any length in the same memory: pieces to tables on disk, documents and tables written part by part."""

from __future__ import annotations

import io
import json
import tempfile
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.clinic import walk_rows, walk_stream, walk_windows
from surefoot.clinic.walk_find import FoundWalk, looked
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_long import Piece
from surefoot.clinic.walk_more import More
from surefoot.clinic.walk_rows import NoRoom, Rows
from surefoot.device.virtual.walkers import walk_arrays
from surefoot.measures.gait import bouts, pieces, tallies
from surefoot.measures.gait.parameters import gait_of, gait_parameters
from surefoot.measures.gait.strides import strides
from surefoot.measures.gait.values import Walked, stances
from surefoot.output import walk_lists
from surefoot.output.walk_lists import Listed, csv_parts, json_parts
from surefoot.output.walk_result import entry, strides_csv
from surefoot.output.walk_tables import strides_parquet

SPAN_S = 60.0
FACTS = {"rows": 0, "rate_hz": 100.0}


@pytest.fixture(scope="module")
def minute() -> tuple[WalkInput, Piece]:
    """A minute of insoles, and what it tells."""
    walk = WalkInput("table", 100.0, walk_arrays("level", 6, 100.0, SPAN_S).foot_force_n, facts=FACTS)
    seen = looked(walk)
    return walk, Piece(seen.seen, None, {}, More(), 0)


def repeated(minute: tuple[WalkInput, Piece], count: int) -> tuple[FoundWalk, int]:
    """That minute so many times, one after the other; and the most memory that it took, in bytes."""
    walk, piece = minute
    rows = Rows()
    later = (
        replace(piece, seen={name: pieces.shifted(one, k * SPAN_S) for name, one in piece.seen.items()})
        for k in range(count)
    )
    tracemalloc.start()
    try:
        done = walk_windows.spooled(later, rows)
        cuts_s = [k * SPAN_S for k in range(1, count)]
        found, _ = walk_stream.streamed(walk, rows, done, cuts_s, count * SPAN_S)
        made = entry("w.csv", walk, found)
        for _ in json_parts(made):
            pass
        for _ in strides_csv([made]):
            pass
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_length(minute: tuple[WalkInput, Piece], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(walk_rows, "BLOCK", 256)  # less than the shorter of both
    monkeypatch.setattr(walk_lists, "LINES", 100)
    repeated(minute, 3)  # what is loaded once
    few, least = repeated(minute, 10)
    many, most = repeated(minute, 60)
    assert many.rows is not None
    assert few.rows is not None
    strides_few, strides_many = (len(one.rows.columns("strides")["start_s"]) for one in (few, many) if one.rows)
    assert strides_many > 5.9 * strides_few > 500
    assert most < least + 400_000, "50 bouts have a row more each; these strides in a document take 5 MB"
    assert not list(many.rows.folder.glob("piece-*"))


def test_the_folder_goes_with_the_walk(minute: tuple[WalkInput, Piece]):
    found, _ = repeated(minute, 3)
    assert found.rows is not None
    folder, made = found.rows.folder, entry("w.csv", minute[0], found)
    del found
    assert folder.exists(), "the document still reads from it"
    assert len(list(made["strides"]["start_s"])) > 100
    del made
    assert not folder.exists()


def test_text_in_parts_is_the_text(minute: tuple[WalkInput, Piece]):
    found, _ = repeated(minute, 4)
    lazy, whole = (entry("w.csv", minute[0], one) for one in (found, walk_stream.loaded(found)))
    assert isinstance(lazy["strides"]["start_s"], Listed)
    for ascii_only in (True, False):
        plain = json.dumps({"walks": [whole], "none": [], "é": 1}, allow_nan=False, ensure_ascii=ascii_only)
        assert "".join(json_parts({"walks": [lazy], "none": [], "é": 1}, ascii_only)) == plain
    assert "".join(strides_csv([lazy])) == "".join(strides_csv([whole]))
    assert lazy["strides"]["start_s"][-1] == whole["strides"]["start_s"][-1]
    assert lazy["strides"]["foot"][2:5] == whole["strides"]["foot"][2:5]
    file = io.BytesIO()
    strides_parquet([lazy, lazy], file)
    assert pq.read_table(file).column("stride_s").to_pylist() == 2 * whole["strides"]["stride_s"]
    assert "".join(csv_parts(("a", "b"), [(None, 1), ("x,y", 2.5)])) == 'a,b\n,1\n"x,y",2.5\n'


def test_columns_on_disk():
    rows = Rows()
    for k in range(3):
        rows.add("t", {"a": np.arange(4.0) + 10 * k, "b": np.array([True, False, False, True])})
    column = rows.columns("t")["a"]
    assert column.whole().tolist() == [*np.arange(4.0), *np.arange(10.0, 14), *np.arange(20.0, 24)]
    assert len(column) == 12
    assert column.rows(2, 6).tolist() == [2.0, 3.0, 10.0, 11.0]
    assert rows.columns("t")["b"].whole().dtype == bool
    assert rows.columns("none") == {}
    shown = Listed(column)
    assert (shown[-1], shown[5], shown[2:7:2], shown[3:3]) == (23.0, 11.0, [2.0, 10.0, 12.0], [])
    with pytest.raises(IndexError):
        shown[12]


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch):
    rows = Rows()
    for name in ("t.a", "piece-0"):
        (rows.folder / name).symlink_to("/dev/full")
    with pytest.raises(NoRoom, match=r"No space left on device.*TMPDIR"):
        rows.add("t", {"a": np.zeros(9)})
    with pytest.raises(NoRoom, match="No space left"):
        rows.keep("piece-0", np.zeros(9))
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null")
    with pytest.raises(NoRoom, match="/dev/null"):
        Rows()


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.sampled_from([0.5, 0.55, 0.6, 0.8, 1.4, 2.5, 3.5, 9.0]), min_size=12, max_size=80),
    cuts=st.lists(st.integers(0, 79), max_size=4),
    gone=st.sets(st.integers(0, 40), max_size=3),
)
def test_strides_in_blocks_have_the_numbers_of_all_at_once(steps: list[float], cuts: list[int], gone: set[int]):
    at_s = np.cumsum([1.0, *steps])
    broken = np.isin(np.arange(len(at_s)), [*gone])
    left, right = (
        stances(foot, at_s[k::2], at_s[k::2] + 0.54, broken=broken[k::2]) for k, foot in enumerate(("left", "right"))
    )
    walked = Walked("insole", 100.0, 999.0, left, right, turns=np.array([[at_s[5], at_s[7], 90.0]]))
    expected = gait_parameters(walked)
    table, edges = strides(walked), [-np.inf, *sorted(at_s[[k % len(at_s) for k in cuts]] + 0.01), np.inf]
    seen, chains = bouts.contacts_of(walked, table), bouts.Chains()
    parts = list(pairwise(edges))
    for low, high in parts:
        mine, lost = (values[(values >= low) & (values < high)] for values in (seen.at_s, seen.lost_s))
        chains.take(bouts.Contacts(mine, lost, True))
    found = chains.found()
    blocks = [table.at((table.start_s >= low) & (table.start_s < high)) for low, high in parts]
    turns = [walked.turns[(walked.turns[:, 0] >= low) & (walked.turns[:, 0] < high)] for low, high in parts]
    known = [bouts.evidence(one, *found[:2]) for one in blocks]
    total = known[0]
    for one in known[1:]:
        total += one
    settler = bouts.Settler(found, total)
    settled = [settler.settle(*both) for both in zip(blocks, turns, strict=True)]
    told = tallies.join([tallies.tally(one, len(settler.bouts)) for one in settled])
    made = gait_of(walked, told, bouts.Bouted(table, settler.bouts, chains.pauses(settler.bouts)))
    assert made.values == pytest.approx(expected.values, rel=1e-9, abs=1e-9)
    assert made.not_reported == expected.not_reported
    assert made.notes == expected.notes
    for name in ("excluded", "bout", "steady"):
        np.testing.assert_array_equal(
            np.concatenate([getattr(one, name) for one in settled]), getattr(expected.strides, name)
        )
    for one, other in ((made.bouts, expected.bouts), (made.pauses, expected.pauses)):
        for name in one.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
