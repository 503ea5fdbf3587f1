# SPDX-License-Identifier: MIT
"""One trial through the whole chain: person, soles, parts, firmware, frames, pty, recording, signals, measures.

And beside it the same measures of what the person truly did, by the same filter over the same seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from surefoot import calibration, measures
from surefoot.calibration import Calibration
from surefoot.care.protocol import Protocol, load_protocol
from surefoot.clinic.holding import hold
from surefoot.clinic.session import Setup, run_protocol
from surefoot.clinic.trial import trial_entry
from surefoot.decode import Decoded
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.electronics import cell_counts
from surefoot.device.virtual.leans import calibration_run
from surefoot.device.virtual.stand import Stand
from surefoot.device.virtual.world import World
from surefoot.fit.leans import cell_gains, fit
from surefoot.measures import Processing
from surefoot.recording import read
from surefoot.signals import Signals, net_cop_m, placement_of, to_signals

UTC = "2026-01-01T00:00:00Z"
RATE_HZ = 100.0
HOLD_S = 30.0


@cache
def _quiet_stance() -> Protocol:
    return load_protocol("quiet-stance")


def protocol(hold_s: float = HOLD_S, condition: str = "eyes-open") -> Protocol:
    """Quiet stance, cut down to one condition and perhaps another length."""
    whole = _quiet_stance()
    return replace(whole, conditions=(replace(whole.condition(condition), hold_s=hold_s),))


def calibrated(
    world: World, device: str = "virtual", *, gains: bool = True, stance: bool = True, **leans: Any
) -> Calibration:
    """A level-1 record from leans, over the range of standing or, without `stance`, over the whole foot.

    With `gains` each cell's own gain comes from known loads first, as in a pressure bladder. The noise floor is set to
    the gate's limit, so that paths are measured at 10 Hz on every board: what its noise does is seen, not filtered.
    """
    base = replace(calibration.nominal(world.person.insole_length_m * 1e3), device=device)
    if gains:
        load_n = np.tile(np.linspace(10, 140, 60)[:, None], (1, 16))
        base = cell_gains(cell_counts(world.electronics, load_n, np.zeros((60, 16))), load_n, base, created_utc=UTC)
    run = calibration_run(world, stance=stance, **leans)
    made = fit(run.counts, run.foot_cop_m, run.foot_force_n, device=device, base=base, created_utc=UTC)
    return calibration.sealed(replace(made, cop_noise_mm=0.05))


@dataclass(frozen=True)
class Trial:
    """A recorded trial: who stood, the world's time at which their condition began, and what arrived."""

    stand: Stand
    began_s: float
    hold_s: float
    decoded: Decoded


def record(
    stand: Stand, out: Path, *, hold_s: float = HOLD_S, condition: str = "eyes-open", seed: int = 0, **board: Any
) -> Trial:
    """Run one trial on the virtual board, in lockstep."""
    plan = protocol(hold_s, condition)
    with VirtualBoard(stand.world, seed=seed, **board) as virtual, open_link(virtual.port, virtual.timing()) as link:
        began_s = stand.take(plan.conditions[0].vision, plan.conditions[0].surface)
        setup = Setup("TRUTH", out, stand.placement, simulated=True, utc_now=lambda: UTC)
        outcome = run_protocol(link, plan, setup, lambda moment: None)
    return Trial(stand, began_s, hold_s, read(outcome.recordings[0]))


@dataclass(frozen=True)
class Held:
    """What the host makes of the held seconds of a trial, and the world's times [n] of its samples."""

    signals: Signals
    rows: slice
    net_m: np.ndarray
    at_s: np.ndarray


def held(trial: Trial, made: Calibration) -> Held:
    """The signals of a trial and its held rows."""
    signals = to_signals(trial.decoded, made)
    found = hold(trial.decoded, signals, trial.hold_s)
    assert found.ended == "complete", found.sentence
    rows = slice(found.begin, found.end)
    net_m = net_cop_m(signals, placement_of(trial.decoded, made))[rows]
    # The board's microseconds are the world's: its crystal errs against the host's clock only.
    return Held(signals, rows, net_m, (signals.t0_us * 1e-6 + signals.t_s)[rows])


def reported(trial: Trial, made: Calibration) -> dict[str, float]:
    """The measures that the product reports of a trial."""
    plan = protocol(trial.hold_s)
    entry = trial_entry(Path("trial"), trial.decoded, plan, plan.conditions[0], made)
    assert entry["ended"] == "complete", entry["warnings"]
    return {key: found["value"] for key, found in entry["measures"].items()}


def treatment(filter_hz: float | None) -> Processing:
    """The protocol's treatment of the held seconds, by another low-pass or none."""
    analysis = _quiet_stance().analysis
    return Processing(filter_hz, analysis.order, analysis.trim_s)


def sway(cop_m: np.ndarray, filter_hz: float | None = 10.0) -> dict[str, float]:
    """The sway measures of a net CoP [n,2] of the held seconds."""
    return dict(measures.cop_measures(cop_m, RATE_HZ, treatment(filter_hz)))


def true_net_m(stand: Stand, at_s: np.ndarray) -> np.ndarray:
    """Where the person's net CoP truly was, [n,2]."""
    truth = stand.world.truth(at_s)
    return np.column_stack((truth["cop_ml_mm"], truth["cop_ap_mm"])) * 1e-3


def true_measures(stand: Stand, at_s: np.ndarray) -> dict[str, float]:
    """The same measures of what the person truly did, of net CoP, load and trunk."""
    truth = stand.world.truth(at_s)
    trunk = treatment(load_protocol("quiet-stance").analysis.trunk_filter_hz)
    found = sway(true_net_m(stand, at_s))
    found |= measures.load_measures(truth["foot_force_n"], RATE_HZ, treatment(10.0))
    return found | measures.trunk_measures(truth["acc_ms2"], RATE_HZ, trunk)


def lags_ms(seen: np.ndarray, true: np.ndarray, keys: Sequence[int] = (0, 1)) -> list[float]:
    """How many milliseconds each column [n,k] of `seen` lags behind `true`, by regression on value and slope."""
    out = []
    for column in keys:
        x = true[:, column] - true[:, column].mean()
        design = np.column_stack((x, -np.gradient(x, 1 / RATE_HZ)))
        gain, slope = np.linalg.lstsq(design, seen[:, column] - seen[:, column].mean(), rcond=None)[0]
        out.append(1e3 * float(slope / gain))
    return out
