# SPDX-License-Identifier: MIT
"""Recordings of hours: the same samples, marks and losses as of the whole, a piece at a time in memory and in EDF+."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporting import FIRST, WALKED, Clinic, made
from streams import WRAP, frame, session
from surefoot import recording_parts, signals_survey, wire
from surefoot.calibration import nominal
from surefoot.clinic.store import entries
from surefoot.output.export import edf, long_motion, values
from surefoot.output.export.motion import motion_of
from surefoot.output.export.values import Motion, Package, blocks
from surefoot.recording import from_log, read
from surefoot.signals import to_signals

SECONDS = 30
MARKS = {4.25: "dizzy", 13.5: "kerb", 25.75: "rain"}
CLOCK = 5e-5  # of the waist's clock: it is fitted to some frames of a long recording, to all of a short one


@pytest.fixture(scope="module")
def exported(store_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    yield from made(store_template, tmp_path_factory.mktemp("long"))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk over a wrap of the board's clock, with marks, two losses, and parts enough of a file."""
    begin_us = WRAP - 12_000_000
    t_s = np.arange(SECONDS * 104) / 104
    imu = np.rint(4000 * np.sin(t_s[:, None] * np.arange(1, 7))).astype(np.int16)
    cells = np.rint(1200 + 900 * np.sin(np.arange(SECONDS * 100)[:, None] / 40 + np.arange(16))).astype(np.uint16)
    sent = session(SECONDS, start_us=begin_us, counts=cells, imu=imu)
    each = len(sent.frames) / SECONDS
    frames: list[bytes] = list(sent.frames)
    for at_s, text in sorted(MARKS.items(), reverse=True):
        at_us = (begin_us + round(at_s * 1e6)) % WRAP
        frames.insert(round(at_s * each), frame("EVENT", (at_us, wire.TABLE["events"].index("mark")), text.encode()))
    for first, count in ((round(20 * each), 40), (round(8 * each), 25)):
        del frames[first : first + count]
    folder = tmp_path_factory.mktemp("walked")
    (folder / "raw").write_bytes(b"".join(frames))
    from_log(folder / "raw", folder / "walk.sfr", {"log": 1})
    return folder / "walk.sfr"


@pytest.fixture(scope="module")
def whole(walked: Path) -> Motion:
    decoded = read(walked)
    return motion_of(decoded, to_signals(decoded, nominal(), rezero=True))


def test_a_long_recording_in_pieces_is_the_whole(walked: Path, whole: Motion, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(long_motion, "PIECE_S", 4.0)
    found = long_motion.long_motion(walked, nominal(), part_bytes=6000)
    assert (found.rows, found.nominal, found.device, found.firmware) == (
        whole.rows, whole.nominal, whole.device, whole.firmware
    )  # fmt: skip
    assert found.rate_hz == pytest.approx(whole.rate_hz, rel=1e-9)
    assert [mark.text for mark in found.marks] == list(MARKS.values())
    assert [mark.onset_s for mark in found.marks] == pytest.approx(list(MARKS), abs=1e-6)
    assert found.marks == whole.marks
    for one, true in zip(found.systems, whole.systems, strict=True):
        assert (replace(one, values=true.values)) == true  # names, units, losses and gaps
        assert one.lost > 30
        assert isinstance(one.values, np.memmap)  # not in memory
        np.testing.assert_array_equal(np.isnan(one.values), np.isnan(true.values))
        np.testing.assert_allclose(one.values, true.values, atol=CLOCK * np.nanmax(np.abs(true.values)))


def test_what_is_surveyed_keeps_no_sample_in_memory(walked: Path):
    """A view of none of them would: then hours of samples lie in memory behind it."""
    head, parts = recording_parts.beginning(walked), recording_parts.parts_of(walked, 6000)
    facts, _ = signals_survey.part_facts(walked, parts, head, nominal())
    for one in facts.decoded.samples.values():
        assert one.index.base is None
        assert one.counts.base is None


def test_a_walk_of_hours_goes_out_like_any_other(exported: Clinic, monkeypatch: pytest.MonkeyPatch):
    """Its length in the store is told, not looked at; only a large file is read in pieces."""
    before = entries.last(exported.store, FIRST, "walk")
    assert before is not None
    document = dict(before.document) | {"walk": dict(before.document["walk"]) | {"duration_s": 3 * 3600.0}}
    entries.put(exported.store, FIRST, "walk", before.on, document, by="T1", replaces=before.id)
    monkeypatch.setattr(long_motion, "LONG_BYTES", 1)
    package = exported.package(FIRST)
    (walk,) = [one for one in package.recordings if one.protocol == "walk"]
    assert not any("stays here" in note for note in package.notes)
    found = walk.motion()
    decoded = read(WALKED)
    true = motion_of(decoded, to_signals(decoded, nominal(), rezero=True))
    assert isinstance(found.systems[0].values, np.memmap)
    assert [one.name for one in found.systems] == [one.name for one in true.systems]
    for one, other in zip(found.systems, true.systems, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=0.01)
    (test,) = [one for one in package.recordings if one.protocol != "walk"]
    assert isinstance(test.motion().systems[0].values, np.ndarray)
    assert not isinstance(test.motion().systems[0].values, np.memmap)  # a test's zeros aren't taken anew
    out, _, lines = exported.export("--to", "bids", "--person", FIRST)
    table = next(out.rglob("*task-walk_tracksys-insoleL_motion.tsv"))
    rows = np.genfromtxt(table, delimiter="\t", missing_values="n/a")
    np.testing.assert_allclose(rows, true.systems[1].values, rtol=1e-5, atol=1e-5)
    assert lines == [f"Written: {out} ({sum(path.is_file() for path in out.rglob('*'))} files, 1 person)."]


def test_a_full_disk_while_reading_in_pieces_is_said(exported: Clinic, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(exported.folder.iterdir())
    monkeypatch.setattr(long_motion, "LONG_BYTES", 1)
    monkeypatch.setattr(long_motion.tempfile, "TemporaryFile", full)
    with pytest.raises(values.ExportError, match="No space left on device"):
        exported.export("--to", "bids", "--person", FIRST)
    assert sorted(exported.folder.iterdir()) == before


def test_an_edf_of_hours_is_several_files_that_follow_each_other(
    walked: Path, whole: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(edf, "PIECE_RECORDS", 9)
    begun = datetime(2026, 3, 1, 23, 59, 45)
    about = {"person": "P1", "sex": None}
    recording = values.Recording("P1", "x", "w", 0, None, f"{begun}+00:00", "walk", "", 1, lambda: whole)
    people = values.Table("people", "person", (), (about,))
    made = edf.write_edf(Package({"people": people}, [recording], ""), tmp_path)
    assert [path.name for path in made] == [f"sub-P1_ses-01_task-walk_split-{k:02}_motion.edf" for k in (1, 2, 3, 4)]
    files = [edfio.read_edf(path) for path in made]
    assert [datetime.combine(one.startdate, one.starttime) for one in files] == [
        begun + timedelta(seconds=9 * k) for k in range(4)
    ]
    found = np.concatenate([one.signals[0].data for one in files])[: whole.rows]
    lost = np.concatenate([one.signals[0].digital for one in files])[: whole.rows] == edf.LOWEST
    true = whole.systems[0].values[:, 0]
    np.testing.assert_array_equal(lost, np.isnan(true))
    np.testing.assert_allclose(found[~lost], true[~lost], atol=1e-3)
    notes = [(one.text, one.onset + 9 * k) for k, file in enumerate(files) for one in file.annotations]
    for at_s, text in MARKS.items():
        assert (text, pytest.approx(at_s, abs=1e-4)) in notes
    lost_s = sum(one.duration or 0 for file in files for one in file.annotations if one.text == "lost insoleL")
    assert lost_s == pytest.approx(whole.systems[1].lost / whole.rate_hz, abs=1e-3)


def test_a_short_one_stays_one_file(exported: Clinic):
    out, _, _ = exported.export("--to", "edf", "--person", FIRST)
    assert not list(out.glob("*split*"))


@given(st.integers(0, 4 * values.BLOCK + 1))
def test_blocks_are_all_rows_once(rows: int):
    assert [k for one in blocks(rows) for k in (one.start, one.stop - 1)][:1] in ([], [0])
    assert sum(one.stop - one.start for one in blocks(rows)) == rows
    edges = [one.start for one in blocks(rows)] + [rows]
    assert [one.stop for one in blocks(rows)] == edges[1:]
