# SPDX-License-Identifier: MIT
"""Steadiness left over within the limits of leaning, its composite over conditions, and what is kept without a sense.

Our own names and our own numbers: made of the tilt of the trunk, they are no other instrument's score.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.processing import require_comparable

LIMIT_DEG = 12.5
# numerator over denominator, each (surface, vision)
KEPT = {
    "kept_without_sight": (("firm", "closed"), ("firm", "open")),
    "kept_on_foam": (("foam", "open"), ("firm", "open")),
    "kept_on_foam_without_sight": (("foam", "closed"), ("firm", "open")),
}
Condition = tuple[str, str]


def steadiness_score(tilt_range_deg: float, failed: bool = False, limit_deg: float = LIMIT_DEG) -> float:
    """100 (limit - range) / limit, within 0 and 100, of the forward-and-back range of tilt; 0 for a step or fall.

    Like the equilibrium score in its form only: MeasureError for a range that isn't 0 or more.
    """
    if failed:
        return 0.0
    if not 0 <= tilt_range_deg < np.inf or not 0 < limit_deg < np.inf:
        raise MeasureError(f"No steadiness of a tilt range of {tilt_range_deg:g} degrees: give 0 or more.")
    return float(100 * min(max((limit_deg - tilt_range_deg) / limit_deg, 0.0), 1.0))


def steadiness_composite(scores: Mapping[Condition, Sequence[float]]) -> float:
    """The mean over conditions of each condition's mean score: every condition weighs the same, however many trials.

    MeasureError where a condition has no score, or one that isn't 0 to 100.
    """
    if not scores or not all(len(own) and all(0 <= score <= 100 for score in own) for own in scores.values()):
        raise MeasureError("No composite: every condition needs one or more scores between 0 and 100.")
    return float(np.mean([np.mean(own) for own in scores.values()]))


def sensory_ratios(
    scores: Mapping[Condition, Sequence[float]], fingerprints: Sequence[str] = ()
) -> dict[str, float | str]:
    """What is kept of the score of (firm, open) without sight, on foam and both, by key, or a reason.

    MeasureError where the fingerprints of the scores are given and differ.
    """
    for other in fingerprints[1:]:
        require_comparable(fingerprints[0], other)
    means = {condition: float(np.mean(own)) for condition, own in scores.items() if len(own)}
    found: dict[str, float | str] = {}
    for key, (above, below) in KEPT.items():
        if above not in means or below not in means:
            lacking = " and ".join(f"{s}, eyes {v}" for s, v in (above, below) if (s, v) not in means)
            found[key] = f"There is no score of: {lacking}."
        elif means[below] <= 0:
            found[key] = "On firm ground with eyes open nothing was left over, so there is nothing to keep."
        else:
            found[key] = means[above] / means[below]
    return found
