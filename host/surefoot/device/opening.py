# SPDX-License-Identifier: MIT
"""From a port's name to a board that has said who it is, or a clear reason why not."""

from __future__ import annotations

import errno
import json
import re
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

from .. import wire
from ..errors import LinkError, NotSurefoot, PortBusy, PortDenied, PortMissing, WireMismatch
from .ports import list_ports
from .pump import READ_S

if TYPE_CHECKING:
    from .framer import Frame
    from .link import Link

WRITE_S = 2.0
FAST_BAUD = 921600  # of a download, while it lasts
HELLO_S = 2.0
ASK_S = 0.5  # a board that is starting up misses a question: it is asked again
STARTUP_S = 4.0
BOOTED_S = 0.25  # what was asked while the board started may yet be answered: a second answer only holds up the line
PROMPT = ">>> "
# Ctrl-C clears a half-typed line, Ctrl-B leaves the raw prompt, Ctrl-D restarts into main.py.
RESTART = b"\x03\x02\x04"
LEAVE_RAW_PROMPT = b"\r\x02"
BANNER = re.compile(r"surefoot \S+ ready")
_BOOT_ROM = re.compile(r"rst:0x[0-9a-f]+ \(")
_READABLE = re.compile(rb"[\t\r\n\x20-\x7e]{4,}")
_MISSING = (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ECONNREFUSED)
_BUSY = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)


class Config(TypedDict):
    """What the device says is in force: the CONFIG frame, units in the names."""

    fw: str
    wire: int
    board: str
    id: str
    boot: int
    session: int
    rate_hz: int
    scans: int
    imu_odr_hz: int
    acc_g: int
    gyro_dps: int
    acc_lsb_ug: int
    gyro_lsb_udps: int
    cell_bits: int
    frame: str
    baud: int
    imu: str | None
    left: bool
    right: bool
    streaming: bool
    imu_tick_ns: NotRequired[int]
    temp_lsb_per_c: NotRequired[int]
    temp_zero_c: NotRequired[int]
    front_end: NotRequired[str]
    selftest: NotRequired[dict[str, str]]
    log: NotRequired[int]
    resumed: NotRequired[int]
    utc_ms: NotRequired[int | None]
    utc_err_ms: NotRequired[int]


def open_port(port: str, baud: int) -> Any:
    """An open pyserial port. Raises PortMissing, PortBusy, PortDenied or LinkError.

    DTR and RTS are cleared before opening because they drive reset and boot mode on most boards. POSIX systems raise
    both for an instant all the same, so a board may still restart: the handshake notices.
    """
    import serial

    try:
        handle = serial.serial_for_url(
            port, do_not_open=True, baudrate=baud, timeout=READ_S, write_timeout=WRITE_S, exclusive=True
        )
        handle.dtr = False
        handle.rts = False
        handle.open()
    except (OSError, ValueError) as error:
        raise _why_closed(port, error) from error
    return handle


def _why_closed(port: str, error: Exception) -> LinkError:
    """The typed error behind pyserial's, whose number is missing on Windows and for sockets."""
    number, words = getattr(error, "errno", None), str(error)
    if number in _BUSY or (number is None and "PermissionError" in words):
        return PortBusy(
            f"{port} is in use by another program: close that (a serial monitor, mpremote, another Surefoot) and retry."
        )
    if number in (errno.EACCES, errno.EPERM):
        return PortDenied(
            f"You may not open {port}: add yourself to the group that owns it "
            "(Linux: sudo usermod -aG dialout $USER), then log out and in again."
        )
    if number in _MISSING or "FileNotFoundError" in words or "refused" in words:
        others = ", ".join(info.port for info in list_ports())
        there = f"use one of those that are there: {others}" if others else "no serial port is there now"
        return PortMissing(f"There is no port {port}: plug the board in and look at its name, {there}.")
    if "Inappropriate ioctl" in words or number in (errno.ENOTTY, errno.EISDIR) or isinstance(error, ValueError):
        return PortMissing(f"{port} is no serial port: list the ports with 'surefoot devices'.")
    return LinkError(f"{port} could not be opened ({words}): unplug the board, plug it in again and retry.")


def say_hello(link: Link) -> Config:
    """Ask until SCHEMA and CONFIG came; the settings in force. Adds to `link.notes` what had to be done for it.

    A board that waits at the MicroPython prompt is restarted into its program, once. Raises NotSurefoot, WireMismatch.
    """
    now_s, slow = link.timing.now_s, link.baud
    began = ask_at = now_s()
    deadline = began + HELLO_S
    started = 0
    woken = nudged = schema_known = False
    while now_s() < deadline:
        if now_s() >= ask_at:
            if link.unheard and now_s() - began > HELLO_S / 2:
                # Nothing that makes sense so far: a download that broke off may have left it at the fast rate.
                link.baud = FAST_BAUD if link.baud == slow else slow
            link.write(b"\ninfo\n")
            ask_at = now_s() + ASK_S
        for frame in link.receive(READ_S):
            if frame.name == "SCHEMA":
                check_schema(link.port, frame)
                schema_known = True
            elif frame.name == "CONFIG" and schema_known:
                _note_start(link, woken)
                return read_config(frame)
        text = link.text
        if not woken and PROMPT in text:
            woken = True
            link.write(RESTART)
            deadline, ask_at = now_s() + STARTUP_S, now_s() + ASK_S
        elif not (woken or nudged) and not link.first and now_s() - began > HELLO_S / 2:
            nudged = True
            link.write(LEAVE_RAW_PROMPT)
        if len(BANNER.findall(text)) > started:
            started += 1
            ask_at = min(ask_at, now_s() + BOOTED_S)
            deadline = max(deadline, now_s() + BOOTED_S + ASK_S)
        elif not started and _BOOT_ROM.search(text):
            deadline = max(deadline, began + STARTUP_S)
    link.baud = slow
    raise NotSurefoot(_what_answered(link))


def _note_start(link: Link, woken: bool) -> None:
    if woken:
        link.notes.append("The board waited at the MicroPython prompt and was restarted into its program.")
    elif BANNER.search(link.text) or _BOOT_ROM.search(link.text):
        link.notes.append("The board started up as the port was opened.")


def _what_answered(link: Link) -> str:
    if "profile.json is missing" in link.text:
        return (
            f"The board on {link.port} can't tell what it is made of, its profile.json is missing or damaged: write it "
            "again with `surefoot update --board NAME`; walks and calibration stay."
        )
    if PROMPT in link.text:
        return (
            f"The board on {link.port} runs MicroPython but not the Surefoot firmware: "
            "copy the firmware to it (firmware/README.md says how)."
        )
    readable = _READABLE.search(link.first)
    words = " ".join(readable.group().decode("ascii").split())[:60] if readable else ""
    if words:
        said = f"it sent '{words}'"
    elif link.first:
        said = f"it sent {len(link.first)} bytes or more that make no sense, perhaps at another baud rate"
    else:
        said = "it sent nothing"
    return (
        f"{link.port} is no Surefoot board: {said}. Choose another with 'surefoot devices', or press the board's reset."
    )


def check_schema(port: str, frame: Frame) -> None:
    """Raises WireMismatch where the announced schema is not byte for byte ours."""
    if frame.body == wire.SCHEMA:
        return
    try:
        theirs = json.loads(frame.body)["wire"]
    except (ValueError, KeyError, TypeError):
        theirs = "unknown"
    detail = " (same number, other table)" if theirs == wire.VERSION else ""
    raise WireMismatch(
        f"The board on {port} speaks wire version {theirs}, this software speaks {wire.VERSION}{detail}: "
        "copy the firmware that came with this software to the board, or update the software."
    )


def read_config(frame: Frame) -> Config:
    """The settings in a CONFIG frame. Raises LinkError where they can't be read."""
    try:
        values = json.loads(frame.body)
    except ValueError:
        values = None
    needed = ("fw", "id", "rate_hz", "streaming")
    if not isinstance(values, dict) or not all(key in values for key in needed):
        raise LinkError("The board sent settings that can't be read: copy the firmware to it again.")
    return cast(Config, values)
