# SPDX-License-Identifier: MIT
"""Virtual people who do what a guided session of the insoles tells them, on drawn boards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surefoot.clinic import insole_steps as steps
from surefoot.clinic.insole_steps import Task, tasks
from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual import person as people
from surefoot.device.virtual.leans import Leaner, Pose

UNLIKE = 0.08  # spread of the parts' exponent from board to board


def leaner(seed: int, exponent: float | None = None, **parts) -> Leaner:
    """A drawn person on drawn parts, whose exponent is drawn too; at 50 N all boards' cells read about alike."""
    person = people.draw(seed, ("steady", "unsteady")[seed % 2])
    made = Leaner(person, seed=seed)
    drawn = instruments.draw(seed, made.cells.law, **parts)
    law = drawn.law
    factor = np.exp(UNLIKE * np.random.default_rng([seed, *b"exponent"]).standard_normal())
    bent = law.exponent * float(factor) if exponent is None else exponent
    at_50_n = (50 / law.gain_n_per_siemens_exp) ** (1 / law.exponent)
    made.electronics = replace(drawn, law=replace(law, exponent=bent, gain_n_per_siemens_exp=50 / at_50_n**bent))
    return made


class Actor:
    """Does tasks; marks lie off by up to `mark_error_m` and scales read whole half kilograms."""

    def __init__(self, world: Leaner, mark_error_m: float = 0.002, seed: int = 0):
        self.world, self.mark_error_m = world, mark_error_m
        self.dice = np.random.default_rng([world.seed, seed, *b"actor"])
        self.readings_kg: tuple[float, float] = (0.0, 0.0)

    @property
    def kg(self) -> float:
        return self.world.person.mass_kg

    def do(self, task: Task, at_s: float | None = None) -> None:
        """Go into the pose of a task."""
        world = self.world
        if task.kind == steps.ZERO:
            pose = Pose((0.0, 0.0), world.person.rest_cop_m)
        elif task.kind == steps.STILL:
            pose = world.standing()
        elif task.kind == steps.ALONE:
            pose = world.standing(float(task.values["side"] == "left"))
        elif task.kind == steps.SHIFT:
            pose = world.standing()._replace(swing=0.35)
        elif task.kind == steps.SCALES:
            share = (0.5, 0.78, 0.22)[int(task.key[-1]) - 1]
            pose = world.standing(share, self.dice.uniform(0.8, 0.95))
            left, right = (round(2 * self.kg * load) / 2 for load in pose.load_share)
            self.readings_kg = (left, right)
        else:
            off = self.dice.uniform(-1, 1) * self.mark_error_m
            foot, axis = ("left", "right").index(task.values["foot"]), ("ml", "ap").index(task.values["axis"])
            pose = world.over(foot, axis, 1e-3 * task.values["mark_mm"] + off, self.dice.uniform(0.4, 0.6))
        world.take(pose, at_s)

    def values(self, task: Task) -> dict:
        """What the fit is told of a task."""
        told = dict(task.values)
        if told.get("weight") == "body":
            told["kg"] = self.kg
        if told.get("weight") == "scales":
            told["kg_left"], told["kg_right"] = self.readings_kg
        return told


def session(actor: Actor, form: str, rate_hz: float = 100.0) -> list[tuple[Task, dict, np.ndarray]]:
    """The counts of every step, without firmware and wire between."""
    out, at_s = [], 0.0
    for k, task in enumerate(tasks(form, actor.world.person.insole_length_m * 1e3)):
        actor.do(task, at_s)
        t_s = at_s + 1.5 + np.arange(round(task.seconds * rate_hz)) / rate_hz
        out.append((task, actor.values(task), actor.world.counts(t_s, k)))
        at_s = float(t_s[-1])
    return out


def standing(actor: Actor, seconds: float = 40.0, rate_hz: float = 100.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fresh counts [n,16], true foot CoP [n,2,2] and load [n,2] of standing with some sway and weight shift."""
    rest = actor.world.person.rest_cop_m
    actor.world.take(Pose((0.5, 0.5), rest, swing=0.2, sway_m=(0.003, 0.010)), 1e4)
    t_s = 1e4 + 5 + np.arange(round(seconds * rate_hz)) / rate_hz
    cop, load, _ = actor.world.feet(t_s)
    return actor.world.counts(t_s, 999), cop, load


TELLS = {steps.ZERO: "Sit down", "face-1": "Lay the board on a face", "face-2": "Turn the board to another"}


class Standing(Actor):
    """Somebody in a guided session: does what they are told by its words, and answers what they are asked.

    `answers` replace the usual ones, by a part of the question; each is used once, the last one stays. `act` is called
    with every line that is told; where it answers True, the usual thing is left undone.
    """

    def __init__(self, world: Leaner, form: str, act=None, answers: dict[str, list[str]] | None = None, **more):
        super().__init__(world, **more)
        length = world.person.insole_length_m * 1e3
        self.by_text = {task.ready: task for task in (*tasks(form, length), *steps.planks(length))}
        self.act, self.answers = act, answers or {}
        self.lines: list[str] = []
        self.shown: list[str] = []

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def tell(self, text: str) -> None:
        self.lines.append(text)
        if self.act and self.act(self, text):
            return
        if text in self.by_text:
            self.do(self.by_text[text])
        elif text.startswith(TELLS["face-1"]):
            self.world.take(Pose((0.0, 0.0), self.world.person.rest_cop_m, up=(0.0, 0.05, 1.0)))
        elif text.startswith(TELLS["face-2"]):
            self.world.take(Pose((0.0, 0.0), self.world.person.rest_cop_m, up=(1.0, 0.05, 0.0)))

    def show(self, text: str, share: float) -> None:
        if text and text not in self.shown:
            self.shown.append(text)

    def ask(self, question: str, choices: tuple[str, ...] | None) -> str:
        self.lines.append(question)
        for part, given in self.answers.items():
            if part in question:
                return given.pop(0) if len(given) > 1 else given[0]
        if question.startswith("Weight"):
            return f"{self.kg:.1f}"
        for side, kg in zip(("left", "right"), self.readings_kg, strict=True):
            if question.startswith(f"The {side} scale"):
                return f"{kg}"
        return "yes" if choices else ""
