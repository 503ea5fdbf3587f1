# SPDX-License-Identifier: MIT
"""What the clinic's people do on virtual boards: tests at each visit, walks at home. The firmware samples all of it.

The virtual body stands with its feet apart; that a base is narrow shows as the growth of sway that foam gives, and in a
step out of the stance where the person can't hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..unit_words import counted
from .people import Member, fall_day, share_on, visit_days

if TYPE_CHECKING:
    from ..care.protocol_values import Protocol
    from ..clinic.session import Moment
    from ..device.virtual.stand import Stand

SESSIONS = "sessions"
HOUR, WALK_HOUR = 9, 16
STABLE = 1.75  # sway of who can do nothing, of the drawn person's; it falls by FALLS for each step of the ladder
FALLS, LEAST = 0.16, 0.5
HELD_S, PER_STEP = 10.0, 4.0  # a stance is held so long by who is just up to it, so many times longer per step ahead
STEPS_S = 2.5  # nobody steps out before
WALK_S, SPEED_MPS, SPEED_MORE_MPS = 32.0, 0.85, 0.09
SPEEDS_MPS = (0.5, 1.3)
LOCKED_DAYS = 12  # after a fall nobody walks for the clinic: training may be locked so long


def on_boards(member: Member, out: Path, weeks: int, seed: int) -> list[str]:
    """All sessions and walks of one person, into the data folder `out`; a few words on each. SurefootError."""
    return [*_tests(member, out, weeks, seed), *(_walks(member, out, weeks, seed) if member.walk else [])]


def session_folder(out: Path, member: Member, day: date) -> Path:
    return out / SESSIONS / member.code / f"{day}-{member.test}"


def utc_on(day: date, hour: int, minute: int = 0) -> str:
    return f"{day}T{hour:02d}:{minute:02d}:00Z"


def walk_days(member: Member, weeks: int) -> tuple[date, date]:
    """The day after the first visit and the one before the last, or before a fall that isn't long ago then."""
    first, _, last = visit_days(member, weeks)
    begin, end, fell = first + timedelta(days=1), last - timedelta(days=1), fall_day(member, weeks)
    if fell is not None and 0 <= (end - fell).days < LOCKED_DAYS:
        end = fell - timedelta(days=1)
    return begin, max(end, begin + timedelta(days=1))


def weak_side(member: Member, seed: int) -> str:
    """The foot that their way of walking speaks of."""
    from ..device.virtual.walkers.style import draw_style

    return ("left", "right")[draw_style(member.walk, seed_of(member, seed), held_out=False).worse]


def _tests(member: Member, out: Path, weeks: int, seed: int) -> list[str]:
    from .. import calibration
    from ..care.protocol import load_protocol
    from ..clinic.observer import Observer
    from ..clinic.scoring import CALIBRATION_FOLDER
    from ..clinic.session import Setup, run_protocol
    from ..demo import calibrate
    from ..device.link import open_link
    from ..device.virtual.board import VirtualBoard

    said, record = [], None
    protocol = load_protocol(member.test)
    own_seed = seed_of(member, seed)
    for number, day in enumerate(visit_days(member, weeks), 1):
        skill = member.skill_on(share_on(day, weeks))
        stand, folder = stand_of(member, own_seed, skill), session_folder(out, member, day)
        with ExitStack() as stack:
            board = stack.enter_context(VirtualBoard(stand.world, seed=own_seed))
            record = record or calibrate(stand, own_seed, board.unique_id, utc_on(day, 8))
            calibration.save(record, folder / CALIBRATION_FOLDER)
            setup = Setup(
                member.code, folder, stand.placement, simulated=True, calibration=record,
                utc_now=lambda day=day: utc_on(day, HOUR, 5), circumstances=_circumstances(member, number, day),
            )  # fmt: skip
            link = stack.enter_context(open_link(board.port, board.timing()))
            outcome = run_protocol(link, protocol, setup, _acting(stand, protocol, skill, own_seed + number),
                                   Observer(ask=_leg, watched=False))  # fmt: skip
        if outcome.error:
            raise outcome.error
        said.append(f"{member.test} of {day}, {counted(len(outcome.recordings), 'recording')}")
    return said


def _leg(question: str) -> str | None:
    return "right" if question.startswith("Which leg") else None


def _circumstances(member: Member, number: int, day: date) -> dict[str, object]:
    told: dict[str, object] = {"aid": "cane" if member.walk == "stick" else "none", "assistance": "none"}
    told |= {"footwear": "shoes", "orthosis": "none", "medication": "none"}
    years = day.year - member.born.year - ((day.month, day.day) < (member.born.month, member.born.day))
    return told | {"session": number, "age_years": years, "sex": member.sex}


def seed_of(member: Member, seed: int) -> int:
    """Of the one body that stands and walks."""
    return 1000 * seed + member.number


def stand_of(member: Member, seed: int, skill: float) -> Stand:
    """The same body at each visit, its sway by what they can do now."""
    from ..device.virtual.person import draw
    from ..device.virtual.stand import Stand
    from ..device.virtual.world import World

    factor = max(STABLE - FALLS * skill, LEAST)
    drawn = draw(seed, member.body)
    sway = {
        name: replace(tones, amplitude=factor * tones.amplitude)
        for name, tones in (("major", drawn.major), ("minor", drawn.minor))
    }
    return Stand(World(replace(drawn, **sway), seed=seed))


def _acting(stand: Stand, protocol: Protocol, skill: float, seed: int) -> Callable[[Moment], None]:
    """Who takes each stance when it is called out, and steps out of it where it is beyond them."""
    import numpy as np

    from ..clinic.ladder_kept import ladder_of
    from ..clinic.ladder_results import task_of

    ladder, dice = ladder_of("standing"), np.random.default_rng([seed, 7])

    def hear(moment: Moment) -> None:
        condition = moment.condition
        if condition is None or moment.kind not in ("trial", "cue"):
            return
        if moment.kind == "trial":
            narrow = condition.surface == "foam" or condition.stance in ("tandem", "single")
            stand.take(condition.vision, "foam" if narrow else "firm")
        elif moment.text == condition.cues.start:
            task = task_of(ladder, condition)
            ahead = skill - (ladder.height(task) if task else 0) + dice.normal(0, 0.3)
            holds_s = HELD_S * PER_STEP**ahead
            if holds_s < condition.hold_s:
                stand.world.do("step", stand.world.now_s + max(holds_s, STEPS_S))

    return hear


def _walks(member: Member, out: Path, weeks: int, seed: int) -> list[str]:
    """Two walks with a board each: logs of one board would need its memory in between."""
    from ..clinic.walk_values import Said, Walker
    from ..clinic.walks_folder import keep_said, keep_walker, made_folder
    from ..demo_walk import LEG_SHARE, logged, world_of
    from ..output.walk_sync_keep import Analysis, analyse
    from . import told

    made_folder(out, member.code)
    said, goal, usual = [], told.goal(member, weeks, None), member.drawn.usual_pain
    for number, day in enumerate(walk_days(member, weeks)):
        skill = member.skill_on(share_on(day, weeks))
        speed = min(max(SPEED_MPS + SPEED_MORE_MPS * (skill - 4), SPEEDS_MPS[0]), SPEEDS_MPS[1])
        own_seed = seed_of(member, seed) + 100 * number
        world = world_of(member.walk, seed_of(member, seed), round(speed, 2), WALK_S)
        begun = datetime.fromisoformat(utc_on(day, WALK_HOUR)).astimezone(UTC)
        person = Walker(member.code, leg_m=round(LEG_SHARE * world.person.height_m, 3), goal=goal)
        keep_walker(out, person)
        name = logged(world, out, member.code, own_seed, WALK_S, begun)
        analyse(Analysis(out, person, utc_now=lambda day=day: utc_on(day, WALK_HOUR + 1)), name)
        if number:
            keep_said(out, member.code, name, Said(2, usual, usual + 1, 3), said_utc=utc_on(day, WALK_HOUR + 1))
        said.append(f"walk of {day}")
    return said
