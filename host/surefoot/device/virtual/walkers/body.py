# SPDX-License-Identifier: MIT
"""From where a body part is and how it is turned to what an IMU on it feels.

World axes right, forward, up of where the walk begins. Turns: left by yaw about the vertical, then toes (or the chest)
up by pitch about the right axis, then to the right by roll about the forward axis.
"""

from collections.abc import Callable

import numpy as np

from surefoot.physics import GRAVITY_MS2

Track = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # times [n] to place [n,3] m and yaw, pitch, roll [n,3]


def felt(track: Track, t_s: np.ndarray, window_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Specific force [n,3] m/s2 and rate [n,3] deg/s in the part's own axes, vertical acceleration [n] of the world.

    Acceleration is the second difference of place over `window_s`, rate the difference of angles: an IMU that averages
    between two readings. Rows one window apart, summed up twice in the world's axes, give back the place exactly.
    """
    n, half = len(t_s), window_s / 2
    if n > 1 and np.allclose(np.diff(t_s), window_s, rtol=0, atol=1e-7):
        place, angles = track(t_s[0] + half * np.arange(-2, 2 * n + 1))
        early, now, late = place[0:-4:2], place[2:-2:2], place[4::2]
        before, mid, after = angles[1:-3:2], angles[2:-2:2], angles[3:-1:2]
    else:
        place, angles = track((t_s + half * np.arange(-2, 3)[:, None]).ravel())
        early, _, now, _, late = place.reshape(5, n, 3)
        _, before, mid, after, _ = angles.reshape(5, n, 3)
    world = (early - 2 * now + late) / window_s**2
    yaw, pitch, roll = ((after - before) / window_s).T
    up_ms2 = world[:, 2].copy()
    world[:, 2] += GRAVITY_MS2
    acc = turned(world, mid)
    (sp, sr), (cp, cr) = np.sin(mid[:, 1:]).T, np.cos(mid[:, 1:]).T
    # The vertical seen from the part is (-cp sr, sp, cp cr); the right axis, once rolled, (cr, 0, sr).
    gyr = np.stack((-cp * sr * yaw + cr * pitch, sp * yaw + roll, cp * cr * yaw + sr * pitch), 1)
    return acc, np.degrees(gyr), up_ms2


def turned(world: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Vectors [n,3] of the world in the axes of a part turned by yaw, pitch, roll [n,3]."""
    (sy, sp, sr), (cy, cp, cr) = np.sin(angles).T, np.cos(angles).T
    x, y, z = world.T
    x, y = cy * x + sy * y, -sy * x + cy * y
    y, z = cp * y + sp * z, -sp * y + cp * z
    return np.stack((cr * x - sr * z, y, sr * x + cr * z), 1)
