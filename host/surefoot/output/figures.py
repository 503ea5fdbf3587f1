# SPDX-License-Identifier: MIT
"""Every drawn figure by name: tasks of a ladder, exercises, walks. Inline SVG, nothing fetched, the same bytes."""

from surefoot.care.exercises import Exercise

from .figures_body import FigureError
from .figures_draw import LEFT, RIGHT, WIDTH, figure, number
from .figures_ladders import task_figure
from .figures_moves import ON_THE_SPOT
from .figures_walks import ON_THE_WAY

__all__ = ["FIGURES", "FigureError", "exercise_figure", "task_figure"]

FIGURES = {**ON_THE_SPOT, **ON_THE_WAY}


def exercise_figure(exercise: Exercise, leg: str | None = None) -> str:
    """SVG of an exercise, with the right leg or, mirrored, with the left. FigureError where nobody has drawn it."""
    draw = FIGURES.get(exercise.figure)
    if draw is None:
        raise FigureError(
            f"There is no figure '{exercise.figure}' for {exercise.id}: take one of {', '.join(FIGURES)}."
        )
    drawn = draw()
    if leg == "left" and "<text" not in "".join(drawn):
        halves = (drawn,) if isinstance(drawn, str) else drawn
        drawn = "".join(_mirrored(one, (2 * k + 1) * WIDTH / len(halves)) for k, one in enumerate(halves))
    return figure("".join(drawn), exercise.title)


def _mirrored(body: str, twice: float) -> str:
    """In a mirror at half of `twice` across the page: there a right leg is a left one, once it has its colour."""
    swapped = body.replace(RIGHT, "#").replace(LEFT, RIGHT).replace('"#"', f'"{LEFT}"')
    return f'<g transform="matrix(-1 0 0 1 {number(twice)} 0)">{swapped}</g>'
