# SPDX-License-Identifier: MIT
"""Where the feet stand: the one place that turns a foot frame into the body frame.

Foot frame: origin at the middle of the foot's long axis, X right, Y towards the toes; so the middle of the heel's
back edge is (0, -L/2). Body frame: origin midway between the two heel-edge points, X right, Y forward. The heel
distance is the distance between those two points, and each foot is turned outward about its own: the foot's
length changes where its toes are, never where its heel stands.
"""

from dataclasses import dataclass
from math import cos, isfinite, radians, sin

import numpy as np

from surefoot.errors import SurefootError


class PlacementError(SurefootError):
    """A foot placement that can't be stood on, or that is missing where it is needed."""


@dataclass(frozen=True)
class Placement:
    """Heel-edge distance [m], outward angle of each foot [deg] and foot length [m], as read off the foot mat."""

    heel_distance_m: float
    foot_angle_deg: float
    foot_length_m: float


def place_feet(
    heel_distance_m: float, angle_left_deg: float, angle_right_deg: float, foot_length_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rotation [2,2,2] and translation [2,2] in m (left, right): body = rotation @ foot + translation.

    Angles are outward positive on either side: a left foot at 10 degrees has its toes to the left of its heel.
    """
    values = (heel_distance_m, angle_left_deg, angle_right_deg, foot_length_m)
    if not all(isfinite(value) for value in values) or heel_distance_m < 0:
        raise PlacementError(
            f"The foot placement {values} isn't made of a heel distance of at least 0 m, two angles and a foot length:"
            " read them off the foot mat and type them again."
        )
    if not 0.1 <= foot_length_m <= 0.4:
        raise PlacementError(
            f"A foot length of {foot_length_m:g} m is outside 0.1 to 0.4 m: give it in metres, e.g. 0.265."
        )
    rotation = np.empty((2, 2, 2))
    translation = np.empty((2, 2))
    for foot, (side, turn_deg) in enumerate(((-1, angle_left_deg), (1, -angle_right_deg))):
        c, s = cos(radians(turn_deg)), sin(radians(turn_deg))
        rotation[foot] = ((c, -s), (s, c))
        heel = np.array((side * heel_distance_m / 2, 0.0))
        translation[foot] = heel + rotation[foot] @ (0.0, foot_length_m / 2)
    return rotation, translation
