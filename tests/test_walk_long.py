# SPDX-License-Identifier: MIT
"""Walks of hours in pieces: contacts, strides and documents are those of the whole, wherever the cuts lie."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import long_walks
import packing
import streams
import trodden
from surefoot import (
    cli,
    nominal_calibration,
    recording,
    recording_parts,
    signals_pieces,
    signals_survey,
    to_signals,
    wire,
)
from surefoot.calibration_law import counts_of
from surefoot.clinic import walk_long_sources, walk_long_text, walks_folder
from surefoot.clinic.walk_find import FoundWalk, find
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_long import find_long
from surefoot.clinic.walk_long_sources import HeldSource, long_source, own_source
from surefoot.clinic.walk_own import read_walk
from surefoot.clinic.walk_values import Walker
from surefoot.device.virtual.walkers import walk_arrays, walk_chunks
from surefoot.errors import MeasureError, RecordingError, SurefootError
from surefoot.measures.gait import pieces
from surefoot.measures.gait.values import FEET
from surefoot.output import walk_page_error, walk_page_read, walk_pages_command, walk_sync_keep
from surefoot.output.walk_result import entry
from surefoot.resources import stage

SAMPLE_S = 0.01
LOST = (140, 141, 200)  # whole seconds


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of somebody's day with two losses."""
    path = tmp_path_factory.mktemp("long") / "f00d-00007.sfr"
    return long_walks.write(path, walk_chunks("daily", 5, 100.0, 301.0), lambda second: second in LOST)


@pytest.fixture(scope="module")
def whole(recorded: Path) -> tuple[WalkInput, FoundWalk]:
    walk = read_walk(recorded)
    return walk, find(walk, 0.9)


@pytest.fixture(scope="module")
def held() -> tuple[HeldSource, FoundWalk]:
    """Two hundred seconds of insoles in memory."""
    walk = WalkInput("table", 100.0, walk_arrays("level", 6, 100.0, 200.0).foot_force_n)
    return HeldSource(walk, "walk.csv"), find(walk)


def same(one: FoundWalk, other: FoundWalk, of_s: float = SAMPLE_S) -> None:
    """Every contact within a sample, every stride with the same fate, the same bouts."""
    for foot in FEET:
        mine, theirs = getattr(one.walked, foot), getattr(other.walked, foot)
        assert len(mine) == len(theirs)
        np.testing.assert_array_equal(mine.broken, theirs.broken)
        for name in ("initial_s", "off_s", "heel_rise_s"):
            np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), atol=of_s, rtol=0)
    mine, theirs = one.gait.strides, other.gait.strides
    for name in ("foot", "excluded", "bout", "steady", "turn"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    for name in ("start_s", "end_s", "step_s"):
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), atol=2 * of_s, rtol=0)
    np.testing.assert_allclose(one.gait.bouts.start_s, other.gait.bouts.start_s, atol=of_s, rtol=0)


def test_pieces_of_a_recording_say_what_the_whole_says(recorded: Path, whole, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "OVERLAP_S", 40.0)
    shape, found = find_long(own_source(recorded), 0.9, jobs=1, piece_s=40.0)
    walk, expected = whole
    same(found, expected)
    assert shape.facts.pop("lost_rows")["imu"] == pytest.approx(walk.facts["lost_rows"]["imu"], abs=2)  # edges, by 1 ns
    assert shape.facts == {name: value for name, value in walk.facts.items() if name != "lost_rows"}
    assert walk.facts["gaps"] == 2
    assert walk.facts["missing_rows"] == 100 * len(LOST)
    assert found.by == expected.by
    assert set(found.gait.values) == set(expected.gait.values)
    assert found.gait.values["gait_speed_mps"] == pytest.approx(expected.gait.values["gait_speed_mps"], rel=1e-4)
    assert found.gait.values["left_gait_line_length_mm"] == pytest.approx(
        expected.gait.values["left_gait_line_length_mm"], rel=1e-6
    )
    assert found.wear is not None
    assert expected.wear is not None
    np.testing.assert_array_equal(found.wear.state, expected.wear.state)
    for foot in FEET:
        mine, theirs = (one.also["waist-imu"] for one in (found, expected))
        np.testing.assert_allclose(getattr(mine, foot).initial_s, getattr(theirs, foot).initial_s, atol=SAMPLE_S)
    curves, theirs = found.profiles, expected.profiles
    assert curves is not None
    assert theirs is not None
    assert curves.feet["left"].force_n.most == theirs.feet["left"].force_n.most
    np.testing.assert_allclose(curves.feet["left"].force_n.mean, theirs.feet["left"].force_n.mean, rtol=1e-6)


def test_no_stride_goes_across_a_loss_in_pieces_either(recorded: Path):
    found = find_long(own_source(recorded), jobs=1, piece_s=70.0)[1]
    table = found.gait.strides
    for second in LOST:
        across = (table.start_s < second + 0.5) & (table.end_s > second + 0.5)
        assert not across.any()


@pytest.mark.parametrize("kind", ["one insole", "waist alone", "shoes and waist"])
def test_whatever_sensor_tells_what_pieces_choose_as_the_whole(kind: str, monkeypatch: pytest.MonkeyPatch):
    made = walk_arrays("level", 4, 100.0, 200.0)
    walk = WalkInput("table", 100.0, acc_ms2=made.acc_ms2, gyr_dps=made.gyr_dps)
    if kind == "one insole":
        cells = made.cell_force_n.copy()
        cells[:, 8:] = np.nan
        walk = replace(walk, force_n=cells)
    elif kind == "shoes and waist":
        feet = {foot: getattr(made, foot) for foot in FEET}
        walk = replace(walk, shoes={foot: np.column_stack((one.acc_ms2, one.gyr_dps)) for foot, one in feet.items()})
    expected = find(walk, 0.9)
    monkeypatch.setattr(pieces, "OVERLAP_S", 40.0)
    found = find_long(HeldSource(walk, "x"), 0.9, jobs=1, piece_s=70.0)[1]
    same(found, expected, 3 * SAMPLE_S)
    assert found.by == expected.by
    assert found.also.keys() == expected.also.keys()
    assert found.untold == expected.untold
    # A piece's own numbers may stand in a note.
    assert [note.lstrip("0123456789")[:25] for note in found.notes] == [
        note.lstrip("0123456789")[:25] for note in expected.notes
    ]
    assert found.gait.values.keys() == expected.gait.values.keys()
    assert found.gait.not_reported.keys() == expected.gait.not_reported.keys()


@pytest.mark.parametrize("seed", range(8))
def test_cuts_may_lie_anywhere(held, seed: int, monkeypatch: pytest.MonkeyPatch):
    source, expected = held
    at = np.sort(np.random.default_rng(seed).choice(np.arange(5, 195), 1 + seed % 4, replace=False)).tolist()
    monkeypatch.setattr(pieces, "cuts", lambda *_: [0, *at, 200])
    monkeypatch.setattr(pieces, "OVERLAP_S", 40.0)
    same(find_long(source, jobs=1)[1], expected)


def test_a_cut_in_a_loss(held, monkeypatch: pytest.MonkeyPatch):
    source, _ = held
    force_n = source.walk.force_n.copy()
    force_n[8000:8300] = np.nan
    walk = replace(source.walk, force_n=force_n)
    monkeypatch.setattr(pieces, "OVERLAP_S", 40.0)
    found = find_long(HeldSource(walk, "x"), jobs=1, piece_s=70.0)[1]
    same(found, find(walk))
    assert not ((found.gait.strides.start_s < 81) & (found.gait.strides.end_s > 82)).any()


def test_side_by_side_it_is_the_same(held):
    source, expected = held
    steps: list[tuple[str, int, int]] = []
    found = find_long(source, jobs=2, piece_s=100.0, progress=lambda *told: steps.append(told))[1]
    same(found, expected)
    assert steps[-1] == ("analysing", 2, 2)


@dataclass(frozen=True, eq=False)
class Failing(HeldSource):
    def piece(self, low: int, high: int) -> WalkInput:
        if low > 0:
            raise ValueError("disk on fire")
        return super().piece(low, high)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_piece_that_fails_names_its_minutes(held, jobs: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "OVERLAP_S", 10.0)
    source = Failing(held[0].walk, "walk.csv", step=200_000)
    with pytest.raises(MeasureError, match=r"walk\.csv, minutes 2 to 3 failed: ValueError: disk on fire"):
        find_long(source, jobs=jobs, piece_s=100.0)


def test_nobody_walked_at_all():
    source = HeldSource(WalkInput("table", 100.0, np.full((20_000, 2), 300.0)), "x")
    with pytest.raises(MeasureError, match=r"No steps were found.*never lifted"):
        find_long(source, jobs=1, piece_s=60.0)


def test_the_command_takes_long_recordings_in_pieces(
    recorded: Path, whole, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(walk_long_sources, "LONG_BYTES", 1)
    monkeypatch.setattr("surefoot.measures.gait.pieces.PIECE_S", 100.0)
    assert cli.main(["walk", str(recorded), "--json", "--jobs", "1", "--leg-mm", "900", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert err == ""  # a bar is for terminals
    mine, theirs = json.loads(out)["walks"][0], entry(recorded.name, *whole)
    assert mine.keys() == theirs.keys()
    assert mine["feet"].keys() == theirs["feet"].keys()
    assert mine["feet"]["left"]["initial_contact_s"] == theirs["feet"]["left"]["initial_contact_s"]
    assert mine["not_reported"] == theirs["not_reported"]
    assert (tmp_path / "strides.parquet").read_bytes()[:4] == b"PAR1"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert cli.main(["walk", str(recorded), "--json", "--jobs", "1"]) == 0
    assert f"{recorded.name}: analysing 100%" in capsys.readouterr().err
    assert cli.main(["walk", str(recorded), "--jobs", "0"]) == 1
    assert "--jobs 0" in capsys.readouterr().err


def test_long_tables_of_others_go_the_same_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    force = trodden.tread()
    columns = {"time_s": trodden.times(force), "left_force_N": force[:, 0], "right_force_N": force[:, 1]}
    path = trodden.table(tmp_path / "f.csv", columns)
    assert cli.main(["walk", str(path), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)["walks"]
    monkeypatch.setattr(walk_long_sources, "LONG_TEXT_BYTES", 1)
    assert cli.main(["walk", str(path), "--json", "--jobs", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["walks"] == plain


def test_tables_in_parts_with_gaps_are_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = walk_arrays("level", 7, 100.0, 120.0)
    keep = np.ones(12_000, bool)
    keep[[3000, 3001, 7777]] = keep[5000:5200] = False
    columns = {"time_s": made.t_s, "left_force_N": made.foot_force_n[:, 0], "right_force_N": made.foot_force_n[:, 1]}
    columns |= {f"acc_{axis}_m/s2": made.acc_ms2[:, k] for k, axis in enumerate("xyz")}
    path = trodden.table(tmp_path / "f.csv", {name: values[keep] for name, values in columns.items()})
    monkeypatch.setattr(walk_long_sources, "LONG_TEXT_BYTES", 1)
    monkeypatch.setattr(walk_long_text, "PART_BYTES", 90_000)
    monkeypatch.setattr(pieces, "OVERLAP_S", 30.0)
    source = long_source(path)
    assert isinstance(source, walk_long_text.TextSource)
    assert len(source.parts) > 5
    shape, found = find_long(source, jobs=1, piece_s=40.0)
    walk = read_walk(path)
    same(found, find(walk))
    assert shape.facts == walk.facts
    assert shape.warnings == walk.warnings
    whole = source.surveyed([source.survey(number) for number in range(source.surveys())])
    np.testing.assert_array_equal(whole.piece(0, whole.rows()).force_n, walk.force_n)
    assert walk.acc_ms2 is not None
    np.testing.assert_array_equal(whole.piece(4000, 9000).acc_ms2, walk.acc_ms2[4000:9000])


def test_a_table_whose_parts_leave_doubts_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    force = trodden.tread()
    columns = {"time_s": trodden.times(force), "left_force_N": force[:, 0], "right_force_N": force[:, 1]}
    path = trodden.table(tmp_path / "f.csv", columns)
    lines = path.read_text().splitlines()
    lines[700] = lines[700].replace(",", ",x", 1)
    path.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(walk_long_sources, "LONG_TEXT_BYTES", 1)
    monkeypatch.setattr(walk_long_text, "PART_BYTES", 9000)
    source = long_source(path)
    assert source is not None
    with pytest.raises(SurefootError, match="line 701, column left_force"):
        find_long(source, jobs=1)
    scattered = columns | {"time_s": columns["time_s"] + np.random.default_rng(1).uniform(0, 0.006, len(force))}
    source = long_source(trodden.table(tmp_path / "g.csv", scattered))
    assert source is not None
    held = source.surveyed([source.survey(number) for number in range(source.surveys())])
    assert isinstance(held, HeldSource)
    assert any("scatter" in one for one in held.shape().warnings)


def test_parts_lie_between_frames_and_know_the_beginning(recorded: Path, tmp_path: Path):
    data = recorded.read_bytes()
    parts = recording_parts.parts_of(recorded, 100_000)
    assert len(parts) > 10
    assert all(data[part.end - 1] == 0 for part in parts)
    assert [part.begin for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert parts[-1].end == len(data)
    head = recording_parts.beginning(recorded)
    assert head.count(wire.schema_frame()) == 1
    decoded = recording_parts.read_bytes(recorded, parts[5].begin, parts[5].end, head)
    assert decoded.config["id"] == "f00d"
    assert decoded.head["log"] == 7
    assert decoded.samples["cells"].index[0] > 1000
    other = tmp_path / "other.sfr"
    other.write_bytes(b"something else")
    with pytest.raises(RecordingError, match="no Surefoot recording"):
        own_source(other)
    with pytest.raises(RecordingError, match="can't be read"):
        own_source(tmp_path / "absent.sfr")


def test_what_is_surveyed_does_not_grow_with_the_recording(recorded: Path, monkeypatch: pytest.MonkeyPatch):
    head, record = recording_parts.beginning(recorded), nominal_calibration()
    parts = recording_parts.parts_of(recorded, 100_000)
    lots = [parts[k : k + 2] for k in range(0, len(parts), 2)]

    def surveyed() -> tuple[int, int]:
        found = [signals_survey.part_facts(recorded, lot, head, record, len(lots))[0] for lot in lots]
        assert {key for one in found for key in one.decoded.status} <= {"imu_us", "imu_t"}
        frames = [one.decoded.samples["cells"].frame_index for one in found]
        return sum(len(one.some) for one in found), sum(map(len, frames))

    rows, frames = surveyed()
    monkeypatch.setattr(signals_survey, "MOST_ROWS", rows // 5)
    monkeypatch.setattr(signals_survey, "MOST_FRAMES", frames // 5)
    fewer = surveyed()
    assert rows // 8 < fewer[0] <= rows // 5 + len(lots)
    assert fewer[1] <= frames // 5


def test_a_packed_log_in_parts(micropython: list[str], tmp_path: Path):
    """As the board keeps it: frames in chains, of which a part may begin in the middle of one."""
    made, moved = walk_arrays("level", 9, 100.0, 60.0), walk_arrays("level", 9, 104.0, 60.0)
    counts = np.rint(np.clip(counts_of(made.cell_force_n, nominal_calibration()), 0, 4095)).astype(np.uint16)
    imu = np.clip(np.rint(np.column_stack((moved.acc_ms2, moved.gyr_dps)) / long_walks.LSB), -32768, 32767)
    stage(tmp_path)
    log = packing.log_walk(micropython, tmp_path, packing.Walk(counts, imu.astype(np.int16)))
    raw, path = tmp_path / "raw.bin", tmp_path / "f00d-00001.sfr"
    told = [streams.config()[:-1] if b"streaming" in chunk else chunk for chunk in log.data.split(b"\0")]
    raw.write_bytes(b"\0".join(told))
    recording.from_log(raw, path, {"device": "f00d", "log": 1})
    head, record = recording_parts.beginning(path), nominal_calibration()
    parts = recording_parts.parts_of(path, 9000)
    assert len(parts) > 5
    whole = to_signals(recording.read(path), record, rezero=True)
    found = [signals_survey.part_facts(path, parts[k : k + 3], head, record)[0] for k in range(0, len(parts), 3)]
    seen = signals_survey.survey(path, head, record, found)
    assert seen.rows == len(whole.t_s)
    assert len(seen.holes) == int(whole.lost_cells.any())
    for low, high in ((0, seen.rows), (1234, 3456), (seen.rows - 900, seen.rows)):
        rows = signals_pieces.rows_of(seen, low, high)
        np.testing.assert_array_equal(np.isnan(rows.cell_force_n[:, 0]), whole.lost_cells[low:high])
        # In the very first row the IMU's first sample may be a nanosecond early or late.
        np.testing.assert_allclose(rows.acc_ms2[1:], whole.acc_ms2[low + 1 : high], atol=1e-3)
        late = slice(200, None)  # the zero of a swing that a part cuts in two is of its half
        np.testing.assert_allclose(rows.cell_force_n[late], whole.cell_force_n[low:high][late], atol=0.5)


def test_a_long_walk_that_is_kept_has_its_strides_beside_it(
    recorded: Path, whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(walk_long_sources, "LONG_BYTES", 1)
    folder = walks_folder.walks_folder(tmp_path, "P001")
    folder.mkdir(parents=True)
    name = recorded.stem
    (folder / recorded.name).symlink_to(recorded)
    how = walk_sync_keep.Analysis(tmp_path, Walker("P001", leg_m=0.9))
    assert walk_sync_keep.analyse(how, name) == ""
    text = (folder / f"{name}.walk.json").read_text()
    (kept,) = walks_folder.walks_of(tmp_path, "P001")
    expected = entry(recorded.name, *whole)
    assert not kept.problem
    assert len(text) < 0.3 * len(json.dumps(expected)), "no stride is in the document"
    assert [*kept.entry["strides"]] == [*expected["strides"]]
    assert kept.entry["strides"]["foot"] == expected["strides"]["foot"]
    assert kept.entry["strides"]["start_s"] == pytest.approx(expected["strides"]["start_s"], abs=2 * SAMPLE_S)
    assert "no such column" not in kept.entry["strides"]
    assert kept.entry["feet"]["left"]["stances"] == len(expected["feet"]["left"]["broken"])
    light = walk_page_error.standard_errors(kept)
    assert light.keys() == walk_page_error.standard_errors(replace(kept, entry=expected)).keys()
    assert walk_page_read.measured_share(kept) is not None
    table = folder / f"{name}.strides.parquet"
    whole_table = table.read_bytes()
    for spoil in (lambda: table.write_bytes(b"no table"), lambda: short(whole_table, table), table.unlink):
        spoil()
        (kept,) = walks_folder.walks_of(tmp_path, "P001")
        assert kept.problem
        assert "strides.parquet isn't the table" in kept.problem
        assert "--again" in kept.problem
        assert kept.entry["parameters"], "what doesn't hang on it is still told"
        assert walk_page_error.standard_errors(kept).keys() < light.keys()
        problems: list[str] = []
        pages = walk_pages_command.write_pages(tmp_path, "P001", tmp_path / "pages", problems=problems)
        assert problems == [kept.problem]
        assert "parquet" not in pages[0].read_text()
        assert "isn&#39;t the table" in pages[1].read_text()


def short(table: bytes, path: Path) -> None:
    """The table without its last stride, as one that an earlier analysis left."""
    pq.write_table(pq.read_table(io.BytesIO(table))[:-1], path)


@pytest.mark.parametrize("lost", [False, True])
def test_standing_for_longer_than_a_piece_is_a_pause_and_no_loss(lost: bool):
    made = walk_arrays("level", 4, 100.0, 30.0)
    feet, rng = made.foot_force_n, np.random.default_rng(1)
    quiet = np.full((50_000, 2), feet.sum(axis=1).mean() / 2) + rng.normal(0, 1, (50_000, 2))
    quiet[20_000:20_500] = np.nan if lost else quiet[20_000:20_500]
    walk = WalkInput("test", 100.0, np.concatenate((feet, quiet, feet)))
    whole, (_, found) = find(walk), find_long(HeldSource(walk, "x"), jobs=1, piece_s=120.0)
    for one in (whole, found):
        assert one.gait.pauses.lost.tolist() == [lost]
        assert one.gait.values["gait_pauses"] == 1 - lost
        assert len(one.gait.bouts) == 2
    if not lost:
        assert len(found.gait.strides) == len(whole.gait.strides)
        assert found.gait.values == pytest.approx(whole.gait.values, rel=1e-9, nan_ok=True)


def test_an_insole_that_is_silent_across_pieces_has_the_same_steps_as_in_one():
    made = walk_arrays("level", 5, 100.0, 160.0)
    force = made.foot_force_n.copy()
    force[5_000:13_000, 0] = np.nan
    walk = WalkInput("test", 100.0, force, acc_ms2=made.acc_ms2, gyr_dps=made.gyr_dps)
    whole, (_, found) = find(walk, 0.9), find_long(HeldSource(walk, "x"), 0.9, jobs=1, piece_s=40.0)
    assert whole.walked.left is not None
    assert found.walked.left is not None
    assert len(whole.walked.left) == len(found.walked.left)
    assert np.nanmax(np.abs(whole.walked.left.initial_s - found.walked.left.initial_s)) < 0.03
    assert whole.by == found.by
    said = [[note for note in one.notes if "without foot-off" in note] for one in (whole, found)]
    assert said[0] == said[1] != []
