# SPDX-License-Identifier: MIT
"""Whoever walked reads plain words: every sentence of `walk sync` has its reader, and none of theirs is technical."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from surefoot.clinic.walk_find import LENGTHLESS
from surefoot.clinic.walk_values import KeptWalk
from surefoot.measures.gait.waist_speed import SLOW
from surefoot.output import walk_plain, walk_sync_words
from surefoot.output.walk_plain import KEPT, PATIENT, ROWS, THERAPIST, plain, row_of, walk_problem

OUTPUT = Path(walk_plain.__file__).parent
# Sentences of parts of the software, as they reach a walk: what went wrong, and why metres are not known.
TECHNICAL = (
    "aa.sfr: The stamps of board and host contradict each other by 12.0 ms at a rate of 1.2 ppm: record again.",
    "aa.sfr: left: the board answered no ping, so its clock is unknown: record again.",
    "aa.sfr: No steps were found. Insoles: The left foot was never lifted: 93 % of its load stays on it.",
    "aa.sfr holds no sample of the insoles: check that the board was started and its cable.",
    "aa.sfr: Neither insole gave anything, so there are no steps: plug them in and walk again.",
    "/d/aa.sfr was fetched and not analysed yet: `surefoot walk sync --person P001 --again` analyses it anew.",
    "aa.sfr: Surefoot itself failed on this walk (ValueError). The recording is kept: please report it.",
    "aa.sfr has recording format 9, this software reads up to 1: update surefoot.",
    "aa.said.json isn't the JSON of what a person said of a walk (line 1): ask again, by --said.",
    "aa.sfr: This board has calibration records of several pairs of insoles (a, b): say which is worn with --pair.",
    "aa.sfr: The calibration record cal-1 is of board aa, and this board is bb: name this board's.",
    "aa.walk.json isn't the JSON of an analysed walk (line 1): `surefoot walk sync --again` analyses it anew.",
    "/d/aa.strides.parquet isn't the table of a walk's strides (98 rows of 99): `surefoot walk sync --again`.",
    "aa.sfr: There is no room for a long walk in /tmp (No space left on device): make some.",
    "aa.sfr is no Surefoot recording: its first line is not 'SUREFOOT'.",
    "The port /dev/ttyUSB0 is gone: was the cable pulled?",
    "The board has sent nothing for 3 s: check cable and power. What arrived before is kept.",
    "aa.sfr: The insoles have a rate of 20 Hz: record at 50 Hz or more.",
    "The board could not be told the time: The board did not answer 'utc 1': reset it.",
    "The pages were not written: /d/patient.html can't be written (No space left on device): choose a folder.",
    "aa.sfr: The record is of another board. The analysis of before stays.",
    "aa-00002 is kept for P001 already and was left alone: a walk belongs to one person.",
    "Room on the board for 9 more minutes of walking. What was fetched is verified: `surefoot log erase` makes room.",
    "only 2 of 32 strides have a length.",
    *LENGTHLESS.values(),
    SLOW,
    "something that nobody has thought of, with a traceback in frame 7",
)
JARGON = (
    "--", "`", "/", ".sfr", "json", "stamp", "frame", "calibrat", "record", "sensor", "sample", "stride", "log ", "Hz",
    "format", "IMU", "error", "%", "P001", "cal-", "port",
)  # fmt: skip


@pytest.mark.parametrize("text", TECHNICAL)
def test_no_technical_sentence_reaches_whoever_walked(text: str):
    for said in (plain(text), walk_problem(text)):
        assert not [word for word in JARGON if word in said], said
    assert walk_problem(text).endswith(KEPT)


def test_a_table_that_is_gone_and_a_full_disk_are_no_damaged_walk():
    assert plain(TECHNICAL[12]) == "What was found in it can't be read any more."
    assert plain(TECHNICAL[13]) == "The disk of the computer is full."


def test_a_clock_that_jumped_is_said_as_such():
    assert walk_problem(TECHNICAL[0]) == "The clock of the board jumped. The walk is kept; ask your therapist."
    entry = {"file": "aa.sfr", "parameters": {}, "not_reported": {}, "notes": []}
    lines = walk_sync_words.walk_lines(KeptWalk("aa", "2026-11-24T08:00:00Z", entry, problem=TECHNICAL[0]))
    assert lines[1].strip() == walk_problem(TECHNICAL[0])


def test_every_sentence_that_sync_says_is_in_the_table():
    told: list[str] = []
    for name in ("walk_sync_command.py", "walk_sync_board.py"):
        for node in ast.walk(ast.parse((OUTPUT / name).read_text(encoding="utf-8"))):
            call = node.func if isinstance(node, ast.Call) else None
            word = call.id if isinstance(call, ast.Name) else call.attr if isinstance(call, ast.Attribute) else ""
            if word in ("say", "tell") and isinstance(node, ast.Call) and node.args:
                parts = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                text = "X".join(str(part) for part in parts if isinstance(part, str) and len(part) > 1)
                told += [text] if len(text) > 20 else []
    assert len(told) > 8
    assert [text for text in told if row_of(text) is None] == []


def test_only_what_has_other_words_is_kept_from_the_patient():
    assert {row.reader for row in ROWS} == {PATIENT, THERAPIST, walk_plain.OPERATOR}
    assert not [row for row in ROWS if row.plain and row.reader != THERAPIST]
    assert plain("Nothing new: 1 walk was here already.") == "Nothing new: 1 walk was here already."
