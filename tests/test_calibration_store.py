# SPDX-License-Identifier: MIT
"""The folder of records: what is in force when, what is never used for whom, and files that are none."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot import calibration, calibration_store
from surefoot.calibration import Calibration, ImuCalibration, Made, Pair
from surefoot.errors import CalibrationError
from test_calibration import MADE, record

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: int) -> str:
    return (FIRST + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def of(day: int, pair: str = "", wearer: str | None = None, device: str = "f00d", **changes) -> Calibration:
    """A record of calibrated insoles and an assumed IMU, made on that day."""
    return record(created_utc=at(day), pair=Pair(pair), wearer=wearer, device=device, **changes)


def with_imu(day: int, imu_day: int | None = None, **more) -> Calibration:
    """The same with an IMU that was calibrated on a day that its numbers tell."""
    imu_day = day if imu_day is None else imu_day
    axes = calibration.IDENTITY
    return of(
        day,
        imu=ImuCalibration(axes, acc_bias_ms2=(0.001 * imu_day, 0.0, 0.0)),
        made_imu=Made("still poses", 1, at(imu_day)),
        **more,
    )


# Which record is in force


def test_an_insole_pairs_record_is_used_for_that_pair_alone():
    a, b = of(1, "A"), of(2, "B")
    assert calibration.choose([a, b], "f00d", at(5), "A") is a
    assert calibration.choose([a, b], "f00d", at(5), "B") is b
    assert calibration.choose([a, b], "f00d", at(5), "C") is None
    assert calibration.choose([a, b], "f00d", at(5)) is b


def test_a_pair_that_nobody_calibrated_has_nominal_insoles_and_the_boards_imu():
    old, new = with_imu(1, pair="A"), with_imu(3, pair="B")
    got = calibration.choose([new, old], "f00d", at(5), "C", foot_length_mm=240)
    assert got is not None
    assert got.nominal
    assert (got.pair.id, got.device, got.foot_length_mm) == ("C", "f00d", 240)
    assert got.gain_n_per_siemens_exp == calibration.nominal().gain_n_per_siemens_exp
    assert (got.imu, got.made_imu) == (new.imu, new.made_imu)
    assert got == calibration.sealed(got)
    assert calibration.check(calibration.to_dict(got)) == got


def test_a_newer_imu_of_the_same_board_joins_an_older_pairs_insoles():
    a, b = with_imu(1, pair="A"), with_imu(4, pair="B")
    got = calibration.choose([a, b], "f00d", at(5), "A")
    assert got is not None
    assert (got.imu, got.made_insole, got.cop_gain, got.pair.id) == (b.imu, a.made_insole, a.cop_gain, "A")
    assert got.supersedes == a.id
    assert got.created_utc == b.created_utc
    # Once that mixture stands beside the recordings, it is what is found there.
    assert calibration.choose([got], "f00d", at(5), "A") is got
    assert calibration.choose([a, b, got], "f00d", at(5), "A") is got
    assert calibration.choose([a, b], "f00d", at(3), "A") is a


def test_a_wearers_record_is_theirs_before_a_newer_one_of_anybody_and_nobody_elses():
    anybody, theirs = of(3), of(1, wearer="P001")
    assert calibration.choose([anybody, theirs], "f00d", at(5), wearer="P001") is theirs
    assert calibration.choose([anybody, theirs], "f00d", at(5), wearer="P002") is anybody
    assert calibration.choose([anybody, theirs], "f00d", at(5)) is anybody
    assert calibration.choose([theirs], "f00d", at(5), wearer="P002") is None


def test_a_superseded_record_is_used_only_for_those_whom_the_newer_one_is_not_for():
    general = of(1, "A")
    theirs = of(2, "A", "P001", supersedes=general.id)
    other_pair = of(3, "B", supersedes=theirs.id)
    records = [general, theirs, other_pair]
    assert calibration.choose(records, "f00d", at(5), "A", "P001") is theirs
    assert calibration.choose(records, "f00d", at(5), "A", "P002") is general
    assert calibration.choose(records, "f00d", at(1), "A", "P001") is general, "it was in force then"
    renewed = of(4, "A", supersedes=theirs.id)
    assert calibration.choose([*records, renewed], "f00d", at(5), "A", "P001") is renewed


def test_insoles_that_were_calibrated_come_before_a_newer_record_of_the_imu_alone():
    insoles, imu = of(1), with_imu(2, made_insole=None)
    got = calibration.choose([insoles, imu], "f00d", at(5))
    assert got is not None
    assert (got.made_insole, got.made_imu) == (MADE, imu.made_imu)


def test_an_expired_record_is_used_and_said():
    late = of(1, made_insole=replace(MADE, expires_utc=at(3)))
    assert calibration.choose([late], "f00d", at(5)) is late
    assert calibration.doubts(late, at(2)) == ()
    (text,) = calibration.doubts(late, at(3))
    assert "insoles expired on 2026-01-04" in text
    both = replace(late, made_imu=replace(MADE, expires_utc=at(2)))
    assert [("motion sensor" in text) for text in calibration.doubts(both, at(4))] == [False, True]


DAYS, PAIRS, WEARERS = st.integers(0, 20), st.sampled_from(["", "A", "B"]), st.sampled_from([None, "P001", "P002"])


@st.composite
def shelves(draw) -> list[Calibration]:
    made: list[Calibration] = []
    for _ in range(draw(st.integers(1, 6))):
        day, device = draw(DAYS), draw(st.sampled_from(["f00d", "beef"]))
        supersedes = draw(st.sampled_from([None, *(one.id for one in made)]))
        insole = draw(st.sampled_from([MADE, None]))
        make = with_imu if draw(st.booleans()) else of
        made.append(
            make(day, pair=draw(PAIRS), wearer=draw(WEARERS), device=device, supersedes=supersedes, made_insole=insole)
        )
    return made


@given(shelves(), DAYS, st.sampled_from([None, "A", "B"]), WEARERS, st.randoms())
def test_what_is_chosen_keeps_the_rules_whatever_is_there_in_whatever_order(records, day, pair, wearer, random):
    got = calibration.choose(records, "f00d", at(day), pair, wearer)
    mixed = list(records)
    random.shuffle(mixed)
    assert calibration.choose(mixed, "f00d", at(day), pair, wearer) == got
    mine = [r for r in records if r.device == "f00d" and r.created_utc <= at(day)]
    fitting = [r for r in mine if r.wearer in (None, wearer) and pair in (None, r.pair.id)]
    if got is None:
        gone = {r.supersedes for r in fitting}
        assert all(r.id in gone for r in fitting)
        return
    assert got.device == "f00d"
    assert got.created_utc <= at(day)
    assert got.wearer in (None, wearer)
    assert pair in (None, got.pair.id)
    source, imu = calibration.sources(records, "f00d", at(day), pair, wearer)
    assert source is None or (source in fitting and source.id not in {r.supersedes for r in fitting})
    assert imu is None or (imu in mine and imu.id not in {r.supersedes for r in mine})
    if got.made_insole:
        assert source is not None
        assert got.cop_gain == source.cop_gain
        rivals = [r for r in fitting if r.made_insole and r.id not in {s.supersedes for s in fitting}]
        assert source.wearer == (wearer if any(r.wearer == wearer for r in rivals) else None)
        same = [r.created_utc for r in rivals if r.wearer == source.wearer]
        assert source.created_utc == max(same)
    if imu:
        assert got.made_imu is not None
        assert got.made_imu.created_utc >= max(r.made_imu.created_utc for r in [imu] if r.made_imu)
    # Beside the recordings stands what was chosen, and nothing else: it is found there again.
    assert calibration.choose([got], "f00d", at(day), pair, wearer) == got


def test_the_record_of_another_wearer_or_board_is_refused_where_it_is_named():
    theirs = of(1, wearer="P001")
    assert calibration.must_be_of(theirs, "f00d", "P001") is theirs
    with pytest.raises(CalibrationError, match="of the wearer P001 alone"):
        calibration.must_be_of(theirs, "f00d", "P002")
    with pytest.raises(CalibrationError, match=r"of board f00d, and this board is beef"):
        calibration.must_be_of(theirs, "beef", "P001")


# The folder


def test_the_data_folder_is_the_one_named_then_the_environments_then_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("SUREFOOT_DATA", str(tmp_path / "env"))
    assert calibration_store.data_folder(tmp_path / "given") == tmp_path / "given"
    assert calibration_store.data_folder() == tmp_path / "env"
    monkeypatch.delenv("SUREFOOT_DATA")
    assert calibration_store.data_folder() == Path.home() / "surefoot"
    assert calibration_store.data_folder(Path("~/clinic")) == Path.home() / "clinic"


def test_records_come_back_in_the_order_of_their_making(tmp_path):
    newer, older = of(4), of(2)
    for one in (newer, older):
        assert calibration_store.save(one, tmp_path) == tmp_path / "calibration" / f"{one.id}.json"
    assert calibration_store.records(tmp_path) == (older, newer)
    assert calibration_store.records(tmp_path / "nowhere") == ()


def test_saving_the_same_twice_is_one_file_and_a_damaged_one_is_never_written_over(tmp_path):
    one = of(1)
    path = calibration_store.save(one, tmp_path)
    before = path.stat().st_mtime_ns
    assert calibration_store.save(one, tmp_path) == path
    assert path.stat().st_mtime_ns == before
    path.write_text(path.read_text()[:300])
    with pytest.raises(CalibrationError, match="JSON"):
        calibration_store.save(one, tmp_path)
    assert len(path.read_text()) == 300


def test_a_file_that_is_no_record_is_named_and_keeps_no_other_back(tmp_path):
    good, edited, half, future = of(1), of(2), of(3), of(4)
    paths = [calibration_store.save(one, tmp_path) for one in (good, edited, half, future)]
    paths[1].write_text(paths[1].read_text().replace('"wearer": null', '"wearer": "P009"'))
    paths[2].write_text(paths[2].read_text()[:1000])
    raw = json.loads(paths[3].read_text())
    paths[3].write_text(json.dumps(raw | {"record": calibration.RECORD + 1}))
    (paths[0].parent / "notes.txt").write_text("not a record")
    (paths[0].parent / ".cal-1.json.part").write_text("{")
    (paths[0].parent / "binary.json").write_bytes(b"\xff\xfe\x00")
    found = calibration_store.shelf(tmp_path)
    assert found.records == (good,)
    said = "\n".join(found.problems)
    assert len(found.problems) == 4
    for path, words in zip(paths[1:], ("changed after it was made", "JSON", "update Surefoot"), strict=True):
        (line,) = [text for text in found.problems if str(path) in text]
        assert words in line
    assert "binary.json" in said


def test_two_different_records_of_one_id_are_both_left_alone_and_a_copy_does_no_harm(tmp_path):
    good = of(1)
    path = calibration_store.save(good, tmp_path)
    (path.parent / "copy.json").write_bytes(path.read_bytes())
    assert calibration_store.shelf(tmp_path).problems == ()
    assert calibration_store.records(tmp_path) == (good,)
    for name, length in (("one.json", 265.0), ("two.json", 270.0)):
        raw = calibration.to_dict(replace(of(2), id="mine", foot_length_mm=length))
        (path.parent / name).write_text(json.dumps(raw))
    found = calibration_store.shelf(tmp_path)
    assert found.records == (good,)
    (words,) = found.problems
    assert "one.json" in words
    assert "two.json" in words
    assert "one id, mine" in words


def test_a_folder_that_can_not_be_read_is_no_empty_one(tmp_path, monkeypatch):
    (tmp_path / "calibration").write_text("a file where the folder should be")
    with pytest.raises(CalibrationError, match=r"can't be read .*make it readable"):
        calibration_store.records(tmp_path)
    with pytest.raises(CalibrationError, match="can't be written"):
        calibration_store.save(of(1), tmp_path)

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(CalibrationError, match=r"can't be read \(Permission denied\)"):
        calibration_store.records(tmp_path / "other")


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path, monkeypatch):
    real = Path.write_text

    def full(self, text, **more):
        real(self, text[:100], **more)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CalibrationError, match=r"can't be written \(No space left on device\)"):
        calibration_store.save(of(1), tmp_path)
    assert os.listdir(tmp_path / "calibration") == []


def test_a_record_is_found_by_the_beginning_of_its_id_or_by_its_file(tmp_path):
    one = of(1)
    path = calibration_store.save(one, tmp_path)
    assert calibration_store.find(tmp_path, one.id[:8]) == one
    assert calibration_store.find(tmp_path / "none", str(path)) == one
    calibration_store.save(of(2), tmp_path)
    for asked in ("cal-", "", "nothing"):
        with pytest.raises(CalibrationError, match="`surefoot calibration list` shows their ids"):
            calibration_store.find(tmp_path, asked)


def test_a_text_is_kept_byte_by_byte_of_whatever_version(tmp_path):
    text = (Path(__file__).parent / "golden" / "calibration-1.json").read_text()
    record_1, new = calibration_store.keep(text, tmp_path, "The board's file")
    assert new
    assert (tmp_path / f"{record_1.id}.json").read_text() == text
    assert calibration_store.keep(text, tmp_path, "The board's file") == (record_1, False)
    by_hand = json.dumps(calibration.to_dict(replace(of(1), id="mine")))
    with pytest.raises(CalibrationError, match="The board's file has the id mine"):
        calibration_store.keep(by_hand, tmp_path, "The board's file")


@pytest.mark.parametrize("text", ['{"a": 1e999}', "[" * 100_000, '{"a": Infinity}'])
def test_numbers_and_nests_that_no_record_has_are_refused(text):
    with pytest.raises(CalibrationError, match="not readable as JSON"):
        calibration.parse(text, "It")
