# SPDX-License-Identifier: MIT
"""`surefoot ladder` with what the tests of a day say of sway, beside the person's own first sessions."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from ..clinic import ladder_command
from ..clinic.ladder_command import DESCRIPTION, HELP, NAME, add_arguments

if TYPE_CHECKING:
    from ..clinic.ladder_ask import Sway
    from ..clinic.store.values import Store

__all__ = ["DESCRIPTION", "HELP", "NAME", "add_arguments", "run"]

SWAY = "cop_velocity_mmps"  # the measure that a test of sway names as its primary one


def run(args: argparse.Namespace) -> int:
    return ladder_command.run(args, sway_of)


def sway_of(store: Store, person: str, on: date) -> Sway | None:
    """What the last test of sway of that day says; None without one. Only a verdict makes it fine or not fine: a first
    session, other circumstances or an error that isn't known leave it not asked. Raises StoreError, SurefootError."""
    from ..calibration_store import data_folder
    from ..care.change import CHANGED, WITHIN
    from ..care.progression_values import FINE, NOT_ASKED, NOT_FINE
    from ..care.protocol import load_protocol
    from ..clinic.clinic_errors import kept
    from ..clinic.ladder_ask import Sway
    from ..clinic.store import entries
    from ..errors import ProtocolError
    from .changes import change_of
    from .paper_findings import BASELINE_SESSIONS

    known = [one for one in entries.entries(store, person, "result")
             if one.on <= on and one.document["protocol"].get("primary_measure") == SWAY
             and not one.document.get("by_hand")]  # fmt: skip
    known.sort(key=lambda one: (one.on, str(one.document["created_utc"])))
    if not known or known[-1].on != on:
        return None
    now = known[-1]
    test = str(now.document["protocol"]["id"])
    before = [one for one in known if one.on < on and one.document["protocol"]["id"] == test][:BASELINE_SESSIONS]
    source = f"{test} of {on}"
    if not before:
        return Sway(NOT_ASKED, f"{source} has none of an earlier day to be set beside.", (now.id,))
    try:
        protocol = load_protocol(test)
    except ProtocolError as error:
        return Sway(NOT_ASKED, f"{source}: {error}", (now.id,))
    found = change_of(protocol, [one.document for one in before], now.document, kept(data_folder()))
    state = NOT_ASKED
    if found["verdict"] == WITHIN:
        state = FINE
    elif found["verdict"] == CHANGED:
        state = FINE if found["now"] < found["before"] else NOT_FINE
    days = " and ".join(str(one.on) for one in before)
    return Sway(state, f"{source} beside {days}: {found['sentence']}", (now.id, *(one.id for one in before)))
