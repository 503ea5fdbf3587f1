# SPDX-License-Identifier: MIT
"""A whole test without hardware: the firmware as flashed, on a virtual board, under a simulated person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import calibration
from .calibration import Calibration
from .care.protocol import load_protocol
from .clinic.scoring import CALIBRATION_FOLDER
from .clinic.session import Moment, Outcome, Setup, Tell, new_folder, run_protocol
from .decode import Decoded, decode
from .device.link import REAL_TIMING, open_link
from .device.virtual import VIRTUAL_ID
from .device.virtual.board import VirtualBoard
from .device.virtual.leans import calibration_run
from .device.virtual.stand import Stand, stand_for
from .device.virtual.world import dead_weight
from .errors import RecordingError
from .fit.leans import dead_weight_noise, fit
from .recording import SUFFIX

PROTOCOL = "quiet-stance"
PERSON_CODE = "DEMO"
# On virtual time nothing may depend on today, or the same seed would not give the same bytes.
VIRTUAL_UTC = "2026-01-01T00:00:00Z"
WEIGHED_S = 10.0
# What a demo writes, and what is in it and in nothing of a real person's.
MADE_HERE = {
    f"*{SUFFIX}": f'"person": "{PERSON_CODE}"',
    "result.json": f'"person": "{PERSON_CODE}"',
    "report.html": f"<title>{PERSON_CODE}: ",
    f"{CALIBRATION_FOLDER}/*.json": f'"device": "{VIRTUAL_ID}',
}


def calibrate(stand: Stand, seed: int, device: str, created_utc: str = VIRTUAL_UTC) -> Calibration:
    """A level-1 record of the virtual board, from simulated leans and a dead weight: nothing is read off the model."""
    counts, cop_m, force_n = calibration_run(stand.world, stance=True)
    base = calibration.nominal(stand.world.person.insole_length_m * 1e3)
    made = fit(counts, cop_m, force_n, device=device, base=base, created_utc=created_utc)
    weighed = record_dead_weight(stand, seed).samples["cells"].counts
    noise_mm = dead_weight_noise(weighed, made, stand.placement)
    return calibration.sealed(replace(made, cop_noise_mm=round(noise_mm, 5)))


def record_dead_weight(stand: Stand, seed: int, seconds: float = WEIGHED_S) -> Decoded:
    """What the board sends of a weight that doesn't move, on the same insoles and the same parts."""
    still = dead_weight(stand.world.seed, electronics=stand.world.electronics, person=stand.world.person)
    received = bytearray()
    with VirtualBoard(still, seed=seed) as board, open_link(board.port, board.timing()) as link:
        link.tap(received.extend)
        link.start(rate_hz=100)
        end_s = link.timing.now_s() + seconds
        while link.timing.now_s() < end_s:
            link.poll(0.1)
        link.stop()
    return decode(bytes(received))


def acting(stand: Stand, tell: Tell) -> Tell:
    """The simulated person hears the cues as the real one would."""

    def both(moment: Moment) -> None:
        if moment.kind == "trial" and moment.condition:
            stand.take(moment.condition.vision, moment.condition.surface)
        tell(moment)

    return both


def clear(out: Path, made_here: Mapping[str, str] = MADE_HERE) -> None:
    """Empty the folder of an earlier demo. Raises RecordingError, before anything is gone, where it is not a demo's."""
    found = [(path, mark) for pattern, mark in made_here.items() for path in out.glob(pattern)]
    for path, mark in found:
        if mark.encode() not in path.read_bytes():
            raise RecordingError(
                f"{path} is not of a demo, and nothing of anybody else's is ever overwritten: choose another --out."
            )
    for path, _ in found:
        path.unlink()


def run_demo(
    out: Path, person: str, seed: int, live: bool, replay: list[Path] | None, screen: Any, protocol_name: str = PROTOCOL
) -> Outcome:
    """Run the protocol on a virtual board and leave its recordings and calibration record in `out`."""
    protocol = load_protocol(protocol_name)
    stand = stand_for(person, seed, replay)
    clear(out)
    new_folder(out)
    now: Callable[[], str] = (lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")) if live else lambda: VIRTUAL_UTC
    who = f"a replayed person ({', '.join(path.name for path in replay)})" if replay else f"a simulated {person} person"
    screen.say(f"A virtual board with {who}, seed {seed}; {'real' if live else 'virtual'} time.")
    with ExitStack() as stack:
        board = stack.enter_context(VirtualBoard(stand.world, live=live, seed=seed))
        record = calibrate(stand, seed, board.unique_id, now())
        calibration.save(record, out / CALIBRATION_FOLDER)
        setup = Setup(PERSON_CODE, out, stand.placement, simulated=True, calibration=record, utc_now=now)
        link = stack.enter_context(open_link(board.port, REAL_TIMING if live else board.timing()))
        return run_protocol(link, protocol, setup, acting(stand, screen.tell))
