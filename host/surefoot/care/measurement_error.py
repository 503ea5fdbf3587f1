# SPDX-License-Identifier: MIT
"""The error that a change is held against: of a protocol's own rows, of the norms, or of the person's own past."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log, sqrt

from surefoot.care.change import Session, bad_input, differences, made_differently, mean_of
from surefoot.care.norms_file import Error, sem_of
from surefoot.care.protocol import MeasurementError
from surefoot.errors import MeasureError
from surefoot.measures import MEASURES
from surefoot.measures.reliability import Z95

MIN_OWN_SESSIONS = 8


def error_of(row: MeasurementError) -> Error:
    """A protocol's row of measurement error; its interval is between days only where its words begin so."""
    interval = "between-days" if row.interval.startswith("between days") else "within-session"
    sem = sem_of(log(1 + row.mdc95_percent / 100))
    needs = {"surface": row.surface, "vision": row.vision}
    unit = MEASURES[row.measure].unit
    return Error(
        row.measure,
        unit,
        "log",
        sem,
        row.trials,
        interval,
        row.population,
        row.source,
        row.certainty,
        (),
        needs,
        doi=row.doi,
    )


def errors_for(errors: Sequence[Error], protocol: str, measure: str, how: Mapping[str, str]) -> tuple[Error, ...]:
    """The errors that hold for a measure of a protocol done so, the checked and those between days first."""
    found = [
        error
        for error in errors
        if error.measure == measure
        and (not error.protocols or protocol in error.protocols)
        and all(how.get(need) == wanted for need, wanted in error.needs.items())
    ]
    return tuple(sorted(found, key=lambda error: (error.certainty != "V", error.interval != "between-days")))


def own_error(sessions: Sequence[Session], logs: bool) -> Error:
    """The error between days from a person's own earlier sessions, MIN_OWN_SESSIONS or more of them, none of it `now`.

    The SD of neighbouring sessions' differences over sqrt(2), which slow change leaves alone; widened by Student's t
    over 1.96, since an SD of so few is itself unsure. MeasureError where there are too few or they don't compare.
    """
    from scipy.special import stdtrit

    ordered = sorted(sessions, key=lambda session: session.number)
    if len(ordered) < MIN_OWN_SESSIONS:
        raise MeasureError(
            f"{len(ordered)} own sessions say too little about a person's own error: {MIN_OWN_SESSIONS} are needed."
        )
    why = bad_input(ordered, logs) or made_differently(ordered) or "; ".join(differences(ordered))
    if why:
        raise MeasureError(f"These sessions can't give a person's own error: {why}.")
    values = [mean_of([session], logs) for session in ordered]
    steps = [b - a for a, b in pairwise(values)]
    n = len(values)
    variance = sum(step**2 for step in steps) / (2 * len(steps))
    if variance <= 0:
        raise MeasureError("These sessions are all the same number, so they say nothing about error.")
    # Equivalent degrees of freedom of a mean square of successive differences of n independent values.
    df = 2 * (n - 1) ** 2 / (3 * n - 4)
    sem = sqrt(variance) * float(stdtrit(df, 0.975)) / Z95
    first = ordered[0]
    return Error(
        first.measure,
        MEASURES[first.measure].unit,
        "log" if logs else "raw",
        sem,
        max(len(session.values) for session in ordered),
        "between-days",
        "this person",
        f"this person's own {n} sessions",
        "V",
        (first.protocol,),
        n=n,
    )
