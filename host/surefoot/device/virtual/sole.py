# SPDX-License-Identifier: MIT
"""The sole of a virtual foot: a continuous pressure over an outline drawn per person, and what eight cells feel of it.

Pressure(x, y) = base(x, y) exp(a x + b y) / Z: the base is heel, arch, forefoot and toes; the exponential tilt moves
its centre. For any asked CoP there is one (a, b) that puts the centre there exactly; Newton finds it once on a grid of
CoPs, and a Chebyshev interpolant of the log shares takes over from there. Load between the cells is lost, as in a shoe.

Anatomical frame: origin at the middle of the foot's length, X right, Y towards the toes, metres; drawn for a right
foot (medial is -x) and mirrored for a left one. It lies in the insole's foot frame with a small shift and turn.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from surefoot.cells import CELLS_PER_FOOT, CellMap
from surefoot.errors import SurefootError

NODES_ALONG, NODES_ACROSS = 64, 24  # quadrature of the outline
GRID_ML, GRID_AP = 15, 25  # Chebyshev nodes of the CoP table
REACH_ML, REACH_AP = 0.07, (-0.33, 0.32)  # CoPs that a foot can hold, in foot lengths
DISC_RINGS, DISC_SPOKES = 6, 16

# Places (x, y), widths (x, y) and heights of the pressure hills in foot lengths, y from the middle of the foot; rounded
# from the look of pressure maps of standing adults.
_HILLS = np.array(
    [
        (0.000, -0.370, 0.080, 0.090, 1.00),  # heel
        (0.060, -0.110, 0.050, 0.160, 0.16),  # lateral arch
        (-0.065, 0.200, 0.060, 0.065, 0.55),  # ball of the great toe
        (0.065, 0.150, 0.065, 0.065, 0.50),  # balls of the small toes
        (-0.080, 0.410, 0.045, 0.045, 0.28),  # great toe
        (0.030, 0.370, 0.070, 0.040, 0.14),  # small toes
    ]
)


@dataclass(frozen=True, eq=False)
class Foot:
    """One foot's form [m, foot lengths]: outline, hills, and where it lies in the insole's frame."""

    length_m: float
    mirror: float  # 1 right, -1 left
    heel_half: float
    ball_half: float
    curve: float
    hills: np.ndarray
    floor: float
    shift_m: np.ndarray
    turn_rad: float


@dataclass(frozen=True, eq=False)
class Sole:
    """Two feet on their insoles with the table from foot CoP to cell shares: coefficients [2][ml, ap, 8]."""

    feet: tuple[Foot, Foot]
    table: tuple[np.ndarray, np.ndarray]


def draw_foot(seed: int, side: int, foot_length_m: float) -> Foot:
    """The left (0) or right (1) foot of a person; both feet share their form, not their place on the insole."""
    rng = np.random.default_rng([seed, *b"foot"])
    hills = _HILLS.copy()
    hills[:, :2] += rng.normal(0, 0.008, (len(hills), 2))
    hills[:, 2:] *= np.exp(rng.normal(0, 0.12, (len(hills), 3)))
    hills[1, 4] *= np.exp(rng.normal(0, 0.5))  # arches differ most
    heel_half, ball_half = 0.125 * np.exp(rng.normal(0, 0.05)), 0.19 * np.exp(rng.normal(0, 0.05))
    curve, floor = rng.normal(0.012, 0.006), 0.03
    own = np.random.default_rng([seed, side, *b"on-insole"])
    shift_m, turn_rad = own.normal(0, (0.0015, 0.0025)), np.radians(own.normal(0, 1.5))
    mirror = 1.0 if side else -1.0
    return Foot(foot_length_m, mirror, heel_half, ball_half, curve, hills, floor, shift_m, float(turn_rad))


def outline(foot: Foot, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle line and half width [foot lengths] of a right foot at y, also in foot lengths (-0.5 to 0.5)."""
    u = np.clip(2 * y, -1, 1)
    widening = np.exp(-(((y - 0.2) / 0.24) ** 2))
    half = foot.heel_half + (foot.ball_half - foot.heel_half) * widening
    return -foot.curve * widening, half * np.sqrt(1 - u**8)


def base_pressure(foot: Foot, xy_m: np.ndarray) -> np.ndarray:
    """Untilted pressure, in any unit, at points [..., 2] of the anatomical frame; zero on and outside the outline."""
    x, y = xy_m[..., 0] * foot.mirror / foot.length_m, xy_m[..., 1] / foot.length_m
    middle, half = outline(foot, y)
    across = np.where(half > 0, (x - middle) / np.maximum(half, 1e-12), 2.0)
    pressure = np.full(np.shape(x), foot.floor)
    for hx, hy, wx, wy, height in foot.hills:
        pressure = pressure + height * np.exp(-(((x - hx) / wx) ** 2 + ((y - hy) / wy) ** 2) / 2)
    return pressure * np.maximum(1 - across**2, 0) * (np.abs(y) < 0.5)


def quadrature(foot: Foot, along: int = NODES_ALONG, across: int = NODES_ACROSS) -> tuple[np.ndarray, np.ndarray]:
    """Points [n,2] m and weights [n] m2 over the outline: Gauss-Legendre in coordinates that smooth its ends."""
    angle, w_along = np.polynomial.legendre.leggauss(along)
    s, w_across = np.polynomial.legendre.leggauss(across)
    angle, w_along = angle * np.pi / 2, w_along * np.pi / 2
    y = 0.5 * np.sin(angle)
    middle, half = outline(foot, y)
    x = middle[:, None] + half[:, None] * s
    weight = (0.5 * np.cos(angle) * w_along * half)[:, None] * w_across * foot.length_m**2
    xy = np.stack((foot.mirror * x, np.broadcast_to(y[:, None], x.shape)), -1) * foot.length_m
    return xy.reshape(-1, 2), weight.ravel()


def solve_tilt(foot: Foot, cop_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tilt (a, b) [g,2] in 1/m and log Z [g] that put the pressure's centre on cop_m [g,2] (anatomical frame)."""
    xy, weight = quadrature(foot)
    log_mass = np.log(np.maximum(base_pressure(foot, xy) * weight, 1e-300))
    points = xy / foot.length_m
    target = np.asarray(cop_m, float) / foot.length_m
    tilt = np.zeros_like(target)
    products = np.stack((points[:, 0] ** 2, points[:, 0] * points[:, 1], points[:, 1] ** 2), -1)
    log_z = np.zeros(len(target))
    for _ in range(60):
        logits = tilt @ points.T + log_mass
        top = logits.max(1)
        mass = np.exp(logits - top[:, None])
        total = mass.sum(1)
        log_z = top + np.log(total)
        mean = mass @ points / total[:, None]
        gap = target - mean
        if np.abs(gap).max() < 1e-11:
            return tilt / foot.length_m, log_z
        xx, xy_, yy = (mass @ products / total[:, None] - mean[:, (0, 0, 1)] * mean[:, (0, 1, 1)]).T
        det = xx * yy - xy_**2
        if not (det > 1e-12).all():
            break
        step = np.stack((yy * gap[:, 0] - xy_ * gap[:, 1], xx * gap[:, 1] - xy_ * gap[:, 0]), -1) / det[:, None]
        # The log partition function is convex: a step shortened by its Newton decrement can't run away.
        decrement = np.sqrt(np.maximum((step * gap).sum(1), 0))
        tilt += step * np.where(decrement > 0.5, 1 / (1 + decrement), 1.0)[:, None]
    raise SurefootError("The virtual sole can't hold that CoP: ask for one nearer to the middle of the foot.")


def pressure(foot: Foot, tilt: np.ndarray, log_z: float, xy_m: np.ndarray) -> np.ndarray:
    """Pressure per newton of foot load [1/m2] at points [..., 2] under one tilt; integrates to 1."""
    return base_pressure(foot, xy_m) * np.exp(xy_m @ tilt - log_z)


def to_anatomy(foot: Foot, xy_m: np.ndarray) -> np.ndarray:
    """Points [..., 2] of the insole's foot frame in the anatomical frame."""
    c, s = np.cos(foot.turn_rad), np.sin(foot.turn_rad)
    return (np.asarray(xy_m) - foot.shift_m) @ np.array(((c, -s), (s, c)))


def from_anatomy(foot: Foot, xy_m: np.ndarray) -> np.ndarray:
    """Points [..., 2] of the anatomical frame in the insole's foot frame."""
    c, s = np.cos(foot.turn_rad), np.sin(foot.turn_rad)
    return np.asarray(xy_m) @ np.array(((c, s), (-s, c))) + foot.shift_m


def disc_shares(foot: Foot, tilt: np.ndarray, log_z: np.ndarray, centres_m: np.ndarray, radius_m: float) -> np.ndarray:
    """Share [g, cells] of the foot's load on each disc (centres in the anatomical frame) under tilts [g,2]."""
    nodes, weights = np.polynomial.legendre.leggauss(DISC_RINGS)
    r, w_r = radius_m * (nodes + 1) / 2, radius_m * weights / 2
    spokes = 2 * np.pi * np.arange(DISC_SPOKES) / DISC_SPOKES
    ring = r[:, None, None] * np.stack((np.cos(spokes), np.sin(spokes)), -1)
    area = np.repeat(r * w_r * 2 * np.pi / DISC_SPOKES, DISC_SPOKES)
    shares = np.empty((len(tilt), len(centres_m)))
    for k, centre in enumerate(centres_m):
        points = centre + ring.reshape(-1, 2)
        mass = base_pressure(foot, points) * area
        shares[:, k] = np.exp(tilt @ points.T - log_z[:, None]) @ mass
    return shares


def draw(seed: int, foot_length_m: float, cells: CellMap) -> Sole:
    """The soles of a person on insoles with these cells; 0.2 s of Newton, the first time."""
    return _drawn(seed, foot_length_m, cells.xy_m.tobytes(), cells.diameter_m)


@lru_cache(maxsize=64)
def _drawn(seed: int, foot_length_m: float, places: bytes, diameter_m: float) -> Sole:
    xy_m = np.frombuffer(places).reshape(2, CELLS_PER_FOOT, 2)
    feet = (draw_foot(seed, 0, foot_length_m), draw_foot(seed, 1, foot_length_m))
    tables = (_tabulate(feet[0], xy_m[0], diameter_m), _tabulate(feet[1], xy_m[1], diameter_m))
    for table in tables:
        table.setflags(write=False)  # shared by all who stand on it
    return Sole(feet, tables)


def _tabulate(foot: Foot, xy_m: np.ndarray, diameter_m: float) -> np.ndarray:
    nodes_ml, nodes_ap = (np.cos(np.pi * (np.arange(n) + 0.5) / n) for n in (GRID_ML, GRID_AP))
    low, high = REACH_AP
    ml = nodes_ml * REACH_ML * foot.length_m
    ap = (nodes_ap * (high - low) / 2 + (high + low) / 2) * foot.length_m
    grid = np.stack(np.meshgrid(ml, ap, indexing="ij"), -1).reshape(-1, 2)
    tilt, log_z = solve_tilt(foot, grid)
    centres = to_anatomy(foot, xy_m)
    shares = disc_shares(foot, tilt, log_z, centres, diameter_m / 2)
    values = np.log(np.maximum(shares, 1e-12)).reshape(GRID_ML, GRID_AP, -1)
    # Discrete orthogonality of Chebyshev polynomials on their own nodes turns values into coefficients.
    to_ml, to_ap = (
        2
        / n
        * np.cos(np.pi * np.outer(np.arange(n), np.arange(n) + 0.5) / n)
        * np.where(np.arange(n) == 0, 0.5, 1)[:, None]
        for n in (GRID_ML, GRID_AP)
    )
    return np.einsum("im,jn,mnk->ijk", to_ml, to_ap, values)


def hold(sole: Sole, side: int, cop_m: np.ndarray) -> np.ndarray:
    """The CoP [n,2] that the foot can hold nearest to the asked one (insole's foot frame)."""
    foot = sole.feet[side]
    inner = to_anatomy(foot, cop_m)
    low = np.array((-REACH_ML, REACH_AP[0])) * foot.length_m
    high = np.array((REACH_ML, REACH_AP[1])) * foot.length_m
    clipped = np.clip(inner, low, high)
    return np.where((clipped == inner).all(-1, keepdims=True), cop_m, from_anatomy(foot, clipped))


def cell_shares(sole: Sole, side: int, cop_m: np.ndarray) -> np.ndarray:
    """Share [n,8] of a foot's load on each of its cells at foot CoPs [n,2] (insole's foot frame, held by the foot)."""
    foot = sole.feet[side]
    inner = to_anatomy(foot, cop_m) / foot.length_m
    low, high = REACH_AP
    u = np.clip(inner[:, 0] / REACH_ML, -1, 1)
    v = np.clip((2 * inner[:, 1] - low - high) / (high - low), -1, 1)
    basis_u, basis_v = _chebyshev(u, GRID_ML), _chebyshev(v, GRID_AP)
    table = sole.table[side]
    rows = (basis_u @ table.reshape(GRID_ML, -1)).reshape(len(u), GRID_AP, -1)
    return np.exp(np.einsum("nj,njk->nk", basis_v, rows))


def _chebyshev(x: np.ndarray, n: int) -> np.ndarray:
    rows = np.empty((n, len(x)))
    rows[0], rows[1] = 1, x
    for k in range(2, n):
        rows[k] = 2 * x * rows[k - 1] - rows[k - 2]
    return rows.T
