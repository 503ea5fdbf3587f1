# SPDX-License-Identifier: MIT
"""Several boards recorded at once, each into a file of its own, all against the one clock of this host.

The boards are started and stopped as close together as the lines allow; what puts them on one time axis are the
pings, not the start. A board that is lost ends its own recording and no other.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import __version__
from ..device.clock_limits import DOUBLE_SUPPORT, Use, doubt
from ..device.link import Link
from ..errors import LinkError, NoReply, RecordingError, Refused, SurefootError
from ..recording import SUFFIX, Recorder
from .run_board import FIRST_PINGS, PING_S, SILENT_S
from .session import check_person, new_folder, reason_of

ROLES = ("left", "right", "waist")
# A board that doesn't answer must not keep the others waiting until their lines overflow: 4 kB are 0.7 s.
PING_WAIT_S = 0.25
_TURN_S = 0.005


@dataclass(frozen=True)
class State:
    """How it goes: seconds since the start, the bound of each board's clock in seconds, and who is lost."""

    passed_s: float
    bounds_s: Mapping[str, float]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """The recordings by role, and what ended one early, if anything did."""

    recordings: Mapping[str, Path]
    errors: Mapping[str, SurefootError]


@dataclass
class _Board:
    role: str
    link: Link
    recorder: Recorder
    pinged_s: float = 0.0
    line: str = ""
    error: SurefootError | None = None
    warned: bool = False

    def note_ping(self, ping: Any) -> None:
        self.recorder.note("ping", nonce=ping.nonce, sent_s=ping.sent_s, received_s=ping.received_s)


def parse_ports(texts: list[str]) -> dict[str, str]:
    """`role=port` texts as ports by role. Raises RecordingError where a role is unknown, missing or named twice."""
    ports: dict[str, str] = {}
    for text in texts:
        role, equals, port = text.partition("=")
        if not equals or role not in ROLES or not port:
            raise RecordingError(f"'{text}' names no board: write role=port with one of the roles {', '.join(ROLES)}.")
        if role in ports or port in ports.values():
            raise RecordingError(f"'{text}' names a role or a port a second time: give each board its own.")
        ports[role] = port
    if len(ports) < 2:
        raise RecordingError("One board is no pair: name two or three, such as --port left=A --port right=B.")
    return ports


def record_together(
    links: Mapping[str, Link],
    out: Path,
    person: str,
    seconds: float,
    tell: Callable[[State], None],
    *,
    say: Callable[[str], None] = lambda text: None,
    rate_hz: int = 100,
    use: Use = DOUBLE_SUPPORT,
    simulated: bool = False,
    utc_now: Callable[[], str] = lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
) -> Recorded:
    """Record all boards for so long, or until Ctrl-C or until none is left; `say` gets a sentence of what goes wrong.

    Each goes into `out`/ROLE.sfr. Their links must share one clock. Raises RecordingError for the folder and the disk.
    """
    check_person(person)
    new_folder(out)
    group = {"id": uuid.uuid4().hex[:12], "boards": {role: _device(link) for role, link in links.items()}}
    heads = {
        role: {
            "person": person,
            "role": role,
            "together": group,
            "created_utc": utc_now(),
            "software": __version__,
            "simulated": simulated,
            "port": link.port,
        }
        for role, link in links.items()
    }
    with ExitStack() as stack:
        boards: list[_Board] = []
        for role, link in links.items():
            recorder = stack.enter_context(Recorder(out / f"{role}{SUFFIX}", heads[role]))
            stack.callback(_let_go, link)
            boards.append(_Board(role, link, recorder))
        reason = "complete"
        try:
            _begin(boards, rate_hz, say)
            _follow(boards, seconds, tell, say, use)
        except KeyboardInterrupt:
            reason = "observer"
        _end(boards, say, reason)
    errors = {board.role: board.error for board in boards if board.error}
    return Recorded({board.role: board.recorder.path for board in boards}, errors)


def _let_go(link: Link) -> None:
    link.sink = link.on_ping = None


def _device(link: Link) -> str:
    return str(link.config["id"]) if link.config else ""


def _alive(boards: list[_Board]) -> list[_Board]:
    return [board for board in boards if board.error is None]


def _each(boards: list[_Board], say: Callable[[str], None], do: Callable[[_Board], Any]) -> None:
    """Do something with each board that is left; one that fails is closed and named, the others go on."""
    for board in _alive(boards):
        try:
            do(board)
        except LinkError as error:
            board.error = error
            board.recorder.note("stop", t_host_s=board.link.timing.now_s(), reason=reason_of(error))
            board.recorder.flush()
            rest = [other.role for other in _alive(boards)]
            say(f"{board.role}: {error}" + (f" Still recording: {', '.join(rest)}." if rest else ""))


def _begin(boards: list[_Board], rate_hz: int, say: Callable[[str], None]) -> None:
    def prepare(board: _Board) -> None:
        board.link.tap(board.recorder.write)
        board.link.on_ping = board.note_ping
        for _ in range(FIRST_PINGS):
            board.link.ping()

    def send(board: _Board) -> None:
        board.line = board.link.send_start(rate_hz=rate_hz)

    def await_config(board: _Board) -> None:
        config = board.link.started(board.line)
        board.recorder.note("config", config=dict(config))

    for step in (prepare, send, await_config):
        _each(boards, say, step)


def _follow(
    boards: list[_Board], seconds: float, tell: Callable[[State], None], say: Callable[[str], None], use: Use
) -> None:
    begin_s = max((board.link.timing.now_s() for board in _alive(boards)), default=0.0)
    for k, board in enumerate(boards):
        board.pinged_s = begin_s - PING_S * k / len(boards)  # in turn: no two pings at once
        board.link.clock.restart_worst()

    def turn(board: _Board) -> None:
        link = board.link
        link.poll(_TURN_S)
        if link.silent_s > SILENT_S:
            raise NoReply(f"The board on {link.port} has sent nothing for {SILENT_S:g} s: check cable and power.")
        if link.timing.now_s() - board.pinged_s >= PING_S:
            board.pinged_s = link.timing.now_s()
            link.ping(PING_WAIT_S)
        # Once a session: later changes are in the bound that is told, and in the recording.
        sentence = doubt(link.clock.bound_s(link.timing.now_s()), use)
        if sentence and not board.warned:
            board.warned = True
            board.recorder.note("warning", text=sentence)
            say(f"{board.role}: {sentence}")

    while alive := _alive(boards):
        passed_s = max(board.link.timing.now_s() for board in alive) - begin_s
        if passed_s >= seconds:
            return
        bounds = {board.role: board.link.clock.bound_s(board.link.timing.now_s()) for board in alive}
        tell(State(passed_s, bounds, tuple(board.role for board in boards if board.error)))
        _each(boards, say, turn)


def _end(boards: list[_Board], say: Callable[[str], None], reason: str) -> None:
    def stopped(board: _Board) -> None:
        try:
            confirmed = board.link.stopped() is not None
        except Refused:  # Ctrl-C came before it had begun
            confirmed = True
        if not confirmed:
            text = f"The board on {board.link.port} did not confirm the end: press its reset before the next recording."
            board.recorder.note("warning", text=text)
            say(f"{board.role}: {text}")
        for _ in range(FIRST_PINGS):  # both ends pinned, or the bound would grow over the last second
            board.link.ping(PING_WAIT_S)
        now_s = board.link.timing.now_s()
        bound_s = board.link.clock.worst_s
        kept = round(bound_s, 6) if bound_s < 1e9 else None
        board.recorder.note("stop", t_host_s=now_s, reason=reason, clock_bound_s=kept)

    _each(boards, say, lambda board: board.link.send_stop())
    _each(boards, say, stopped)
