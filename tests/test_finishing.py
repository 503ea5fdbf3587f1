# SPDX-License-Identifier: MIT
"""Moving tests that the device ends: when somebody sits again after all that was asked, never before, keys first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moving import recorded
from protocol_truth import Stage, only, stage
from surefoot.calibration import nominal
from surefoot.care.protocol import Condition, Protocol, load_protocol
from surefoot.clinic.finishing import LOOK_S, SETTLED_S, finish_of
from surefoot.clinic.watching import Seen, Watcher
from surefoot.device.virtual.movers import Truth, perform
from surefoot.recording import read
from watching import POLL_S, RATE_HZ, Arrived

TUG, CHAIR, SPPB = (load_protocol(name) for name in ("tug", "sit-to-stand-5", "sppb"))
TO_STAND = next(one for one in SPPB.conditions if one.ends_on == "fifth-stand")


def ended(
    protocol: Protocol, condition: Condition, kind: str, seed: int, until_s: float = np.inf, deaf: str = "", **drawn
) -> tuple[Truth, Seen | None, float]:
    """A mover by drawn sensors, watched as they go: the truth, what ended it, and when that was said."""
    seen = perform(kind, seed, **drawn)
    arrays = recorded(seen)
    if deaf:
        arrays = replace(arrays, **{deaf: np.full_like(getattr(arrays, deaf), np.nan)})
    rows = Arrived(arrays)
    watcher = Watcher(protocol, condition, None, nominal())
    watcher.begin_at(rows, seen.truth.cue_s * RATE_HZ)
    last = min(len(arrays.foot_force_n), round(min(until_s, 1e6) * RATE_HZ))
    for row in range(0, last, round(POLL_S * RATE_HZ)):
        rows.next = row
        found = watcher.look()
        if found and found.finished:
            return seen.truth, found, row / RATE_HZ
    return seen.truth, None, last / RATE_HZ


@pytest.mark.parametrize(
    ("protocol", "kind", "seed"), [(TUG, "tug", 410), (TUG, "tug", 411), (CHAIR, "five-times", 412)]
)
def test_it_is_over_when_they_sit_again(protocol: Protocol, kind: str, seed: int) -> None:
    truth, found, told_s = ended(protocol, protocol.conditions[0], kind, seed)
    true_s = truth.all("seated")[-1].begin_s
    assert found is not None
    assert found.ends
    assert found.at_s + truth.cue_s == pytest.approx(true_s, abs=0.1)
    assert SETTLED_S - 0.1 <= told_s - true_s <= SETTLED_S + LOOK_S + 0.15
    assert f"{found.at_s:.1f} s" in found.words
    assert "seen by the device" in found.words


def test_the_fifth_stand_ends_where_the_test_says_so() -> None:
    truth, found, _ = ended(SPPB, TO_STAND, "five-times", 413)
    stands = truth.all("rise")
    assert found is not None
    assert found.at_s + truth.cue_s == pytest.approx(stands[4].end_s, abs=0.3)


def test_four_times_are_not_five() -> None:
    fourth_s = perform("five-times", 412).truth.all("seated")[3].begin_s
    assert ended(CHAIR, CHAIR.conditions[0], "five-times", 412, until_s=fourth_s + 0.1)[1] is None


@pytest.mark.parametrize("deaf", ["gyr_dps", "foot_force_n"])
def test_what_the_device_cannot_be_sure_of_is_left_to_the_observer(deaf: str) -> None:
    assert ended(TUG, TUG.conditions[0], "tug", 410, deaf=deaf)[1] is None


def test_who_rises_and_sits_back_has_not_done_a_tug() -> None:
    assert ended(TUG, TUG.conditions[0], "one-rise", 414)[1] is None


def test_only_ends_that_a_detector_sees_have_one() -> None:
    has = {name: [finish_of(p, c) is not None for c in p.conditions] for name, p in _some()}
    assert has["tug"] == has["sit-to-stand-5"] == [True]
    assert not any(any(has[name]) for name in ("sit-to-stand-30s", "walk-10m", "quiet-stance"))


def _some() -> list[tuple[str, Protocol]]:
    names = ("tug", "sit-to-stand-5", "sit-to-stand-30s", "walk-10m", "quiet-stance")
    return [(name, load_protocol(name)) for name in names]


# On the board


@pytest.fixture(scope="module")
def here():
    with stage() as made:
        yield made


def test_a_tug_on_the_board_ends_by_itself_and_has_the_detectors_time(here: Stage) -> None:
    one = only(TUG, TUG.conditions[0])
    _, result, cast = here.session(one, lambda cast: setattr(cast, "keys", ()))
    trial = result["trials"][0]
    seated_s = cast._act.what.truth.all("seated")[-1].begin_s  # type: ignore[union-attr]
    assert trial["ended"] == "complete"
    assert trial["duration_s"] < seated_s + SETTLED_S + LOOK_S + 0.3
    assert trial["measures"]["elapsed_s"]["value"] == pytest.approx(seated_s, abs=0.15)
    assert [mark["by"] for mark in trial["marks"] if mark["mark"] == "finish"] == ["device"]
    told = [moment.text for moment in cast.moments if moment.kind == "mark"]
    assert any("seated again, seen by the device" in text for text in told)
    path = next((here.folder / f"{here.number:03d}").glob("*.sfr"))
    assert next(note for note in read(path).notes if note["note"] == "stop")["reason"] == "complete"


@pytest.mark.soak
def test_arms_that_were_used_still_spoil_it_just_after_the_device(here: Stage) -> None:
    one = only(CHAIR, CHAIR.conditions[0])

    def late(cast) -> None:
        seated_s = cast.pick(one, one.conditions[0], 1, None).what.truth.all("seated")[-1].begin_s
        cast.keys = ((seated_s + SETTLED_S + LOOK_S + 0.6, "a"),)

    _, result, _ = here.session(one, late)
    trial = result["trials"][0]
    assert trial["ended"] == "complete"
    assert "arms-used" in {mark["mark"] for mark in trial["marks"]}
    assert result["outcomes"][0]["value"] is None
    assert "arms" in result["outcomes"][0]["reason"].lower()
