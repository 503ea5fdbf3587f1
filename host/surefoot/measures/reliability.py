# SPDX-License-Identifier: MIT
"""How far repeats of one measure agree: ICC, SEM, MDC95 and Bland-Altman of a table of people by repeats.

Rows are people, columns are repeats (trials, sessions, raters) in the order they were done. With mean squares of rows
(MSR), columns (MSC), residual (MSE) and within rows (MSW), n people and k repeats, McGraw & Wong 1996
(10.1037/1082-989X.1.1.30) give the ICCs, named here as Shrout & Fleiss 1979 (10.1037/0033-2909.86.2.420) do. All is in
the unit of the table, or in natural logarithms where `log` is asked for. scipy loads when an interval is asked for.
"""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from surefoot.errors import MeasureError

Z95 = 1.96
ALPHA = 0.05
MIN_PEOPLE = 3
FEW_PEOPLE = 30
FORMS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


@dataclass(frozen=True)
class Interval:
    """A number with the limits of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BlandAltman:
    """Differences second - first of n people: their mean and the limits that hold 95 % of them, with intervals."""

    n: int
    bias: Interval
    lower: Interval
    upper: Interval


@dataclass(frozen=True)
class Reliability:
    """Agreement of k repeats in n people; `left_out` people lacked a repeat. `icc` has a key for each of FORMS.

    `sem` is that of agreement, the SD within a person sqrt(MSW): a drift from repeat to repeat is part of it.
    `sem_consistency`, sqrt(MSE), leaves the drift out. `mdc95` is 1.96 sqrt(2) sem, for two single repeats.
    `drift_p`: the probability of so large a drift of the repeats' means were there none (F test, MSC over MSE).
    """

    n: int
    k: int
    left_out: int
    log: bool
    repeat_means: tuple[float, ...]
    icc: dict[str, Interval]
    sem: Interval
    sem_consistency: float
    mdc95: Interval
    drift_p: float
    first_last: BlandAltman
    spread_rho: float
    spread_p: float
    notes: tuple[str, ...]

    @property
    def mdc95_percent(self) -> float:
        """By how many percent the larger of two repeats exceeds the smaller; only for logarithms."""
        return percent(self.mdc95.value) if self.log else float("nan")


def percent(log_difference: float) -> float:
    """A difference of natural logarithms as percent of the smaller: 0.405 is 50 %."""
    return 100.0 * (exp(log_difference) - 1.0)


def reliability(table: np.ndarray, log: bool = False) -> Reliability:
    """Agreement of a table [people, repeats]; people with a repeat that is NaN are left out and counted.

    MeasureError: fewer than two repeats or MIN_PEOPLE whole rows, infinite values, values that have no logarithm, or
    nothing that varies.
    """
    whole, left_out = _whole(table, log)
    n, k = whole.shape
    msr, msc, mse, msw = mean_squares(whole)
    if msr + msw <= (1e-9 * np.abs(whole).max()) ** 2:
        raise MeasureError("Every number is the same, so how well people can be told apart isn't defined.")
    sem = _sem(msc, mse, n, k)
    drift_p = _drift_p(msc, mse, n, k)
    rho, p = spread_with_size(whole)
    means = tuple(float(mean) for mean in whole.mean(axis=0))
    notes = []
    if n < FEW_PEOPLE:
        notes.append(f"Only {n} people: read the intervals, not the numbers.")
    if drift_p < ALPHA:
        notes.append("The repeats drift (practice, fatigue, settling): the SEM of agreement holds the drift.")
    if p < ALPHA and rho > 0 and not log:
        notes.append("Differences grow with the size of the number: use the logarithm.")
    factor = Z95 * sqrt(2)
    mdc95 = Interval(factor * sem.value, factor * sem.low, factor * sem.high)
    icc = intraclass(msr, msc, mse, msw, n, k)
    first_last = bland_altman(whole[:, 0], whole[:, -1])
    return Reliability(
        n, k, left_out, log, means, icc, sem, sqrt(mse), mdc95, drift_p, first_last, rho, p, tuple(notes)
    )


def mean_squares(whole: np.ndarray) -> tuple[float, float, float, float]:
    """MSR, MSC, MSE and MSW of a whole table [n, k]."""
    n, k = whole.shape
    rows, columns, grand = whole.mean(axis=1), whole.mean(axis=0), whole.mean()
    rest = whole - rows[:, None] - columns[None, :] + grand
    return (
        float(k * np.sum((rows - grand) ** 2) / (n - 1)),
        float(n * np.sum((columns - grand) ** 2) / (k - 1)),
        float(np.sum(rest**2) / ((n - 1) * (k - 1))),
        float(np.sum((whole - rows[:, None]) ** 2) / (n * (k - 1))),
    )


def intraclass(msr: float, msc: float, mse: float, msw: float, n: int, k: int) -> dict[str, Interval]:
    """The six ICCs of Shrout & Fleiss with the intervals of McGraw & Wong 1996, tables 4 and 7.

    "2" is agreement (a drift counts against it), "3" consistency (it doesn't), "1" doesn't know which repeat is which;
    "k" is the mean of all k repeats.
    """
    from scipy.special import fdtri

    def f(dfn: float, dfd: float) -> float:
        return float(fdtri(dfn, dfd, 1 - ALPHA / 2))

    def of_ratio(ratio: float, dfd: float) -> Interval:
        """(F - 1) / (F + k - 1), F being msr over an error with dfd degrees of freedom."""
        low, high = ratio / f(n - 1, dfd), ratio * f(dfd, n - 1)
        return Interval(*((x - 1) / (x + k - 1) if np.isfinite(x) else 1.0 for x in (ratio, low, high)))

    def over(top: float, bottom: float) -> float:
        return top / bottom if bottom > 0 else float("inf")

    single = {
        "1,1": of_ratio(over(msr, msw), n * (k - 1)),
        "2,1": _agreement(msr, msc, mse, n, k, f),
        "3,1": of_ratio(over(msr, mse), (n - 1) * (k - 1)),
    }
    return single | {f"{form[0]},k": _stepped_up(one, k) for form, one in single.items()}


def _agreement(msr: float, msc: float, mse: float, n: int, k: int, f) -> Interval:
    value = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    if value >= 1 - 1e-12:
        return Interval(1.0, 1.0, 1.0)
    # Satterthwaite's degrees of freedom of the error in the bounds (McGraw & Wong 1996, table 7, case 2).
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    spread = (a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1))
    v = (a * msc + b * mse) ** 2 / spread if spread > 0 else float((n - 1) * (k - 1))
    error = k * msc + (k * n - k - n) * mse
    upper_f, lower_f = f(n - 1, v), f(v, n - 1)
    low = n * (msr - upper_f * mse) / (upper_f * error + n * msr)
    high = n * (lower_f * msr - mse) / (error + n * lower_f * msr)
    return Interval(value, low, high)


def _stepped_up(one: Interval, k: int) -> Interval:
    """Spearman-Brown: the ICC of the mean of k repeats from that of one.

    It has a pole at -1 / (k - 1), which the true ICC of one can't pass: a bound there or below is minus infinity.
    """

    def step(icc: float) -> float:
        below = 1 + (k - 1) * icc
        return k * icc / below if below > 1e-12 else float("-inf")

    return Interval(step(one.value), step(one.low), step(one.high))


def _sem(msc: float, mse: float, n: int, k: int) -> Interval:
    """sqrt(MSW) = sqrt((MSC + (n - 1) MSE) / n), its interval by Satterthwaite's degrees of freedom and chi square."""
    from scipy.special import chdtri

    variance = (msc + (n - 1) * mse) / n
    if variance <= 0:
        return Interval(0.0, 0.0, 0.0)
    df = (n * variance) ** 2 / (msc**2 / (k - 1) + ((n - 1) * mse) ** 2 / ((n - 1) * (k - 1)))
    low, high = (sqrt(df * variance / float(chdtri(df, p))) for p in (ALPHA / 2, 1 - ALPHA / 2))
    return Interval(sqrt(variance), low, high)


def _drift_p(msc: float, mse: float, n: int, k: int) -> float:
    from scipy.special import fdtrc

    if mse <= 0:
        return 0.0 if msc > 0 else 1.0
    return float(fdtrc(k - 1, (n - 1) * (k - 1), msc / mse))


def bland_altman(first: np.ndarray, second: np.ndarray) -> BlandAltman:
    """Mean of second - first [n] and its 95 % limits of agreement, mean +- 1.96 SD (Bland & Altman 1986).

    Intervals as in Bland & Altman 1999, 10.1177/096228029900800204: the variance of a limit is
    SD^2 (1 / n + 1.96^2 / (2 (n - 1))).

    Pairs with a NaN are left out. MeasureError: fewer than MIN_PEOPLE pairs.
    """
    from scipy.special import stdtrit

    difference = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    difference = difference[np.isfinite(difference)]
    n = len(difference)
    if n < MIN_PEOPLE:
        raise MeasureError(f"Limits of agreement need {MIN_PEOPLE} pairs or more, and there are {n}.")
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    t = float(stdtrit(n - 1, 1 - ALPHA / 2))
    half, wide = t * sd / sqrt(n), t * sd * sqrt(1 / n + Z95**2 / (2 * (n - 1)))
    lower, upper = bias - Z95 * sd, bias + Z95 * sd
    return BlandAltman(
        n,
        Interval(bias, bias - half, bias + half),
        Interval(lower, lower - wide, lower + wide),
        Interval(upper, upper - wide, upper + wide),
    )


def spread_with_size(whole: np.ndarray) -> tuple[float, float]:
    """Spearman's rank correlation of each person's SD with their mean, and its p: does the error grow with the size?"""
    from scipy.special import stdtr

    n = len(whole)
    a, b = _ranks(whole.std(axis=1, ddof=1)), _ranks(whole.mean(axis=1))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0, 1.0
    rho = float(np.clip(np.corrcoef(a, b)[0, 1], -1, 1))
    if abs(rho) > 1 - 1e-12:
        return rho, 0.0
    return rho, 2 * float(stdtr(n - 2, -abs(rho) * sqrt((n - 2) / (1 - rho**2))))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks [n]; equal values share the mean of theirs."""
    _, at, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[at]


def _whole(table: np.ndarray, log: bool) -> tuple[np.ndarray, int]:
    """The rows without NaN, in logarithms where asked, and how many were left out."""
    values = np.asarray(table, dtype=float)
    if values.ndim != 2:
        raise MeasureError(f"The table has the shape {list(values.shape)}: give one of [people, repeats].")
    if values.shape[1] < 2:
        raise MeasureError("Nobody has two repeats, and without a repeat there is no reliability to tell.")
    if np.isinf(values).any():
        raise MeasureError("The table holds an infinite number: leave it out or mend it.")
    whole = values[~np.isnan(values).any(axis=1)]
    if len(whole) < MIN_PEOPLE:
        raise MeasureError(
            f"{len(whole)} of {len(values)} people have all {values.shape[1]} repeats, and {MIN_PEOPLE} are needed."
        )
    if log:
        if (whole <= 0).any():
            raise MeasureError("A number of 0 or less has no logarithm: take the table as it is.")
        whole = np.log(whole)
    return whole, len(values) - len(whole)
