# SPDX-License-Identifier: MIT
"""The words of a cue. Import it by `once`, and only where one is asked for."""

import gc

from once import once


def refusal(word):
    """Why cue=word can't be, in words; None where it can. Who may be cued the host says.

    100: steps a minute; 100,sides tells left from right; 100,beyond=20 sounds only while the stance times of the last
    strides differ by more than so many percent; 100,sides,beyond=20 both.
    """
    parts = word.split(",")
    last = parts[-1].split("=")
    percent = "5"
    if last[0] == "beyond" and len(last) == 2:
        percent = last[1]
        parts.pop()
    if parts[-1:] == ["sides"]:
        parts.pop()
    known = len(parts) == 1 and parts[0].isdigit() and percent.isdigit()
    if not known or not 40 <= int(parts[0]) <= 140 or not 5 <= int(percent) <= 60:
        return b"cue is 40 to 140 steps a minute, then ,sides and ,beyond=5 to ,beyond=60 or neither"
    return None if once("board").cue() else b"this board has no buzzer or motor: start without cue"


def parts(word):
    """What cue.py wants of a word that was not refused: itself, cadence, sides, percent, pin, pulse and tones."""
    board = once("board")
    part = board.cue()
    pwm = board.open_cue()
    board = None
    given = word.split(",")
    percent = int(given[-1][7:]) if given[-1].startswith("beyond=") else 0
    gc.collect()
    return (word, int(given[0]), "sides" in given, percent, pwm) + part
