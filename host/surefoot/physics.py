# SPDX-License-Identifier: MIT
"""Constants of nature that several rooms need."""

GRAVITY_MS2 = 9.80665  # standard gravity (CGPM 1901)


def gravity_at_ms2(latitude_deg: float, altitude_m: float = 0.0) -> float:
    """Normal gravity of the WGS 84 ellipsoid (NIMA TR8350.2, 3rd ed., eq. 4-1) and its free-air gradient.

    Ground is within 0.001 m/s2 of it nearly everywhere; every 300 m of altitude left out are as much.
    """
    from math import radians, sin

    square = sin(radians(latitude_deg)) ** 2
    level = 9.7803253359 * (1 + 0.00193185265241 * square) / (1 - 0.00669437999013 * square) ** 0.5
    return level - 3.086e-6 * altitude_m
