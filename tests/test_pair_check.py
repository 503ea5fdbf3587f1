# SPDX-License-Identifier: MIT
"""A pair of insoles before a session: does each carry its foot, is left left, and who wore it before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surefoot import calibration, calibration_store
from surefoot.calibration_law import counts_of
from surefoot.clinic import in_force, pair_check, pair_log
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.errors import CalibrationError, RecordingError
from surefoot.recording import read

NOMINAL = calibration.nominal()
UTC = "2026-01-01T00:00:00Z"


def counts(left_share: float, total_n: float = 300.0, rows: int = 40) -> np.ndarray:
    """What even loads on all cells of both feet read."""
    foot = np.repeat((left_share, 1 - left_share), 8) * total_n / 8
    return np.tile(np.rint(counts_of(foot, NOMINAL)), (rows, 1)).astype(np.uint16)


class Stander:
    """A world of constant loads: `left_share` may change at any time, and the plugs may be swapped or out."""

    def __init__(self, left_share: float = 0.5, *, swapped: bool = False, out: tuple[int, ...] = ()):
        self.left_share, self.swapped, self.out = left_share, swapped, out
        self._rows: dict[float, np.ndarray] = {}

    def slots(self, first: int, n: int) -> bytes:
        if self.left_share not in self._rows:
            self._rows[self.left_share] = counts(self.left_share, rows=1)[0]
        row = self._rows[self.left_share]
        feet = [row[:8], row[8:]]
        for foot in self.out:
            feet[foot] = np.zeros(8, np.uint16)
        cells = np.concatenate(feet[::-1] if self.swapped else feet)
        slot = cells.astype("<u2").tobytes() + np.array([0, 0, 1_000_000, 0, 0, 0], "<i4").tobytes()
        return slot * n


def checked(folder: Path, world: Stander, lean_to: float, said: list[str], pair: str | None = "A") -> None:
    """The check by the command's own function; the person leans as they are told to."""

    def tell(text: str) -> None:
        said.append(text)
        if "lean to the left" in text:
            world.left_share = lean_to

    with VirtualBoard(world, seed=1) as board, open_link(board.port, board.timing()) as link:
        in_force.check(link, in_force.InForce(None, pair), folder, tell, UTC)


def test_a_pair_in_its_place_passes_and_the_recording_stays_among_the_evidence(tmp_path):
    said: list[str] = []
    checked(tmp_path, Stander(0.48), 0.66, said)
    assert "left is left (48% of the load left in standing, 66% leaning left)" in said[-1]
    (path,) = calibration_store.evidence_folder(tmp_path).glob("*.sfr")
    decoded = read(path)
    assert decoded.head["pair"] == "A"
    assert [note["key"] for note in decoded.notes if note.get("phase") == "end"] == ["pair-stand", "pair-lean"]
    (entry,) = pair_log.entries(tmp_path, "A")
    assert (entry["what"], entry["ok"], entry["evidence"]) == ("checked", True, path.name)


def test_swapped_insoles_are_said_and_stop_the_session(tmp_path):
    said: list[str] = []
    with pytest.raises(CalibrationError, match=r"loaded the right insole .* plugs are swapped.*left one left"):
        checked(tmp_path, Stander(0.5, swapped=True), 0.7, said)
    assert pair_log.entries(tmp_path, "A")[0]["ok"] is False


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (Stander(out=(0,)), "the left insole carries nothing"),
        (Stander(out=(1,)), "the right insole carries nothing"),
        (Stander(out=(0, 1)), "nobody stands on the insoles"),
        (Stander(0.9), "90% of the load is on the left insole"),
        (Stander(0.5), "no lean is seen"),
    ],
)
def test_what_is_wrong_is_said_while_it_lasts_and_at_its_end(tmp_path, monkeypatch, world, words):
    from surefoot.clinic import guide

    real = guide.Guide.step
    monkeypatch.setattr(guide.Guide, "step", lambda *args, **more: real(*args, **more, patience_s=12.0))
    said: list[str] = []
    with pytest.raises(CalibrationError, match=f"did not succeed .*{words}"):
        checked(tmp_path, world, world.left_share, said, None)
    assert not calibration_store.pairs_folder(tmp_path).exists()


def test_the_shares_are_those_of_the_record_and_its_zero():
    assert pair_check.left_share(counts(0.3), NOMINAL) == pytest.approx(0.3, abs=0.002)
    assert np.isnan(pair_check.left_share(counts(0.3) * 0, NOMINAL))
    assert pair_check.why_not_standing(counts(0.5), NOMINAL) is None
    raised = calibration.sealed(replace(NOMINAL, zero_count=(4000.0,) * 16))
    assert "nobody" in str(pair_check.why_not_standing(counts(0.5), raised))
    assert not pair_check.Checked(0.4, 0.5).swapped
    assert pair_check.Checked(0.4, 0.3).swapped


# What happened to a pair


def test_a_pair_that_somebody_else_wore_is_to_be_cleaned(tmp_path):
    def doubt(person: str) -> str | None:
        return pair_log.not_cleaned(pair_log.entries(tmp_path, "A"), person)

    assert doubt("P001") is None
    pair_log.note(tmp_path, "A", pair_log.WORN, "P001", UTC)
    assert doubt("P001") is None
    assert "another person on 2026-01-01 and not cleaned since" in str(doubt("P002"))
    assert "P001" not in str(doubt("P002")), "who it was is nobody else's business"
    pair_log.note(tmp_path, "A", pair_log.WORN, "P002", UTC)
    assert doubt("P002"), "still nobody cleaned it"
    pair_log.note(tmp_path, "A", pair_log.CLEANED, "T001", UTC)
    pair_log.note(tmp_path, "A", pair_log.CHECKED, utc=UTC, ok=True)
    assert doubt("P001") is None
    assert pair_log.not_cleaned(pair_log.entries(tmp_path, "B"), "P002") is None


def test_a_line_that_was_cut_costs_itself_only(tmp_path):
    path = pair_log.note(tmp_path, "A", pair_log.WORN, "P001", UTC)
    with path.open("a") as file:
        file.write('{"utc": "2026-01-0')
    pair_log.note(tmp_path, "A", pair_log.CLEANED, utc=UTC)
    path.write_bytes(path.read_bytes() + b"\xff\n[1]\n{}\n")
    assert [entry["what"] for entry in pair_log.entries(tmp_path, "A")] == ["worn", "cleaned"]


@pytest.mark.parametrize("pair", ["", "../x", "a b", "a/b", "A" * 33, "\u00fc", ".hidden"])
def test_what_can_not_name_a_pair(tmp_path, pair):
    with pytest.raises(CalibrationError, match="can't name a pair"):
        pair_log.note(tmp_path, pair, pair_log.CLEANED)
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_no_code_and_a_log_that_can_not_be_written_is_said(tmp_path):
    with pytest.raises(RecordingError, match="never a name"):
        pair_log.note(tmp_path, "A", pair_log.CLEANED, "Anna Li")
    (tmp_path / "pairs").write_text("")
    with pytest.raises(CalibrationError, match="can't be written"):
        pair_log.note(tmp_path, "A", pair_log.CLEANED)
    with pytest.raises(CalibrationError, match="can't be read"):
        pair_log.entries(tmp_path, "A")
    said: list[str] = []
    in_force.wear(in_force.InForce(None, "A"), tmp_path, "P001", said.append)
    assert len(said) == 1
    assert "can't be read" in said[0]
