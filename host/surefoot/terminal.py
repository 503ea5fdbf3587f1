# SPDX-License-Identifier: MIT
"""What a person at the keyboard sees: cues, a progress bar, the numbers at the end."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO, Any

from .clinic.session import Moment
from .device.clock_limits import short
from .measures import MEASURES
from .output.wording import number_text, unit_text

BAR = 40
CLOCK_WIDTH = 30  # the words for the clock; what stood there longer is written over
HEADLINE = ("cop_velocity_mmps", "cop_area_95_mm2", "cop_rdist_mm", "trunk_rms_ms2")
NOT_CALIBRATED = "The insoles are not calibrated: no newtons are shown, and sway is only comparable with itself."


class Screen:
    """Tells moments on a stream; the bar is drawn only where a terminal can redraw it."""

    def __init__(self, out: IO[str] | None = None):
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self._step = -1

    def say(self, text: str = "") -> None:
        print(text, file=self.out, flush=True)

    def tell(self, moment: Moment) -> None:
        if self.live and moment.kind != "progress" and self._step >= 0:
            self.say()  # below the bar of a trial that was broken off
        if moment.kind != "progress":
            self._step = -1
        if moment.kind == "trial" and moment.condition:
            practice = moment.condition.practice if moment.practice else moment.condition.trials
            word = "practice" if moment.practice else "trial"
            more = f", {moment.target}" if moment.target else ""
            more += f", {word} {moment.trial} of {practice}" if practice > 1 or moment.practice else ""
            if moment.rest_s:
                self.say(f"\nRest: at least {moment.rest_s:g} s.")
            self.say(f"\n{moment.condition.title}{more}\n  {moment.text}")
            for line in moment.keys:
                self.say(f"    {line}")
        elif moment.kind == "mark":
            self.say(f"  * {moment.text}")
        elif moment.kind == "say":
            self.say(f"  {moment.text}")
        elif moment.kind == "cue":
            self.say(f'  > "{moment.text}"')
        elif moment.kind == "progress":
            self._bar(moment.share, moment.clock_s)

    def _bar(self, share: float, clock_s: float | None) -> None:
        step = int(share * BAR)
        if share < 1 and step == self._step:
            return
        self._step = step
        bar = "#" * step + "." * (BAR - step)
        clock = "" if clock_s is None else f"  {short(clock_s)}"
        if self.live:
            self.out.write(f"\r  [{bar}] {share:4.0%}{clock:<{CLOCK_WIDTH}}" + ("\n" if share >= 1 else ""))
            self.out.flush()
        elif share >= 1:
            self.say(f"  [{bar}] {share:4.0%}{clock}")
        if share >= 1:
            self._step = -1

    def result(self, result: Mapping[str, Any]) -> None:
        """The few numbers that matter, then the score with its doubt."""
        self.say()
        for trial in result["trials"]:
            self.say(f"{_name(trial)}: {_span(trial)}, {_lost(trial)}")
            for key in HEADLINE:
                entry, measure = trial["measures"].get(key), MEASURES[key]
                if entry:
                    number = number_text(key, entry["value"])
                    self.say(f"  {measure.label:<38} {number:>9} {unit_text(measure.unit)}")
            for warning in trial["warnings"]:
                self.say(f"  note: {warning}")
        self._outcomes(result)
        if any(trial["calibration"]["nominal"] for trial in result["trials"]):
            self.say(f"note: {NOT_CALIBRATED}")
        for problem in result.get("problems", ()):
            self.say(f"note: {problem}")
        score = result["score"]
        if score["value"] is None:
            self.say(str(score["reason"]))
        else:
            self.say(f"Balance score {score['value']:.0f} of 100 (MDC about {score['mdc95']:g}; {score['label']})")

    def _outcomes(self, result: Mapping[str, Any]) -> None:
        """What the test asks for, each a number or why there is none; and what was left out."""
        for one in result.get("outcomes", ()):
            if one["value"] is None:
                self.say(f"{_outcome(one)}: none. {one['reason']}")
            else:
                number = number_text(one["measure"], one["value"])
                unit = unit_text(MEASURES[one["measure"]].unit)
                unit = "" if unit.startswith("{") else unit
                notes = ["by hand"] if one["by_hand"] else []
                notes += ["by a rule not yet checked in its source"] if one["certainty"] == "R" else []
                self.say(f"{_outcome(one)}: {number} {unit}".rstrip() + (f" ({'; '.join(notes)})" if notes else ""))
        for condition, why in result.get("skipped", {}).items():
            self.say(f"{condition}: {why}.")


def _name(trial: Mapping[str, Any]) -> str:
    parts = [trial["condition"], trial.get("target"), "practice" if trial.get("practice") else None]
    return " ".join(part for part in parts if part) + (f" {trial['trial']}" if trial["trial"] > 1 else "")


def _span(trial: Mapping[str, Any]) -> str:
    if trial.get("kind", "hold") == "hold":
        return f"held {trial['held_s']:.1f} of {trial['target_s']:g} s"
    return f"{trial['ended']} after {trial['duration_s']:.1f} s"


def _lost(trial: Mapping[str, Any]) -> str:
    return "by hand" if trial.get("by_hand") else f"{trial['lost_share']:.2%} of samples lost"


def _outcome(one: Mapping[str, Any]) -> str:
    return f"{one['label']}, {one['target']}" if one.get("target") else str(one["label"])
