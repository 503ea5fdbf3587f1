# SPDX-License-Identifier: MIT
"""The detectors on synthetic people that they were not made on, from the part of the range that development may see.

Sensors with noise, up to 20 degrees of misplacement and lost rows. Few people each, so that it stays quick.
"""

from __future__ import annotations

import numpy as np
import pytest

from surefoot.device.virtual.movers import Arrays, Performance, perform, sensors
from surefoot.measures.events import balance_loss, sit_to_stand, tug

RATE_HZ = 100.0
PEOPLE = range(100, 106)


def recorded(kind: str, person: int) -> tuple[Performance, Arrays]:
    performance = perform(kind, person)
    return performance, performance.signals(performance.times_s(RATE_HZ), sensors(person))


@pytest.mark.parametrize("kind", ["quiet", "slow-lean", "cough", "head-turn", "arms"])
def test_what_is_no_loss_stops_nothing(kind):
    for person in PEOPLE:
        performance, heard = recorded(kind, person)
        found = balance_loss(heard.foot_force_n, heard.acc_ms2, heard.gyr_dps, RATE_HZ, performance.truth.cue_s)
        assert found.events == (), person


@pytest.mark.parametrize("kind", ["step", "lift"])
def test_steps_and_lifts_are_found_in_time(kind):
    for person in PEOPLE:
        performance, heard = recorded(kind, person)
        found = balance_loss(heard.foot_force_n, heard.acc_ms2, heard.gyr_dps, RATE_HZ, performance.truth.cue_s)
        feet = [event for event in found.events if event.foot]
        assert abs(feet[0].onset_s - performance.truth.all(kind)[0].begin_s) < 0.3, person
        assert abs(feet[0].seen_s - performance.truth.all(kind)[0].begin_s) < 0.3, person


def test_five_rises_are_counted_and_timed():
    for person in PEOPLE:
        performance, heard = recorded("five-times", person)
        found = sit_to_stand(heard.foot_force_n, heard.acc_ms2, heard.gyr_dps, RATE_HZ)
        assert found.count == performance.truth.counts["stands"], person
        assert found.partial == performance.truth.counts["partial"], person


def test_the_total_of_a_timed_up_and_go():
    errors = []
    for person in PEOPLE:
        performance, heard = recorded("tug", person)
        truth = performance.truth
        found = tug(heard.foot_force_n, heard.acc_ms2, heard.gyr_dps, RATE_HZ, truth.cue_s)
        errors.append(found.clinical_s - (truth.all("seated")[-1].begin_s - truth.cue_s))
    assert np.percentile(np.abs(errors), 95) <= 0.1
