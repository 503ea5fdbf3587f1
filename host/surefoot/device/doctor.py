# SPDX-License-Identifier: MIT
"""Is this board fit to measure? Its own self-test, then the line, the clocks, the samples and the noise, as findings.

`CHECKS` is the one table of what is looked at, in the order in which it is shown, and of what to do where it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .. import wire
from ..decode import Decoded, Ping, decode
from ..errors import DeviceLost, LinkError, NoReply, Refused, SurefootError, WireMismatch
from . import clock
from .framer import Frame
from .link import Link

SELFTEST_S = 15.0  # until it says that it is done; it takes about 3.5 s
PINGS, PING_EVERY_S = 12, 0.1
BOUND_S = 0.010  # one sample at 100 Hz
STREAM_S = 2.0
WEIGHED_S = 10.0
LATE_SHARE = 1e-3
POLL_S = 0.05
BATTERY_LOW = "battery-low"
LOG_BYTES_PER_S = 2500  # of a walk at 100 Hz, packed; the same figure as in firmware/jobs.py

Verdict = Literal["ok", "fail", "skip"]
Noise = Callable[[Any], tuple[bool, str]]  # of counts [n,16] under a dead weight: whether it passes, and in words


class Check(NamedTuple):
    """What a check is called on a screen, and what to do where it fails."""

    label: str
    advice: str


_WIRES = "Check the IMU's 3.3 V and its wires (clock, data in, data out, select)."
_IMU = "Repeat with the board lying still; if it fails again, replace the IMU."
_PLUG = "Check that insole's plug and cable, and its converter's 3.3 V and wires."
_LINE = "Use another USB cable or port, without a hub, and keep the cable away from motors and chargers."
CHECKS: dict[str, Check] = {
    "port": Check("Port", "Plug the board in by a cable that carries data; 'surefoot devices' lists the ports."),
    "wire": Check("Firmware and wire version", "Copy the firmware that came with this software to the board."),
    "selftest": Check("Self-test of the board", "Press the board's reset and repeat; copy the firmware to it again."),
    "imu": Check("IMU answers", _WIRES),
    "imu-acc-test": Check("IMU self-test, acceleration", _IMU),
    "imu-gyro-test": Check("IMU self-test, turn rate", _IMU),
    "imu-rate": Check("IMU sends every sample", _WIRES),
    "imu-clock": Check("IMU clock within 10 %", "Replace the IMU: its oscillator is off."),
    "imu-axes": Check("IMU axes all alive", "Replace the IMU: an axis that never moves by one count is dead."),
    "imu-still": Check("Board at rest", "Lay the board down, don't touch it, and repeat."),
    "imu-gravity": Check("IMU feels gravity", "Repeat with the board lying still; otherwise replace the IMU."),
    "imu-temperature": Check("IMU temperature", "Let the board come to room temperature; otherwise replace the IMU."),
    "adc": Check("Converters' replies are sound", "Shorten the insole cables, and check their plugs and grounds."),
    "adc-left": Check("Left insole answers", _PLUG),
    "adc-right": Check("Right insole answers", _PLUG),
    "cells-top": Check(
        "No cell at the end of its range",
        "Take all weight off and repeat. At the end of its range without weight, a cell or its wire is shorted: mend "
        "or replace it. Only under weight, spread the load or use a smaller resistor.",
    ),
    "cells-stuck": Check("No cell stuck", "Press on the cell: if the number stays, replace the cell or its cable."),
    "cells-rest": Check(
        "Empty cells near zero",
        "Step off the insoles, take them out of tight shoes, or use --loaded with weight on them. A cell that stays up "
        "is damaged: replace it.",
    ),
    "cells-open": Check(
        "Every cell feels the load",
        "Load both insoles over their whole length. A cell that still reads nothing has a broken wire: mend it, or "
        "replace the cell.",
    ),
    "cells-noise": Check(
        "Noise of the cells", "Check grounds and shields of the insole cables; unplug chargers nearby."
    ),
    "log": Check("Log memory", "Fetch the walks that can still be read, then erase the log."),
    "log-room": Check("Room in the log", "Fetch old walks, erase them, and prepare the log."),
    "clock": Check("Clock of the board", "Replace the board: its two clocks disagree."),
    "heap": Check("Free memory of the board", "Press the board's reset; if it stays, copy the firmware to it again."),
    "ping": Check("Clock against this computer", _LINE),
    "one-clock": Check(
        "One clock from first to last",
        "Keep the computer awake, check cable and battery, and repeat; if it fails again, replace the board.",
    ),
    "line": Check("Nothing lost on the line", _LINE),
    "late": Check("Samples taken in time", "Use no other program on the board; copy the firmware to it again."),
    "imu-stream": Check("IMU while measuring", _WIRES),
    "noise": Check(
        "Noise of the centre of pressure",
        "Weigh with dead weights that don't move, at least 30 kg, on both insoles; then check grounds and plugs.",
    ),
    "battery": Check("Battery", "Charge the board."),
}
NEEDS_WEIGHT = "needs dead weights on both insoles: --loaded"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `advice` only where it failed."""

    check: str
    verdict: Verdict
    value: str

    @property
    def label(self) -> str:
        return CHECKS[self.check].label if self.check in CHECKS else self.check

    @property
    def advice(self) -> str:
        if self.verdict != "fail":
            return ""
        return CHECKS[self.check].advice if self.check in CHECKS else "Press the board's reset and repeat."


def finding(check: str, good: bool | None, value: str) -> Finding:
    """A finding: good True, False, or None where it could not be told."""
    return Finding(check, "skip" if good is None else "ok" if good else "fail", value)


def failed(findings: Iterable[Finding]) -> int:
    """How many checks failed."""
    return sum(found.verdict == "fail" for found in findings)


def unreachable(error: LinkError) -> Finding:
    """What there is to say where the board could not even be greeted: the error has the words and the next step."""
    return Finding("wire" if isinstance(error, WireMismatch) else "port", "fail", str(error))


def examine(
    link: Link, *, loaded: bool = False, noise: Noise | None = None, tell: Callable[[str], None] = lambda text: None
) -> tuple[Finding, ...]:
    """All findings about a greeted board, in the order of CHECKS; `tell` hears what is under way.

    `noise` judges the dead weight of a loaded run. A board that is lost on the way leaves the findings so far and one
    that says so.
    """
    found = [finding("port", True, link.port), _wire(link)]
    try:
        tell("The board tests itself; keep it still.")
        found += selftest(link, loaded)
        tell("Clocks and line.")
        found += _clocks(link)
        seconds = WEIGHED_S if loaded and noise else STREAM_S
        found += _streamed(*_stream(link, seconds), noise if loaded else None)
    except DeviceLost as error:
        found.append(Finding("port", "fail", str(error)))
    except LinkError as error:
        found.append(Finding("selftest", "fail", str(error)))
    places = {check: place for place, check in enumerate(CHECKS)}
    return tuple(sorted(found, key=lambda one: places.get(one.check, len(places))))


def _wire(link: Link) -> Finding:
    config = link.config
    if config is None:
        return finding("wire", None, "not told")
    value = f"firmware {config['fw']}, wire {config['wire']}, {config['board']}, {config['id']}"
    return finding("wire", True, value)


def selftest(link: Link, loaded: bool = False) -> list[Finding]:
    """What the board finds out about itself. Raises NoReply; an older firmware, or one at work, is a finding."""
    line = "selftest loaded" if loaded else "selftest"
    found: list[Finding] = []

    def pick(frame: Frame) -> bool | None:
        if frame.name != "EVENT":
            return None
        words = frame.text.split(" ", 2)
        code = wire.TABLE["events"][frame.fields["code"]]
        if code == "refused":
            raise Refused(line, frame.text)
        if code == "ok" and words[:2] == ["selftest", "done"]:
            return True
        if code == "ok" and len(words) == 3 and words[1] in ("ok", "fail", "skip"):
            found.append(_told(words[0], words[1], words[2]))
        return None

    link.send(line)
    try:
        if link.wait_for(pick, SELFTEST_S) is None:
            raise NoReply(f"The board on {link.port} did not finish its self-test: press its reset and try again.")
    except Refused as error:
        return [Finding("selftest", "fail", str(error))]
    return found


def _told(check: str, verdict: Any, value: str) -> Finding:
    if check == "log-room" and value.endswith(" bytes"):
        minutes = int(value.split()[0]) // (60 * LOG_BYTES_PER_S)
        value = f"about {minutes} minutes at 100 Hz"
    return Finding(check, verdict, value)


def _clocks(link: Link) -> list[Finding]:
    pings: list[Ping] = []
    for _ in range(PINGS):
        ping = link.ping()
        if ping:
            pings.append(ping)
        _wait(link, PING_EVERY_S)
    made = clock.fit(pings)
    if made is None:
        return [finding("ping", False, "no ping was answered")]
    value = f"known to {made.bound_s * 1e3:.1f} ms, {len(pings)} of {PINGS} pings answered"
    wrong = (*made.breaks, *made.doubts)
    return [
        finding("ping", made.bound_s <= BOUND_S and len(pings) == PINGS, value),
        finding("one-clock", not wrong, " ".join(wrong) or "no restart, no jump, no contradiction"),
    ]


def _wait(link: Link, seconds: float) -> None:
    until_s = link.timing.now_s() + seconds
    while link.timing.now_s() < until_s:
        link.poll(POLL_S)


def _stream(link: Link, seconds: float) -> tuple[Decoded, int]:
    """What the board sends in so many seconds, and how many of the bytes between frames made no sense."""
    received = bytearray()
    bad = link.bad_frames
    sink = link.sink
    link.tap(received.extend)
    try:
        link.start(rate_hz=100)
        _wait(link, seconds)
        link.stop()
    finally:
        link.sink = sink
    return decode(bytes(received)), link.bad_frames - bad


def _streamed(decoded: Decoded, bad: int, noise: Noise | None) -> list[Finding]:
    cells, imu, status = decoded.samples["cells"], decoded.samples["imu"], decoded.status
    gone = {
        name: sum(gap.count for gap in one.gaps if gap.cause in ("link", "tx-full"))
        for name, one in decoded.samples.items()
    }
    whole = decoded.end is not None and not bad and not any(gone.values()) and len(cells.index) > 0
    value = f"{sum(gone.values())} of {cells.expected + imu.expected} samples lost, {bad} damaged frames"
    found = [finding("line", whole, value if decoded.end is not None else "the board did not confirm the end")]
    late = sum(gap.count for gap in cells.gaps if gap.cause == "late")
    worst_ms = max((int(us) for us in status.get("max_late_us", ())), default=0) / 1e3
    value = f"{late} of {cells.expected} missed, worst {worst_ms:.1f} ms late"
    found.append(finding("late", late <= LATE_SHARE * cells.expected, value))
    if decoded.config.get("imu"):
        lost = imu.expected - len(imu.index) - gone["imu"]
        good = len(imu.index) > 0 and not lost
        found.append(finding("imu-stream", good, f"{lost} of {imu.expected} samples lost on the board"))
    else:
        found.append(finding("imu-stream", None, "no IMU"))
    found.append(_noise(cells.counts, noise))
    found.append(battery(decoded))
    return found


def _noise(counts: Any, noise: Noise | None) -> Finding:
    if noise is None:
        return finding("noise", None, NEEDS_WEIGHT)
    try:
        return finding("noise", *noise(counts))
    except SurefootError as error:
        return Finding("noise", "fail", str(error))


def battery(decoded: Decoded) -> Finding:
    """Of the last STATUS: volts and what is left, where the board measures it."""
    status = decoded.status
    millivolts = int(status["battery_mv"][-1]) if len(status.get("battery_mv", ())) else 0
    if not millivolts:
        return finding("battery", None, "this board does not measure it")
    minutes, flags = int(status["left_min"][-1]), int(status["flags"][-1])
    low = 1 << decoded.schema["flags"].index(BATTERY_LOW)
    left = f", about {minutes // 60} h {minutes % 60:02d} min left" if minutes else ""
    return finding("battery", not flags & low, f"{millivolts / 1e3:.2f} V{left}")
