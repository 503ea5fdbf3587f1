# SPDX-License-Identifier: MIT
"""The virtual person, the parts and the world: known sway, exact mechanics, the same bytes however asked for."""

from pathlib import Path

import numpy as np
import pytest

from surefoot import cells
from surefoot.device.virtual import body, electronics, leans, person, replay, script, world
from surefoot.device.virtual.person import GRAVITY_MS2
from surefoot.device.virtual.stand import LosesBalance
from surefoot.errors import SurefootError


@pytest.fixture(scope="module")
def standing() -> world.World:
    return world.World(person.draw(5, "steady"))


# -- the person -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", person.KINDS)
def test_sway_has_the_set_spread_and_direction(kind: str) -> None:
    who = person.draw(3, kind)
    # Long against the slowest tone, sampled at random so that no tone is aliased.
    t = np.random.default_rng(0).uniform(0, 20000, 60000)
    sway = np.concatenate([person.cop_at(who, part) for part in np.split(t, 20)])
    measured, known = np.cov(sway.T), who.sway_covariance_m2
    assert np.allclose(measured, known, atol=0.03 * known[1, 1])
    assert np.sqrt(np.linalg.eigvalsh(known)) == pytest.approx([who.minor.rms, who.major.rms])
    axis = np.linalg.eigh(known)[1][:, 1]
    assert np.degrees(np.arctan(axis[0] / axis[1])) == pytest.approx(who.direction_deg, abs=1e-6)


def test_sway_has_the_set_spectrum() -> None:
    from scipy.signal import welch

    tones = person._tones(np.random.default_rng(1), 0.004, 0.15, 1.0)
    assert tones.rms == pytest.approx(0.004, rel=1e-12)
    t = np.arange(0, 2000, 0.05)
    series = np.concatenate(
        [
            (tones.amplitude * np.cos(2 * np.pi * np.multiply.outer(p, tones.f_hz) + tones.phase)).sum(1)
            for p in np.split(t, 20)
        ]
    )
    f, density = welch(series, 20, nperseg=4000)
    fine = np.linspace(person.LOW_HZ, person.HIGH_HZ, 200000)
    total = np.trapezoid(person.spectrum(fine, 0.15, 1.0), fine)
    for low, high in ((0.05, 0.1), (0.1, 0.2), (0.2, 0.5), (0.5, 1), (1, 2), (2, 4)):
        law = np.linspace(low, high, 2000)
        share = np.trapezoid(person.spectrum(law, 0.15, 1.0), law) / total
        band = (f >= low) & (f < high)
        assert density[band].sum() * f[1] / 0.004**2 == pytest.approx(share, rel=0.12)


def test_people_differ_by_seed_and_kind_and_are_themselves() -> None:
    a, again, b = person.draw(1), person.draw(1), person.draw(2)
    t = np.linspace(0, 10, 50)
    assert (person.cop_at(a, t) == person.cop_at(again, t)).all()
    assert np.abs(person.cop_at(a, t) - person.cop_at(b, t)).max() > 1e-3
    assert (a.mass_kg, a.foot_angle_deg) != (b.mass_kg, b.foot_angle_deg)
    for seed in range(30):
        steady, unsteady = person.draw(seed), person.draw(seed, "unsteady")
        assert 45 < steady.mass_kg < 105
        assert 0.20 < steady.foot_length_m < 0.31
        assert 0.001 < steady.insole_length_m - steady.foot_length_m < 0.01
        assert 2 < np.prod([unsteady.major.rms, unsteady.minor.rms]) / np.prod([steady.major.rms, steady.minor.rms]) < 5
        assert abs(steady.heel_distance_m - 0.17) < 0.025


def test_unknown_people_and_deeds_are_refused(standing: world.World) -> None:
    with pytest.raises(SurefootError, match="choose steady"):
        person.draw(0, "drunk")
    with pytest.raises(SurefootError, match="can't 'dance'"):
        standing.do("dance")


def test_quiet_standing_has_human_sizes() -> None:
    t = np.arange(5, 35, 0.02)
    for kind, velocity, area, trunk in (
        ("steady", (5.5, 13), (45, 330), (0.015, 0.08)),
        ("unsteady", (11, 30), (130, 900), (0.03, 0.15)),
    ):
        rows = []
        for seed in range(5):
            truth = world.World(person.draw(seed, kind)).truth(t)
            xy = np.stack((truth["cop_ml_mm"], truth["cop_ap_mm"]))
            path = np.hypot(*np.diff(xy)).sum() / 30
            acc = truth["acc_ms2"][:, :2].std(0)
            rows.append((path, 5.99 * np.pi * np.sqrt(np.linalg.det(np.cov(xy))), np.hypot(*acc)))
        rows = np.array(rows)
        for column, (low, high) in zip(rows.T, (velocity, area, trunk), strict=True):
            assert low < column.min()
            assert column.max() < high


# -- mechanics ------------------------------------------------------------------------------------------------------


def test_centre_of_mass_follows_the_pendulum_filter_exactly() -> None:
    who = person.draw(7)
    t = np.linspace(3, 60, 400)
    wave = person.motion(who)(0.0, t).com.sum(1)
    k = who.pendulum_s2
    assert np.allclose(wave[:, 0] - k * wave[:, 2], person.cop_at(who, t), atol=1e-12)
    minor, major = (
        (x.amplitude / (1 + k * (2 * np.pi * x.f_hz) ** 2) * np.cos(2 * np.pi * np.outer(t, x.f_hz) + x.phase)).sum(1)
        for x in (who.minor, who.major)
    )
    assert np.allclose(wave[:, 0], np.stack((minor, major), 1) @ person._turn(who.direction_deg).T, atol=1e-12)
    assert k == pytest.approx(who.com_height_m / GRAVITY_MS2 * (1 + (0.23 / 0.5527) ** 2))


@pytest.mark.parametrize("action", [None, "eyes_closed", "foam", "shift"])
def test_net_cop_is_the_weighted_sum_of_the_placed_feet_and_obeys_the_pendulum(action: str | None) -> None:
    w = world.World(person.draw(2, "unsteady"))
    if action:
        w.do(action, 4.0)
    step_s = 1e-4
    t = np.arange(3.9, 5.7, step_s)
    state = w.state(t)
    placed = np.einsum("fij,nfj->nfi", w.rest.rotation, state.foot_cop_m) + w.rest.translation
    net = np.einsum("nf,nfi->ni", state.foot_force_n, placed) / state.foot_force_n.sum(1)[:, None]
    assert np.abs(net - state.cop_m).max() < 1e-12
    second = np.diff(state.com_m, 2, axis=0) / step_s**2
    gap = (state.com_m - state.cop_m)[1:-1] - w.person.pendulum_s2 * second
    assert np.abs(gap).max() < 1e-5
    weight = w.person.mass_kg * GRAVITY_MS2
    assert np.allclose(state.foot_force_n.sum(1), weight, rtol=0.02)


def test_at_rest_the_net_cop_is_the_sum_of_the_persons_tones() -> None:
    w = world.World(person.draw(11, "unsteady"))
    t = np.arange(0, 20, 0.013)
    truth = w.truth(t)
    cop = np.stack((truth["cop_ml_mm"], truth["cop_ap_mm"]), 1) * 1e-3 - w.rest.net_m
    assert np.abs(cop - person.cop_at(w.person, t)).max() < 1e-12
    assert truth["foot_force_n"].mean(0)[0] / truth["foot_force_n"].sum(1).mean() == pytest.approx(
        w.person.left_load_share, abs=0.02
    )


def test_conditions_sway_more_and_change_smoothly(standing: world.World) -> None:
    w = world.World(standing.person)
    w.do("foam", 60.0)
    w.do("eyes_closed", 120.0)
    spread = [w.state(np.arange(a, a + 50, 0.05)).cop_m.std(0) for a in (5, 65, 125)]
    assert (spread[1] > 1.6 * spread[0]).all()
    assert (spread[2] > 1.02 * spread[1]).all()
    change = np.diff(w.state(np.arange(59.5, 62, 0.001)).cop_m, axis=0)
    assert np.abs(change).max() < 1e-3


def test_shift_moves_load_and_comes_back(standing: world.World) -> None:
    w = world.World(standing.person)
    w.do("shift", 5.0)
    force = w.state(np.array([4.5, 8.0, 12.5])).foot_force_n
    share = force[:, w.person.weak_side] / force.sum(1)
    assert share[1] - share[0] == pytest.approx(script.SHIFT_LOAD * (1 - w.person.foot_follow), abs=0.05)
    assert share[2] == pytest.approx(share[0], abs=0.05)


def test_off_and_on_again(standing: world.World) -> None:
    w = world.World(standing.person)
    w.do("off", 5.0)
    w.do("stand", 12.0)
    state = w.state(np.arange(4, 18, 0.01))
    force = state.foot_force_n
    weight = w.person.mass_kg * GRAVITY_MS2
    assert force[:100].sum(1) == pytest.approx(weight, rel=0.01)
    assert (force[400:800] == 0).all()
    assert np.isnan(state.cop_m[400:800]).all()
    assert force[-200:].sum(1) == pytest.approx(weight, rel=0.01)
    lifted = force[:, w.person.weak_side] < 1
    assert lifted.argmax() < (force[:, 1 - w.person.weak_side] < 1).argmax(), "one foot after the other"
    with pytest.raises(SurefootError, match="off and can't 'shift'"):
        w.do("shift", 8.0)


def test_step_lifts_one_foot_and_puts_it_down(standing: world.World) -> None:
    w = world.World(standing.person)
    w.do("step", 5.0)
    force = w.state(np.arange(4, 9, 0.01)).foot_force_n
    weak = force[:, w.person.weak_side]
    assert 0.2 < (weak < 5).sum() * 0.01 < 0.8
    assert weak[-1] > 100
    assert force.sum(1).min() > 0.9 * w.person.mass_kg * GRAVITY_MS2


def test_fall_leaves_the_insoles_tilts_hits_and_stands_up() -> None:
    w = world.World(person.draw(4))
    w.do("fall", 5.0)
    w.do("stand", 15.0)
    t = np.arange(4, 25, 0.001)
    state = w.state(t)
    tilt = np.degrees(np.hypot(*state.tilt_rad.T))
    size = np.linalg.norm(state.acc_ms2, axis=1) / GRAVITY_MS2
    assert tilt[:1000].max() < 3
    assert tilt[3000:10000].min() > 60
    assert size.max() > 2.5
    assert 5.5 < t[size.argmax()] < 6.5
    assert size[5000:10000] == pytest.approx(1, abs=0.02)
    assert (state.foot_force_n[3000:10000] == 0).all()
    assert tilt[-1000:].max() < 3
    assert state.foot_force_n[-1].sum() == pytest.approx(w.person.mass_kg * GRAVITY_MS2, rel=0.02)


def test_faller_falls_with_eyes_closed_unless_they_open_in_time() -> None:
    who = person.draw(1, "faller")
    assert who.fall_after_s is not None
    falls, saved = world.World(who), world.World(who)
    for w in (falls, saved):
        w.do("eyes_closed", 5.0)
    saved.do("eyes_open", 5 + who.fall_after_s / 2)
    t = np.array([5 + who.fall_after_s + 4])
    assert np.degrees(np.abs(falls.state(t).tilt_rad)).max() > 30
    assert np.degrees(np.abs(saved.state(t).tilt_rad)).max() < 5


def test_faller_of_a_live_board_falls_in_each_trial_and_gets_up_for_the_next() -> None:
    w = world.World(person.draw(3, "faller"))
    falls = LosesBalance(w, 6.0)
    said = {2.0: b"event sta", 2.1: b"rt\nevent mark note\n", 12.0: b"event end\n", 22.0: b"event start\n"}
    said |= {24.0: b"event end\n"}  # ended before anything happened: nobody falls between two trials
    for step in range(400):
        w.slots(step * 100, 100)
        falls(said.get(round(step / 10, 1), b""))
    tilt = np.degrees(np.hypot(*w.state(np.arange(400) / 10).tilt_rad.T))
    assert tilt[:80].max() < 5
    assert tilt[100:150].min() > 60
    assert tilt[200:].max() < 5


def test_trunk_rate_turns_gravity_as_the_specific_force_says() -> None:
    w = world.World(person.draw(9))
    w.do("fall", 1.0)
    t = np.arange(0, 2.3, 0.0005)
    state = w.state(t)
    gravity = np.array([*(-np.sin(state.tilt_rad[0])), 1.0])
    gravity /= np.linalg.norm(gravity)
    for turn in np.radians((state.gyr_dps[1:] + state.gyr_dps[:-1]) / 2) * 0.0005:
        # A vector fixed in the world turns backward in turning axes.
        angle = np.linalg.norm(turn)
        axis = turn / max(angle, 1e-15)
        gravity = (
            gravity * np.cos(angle)
            - np.cross(axis, gravity) * np.sin(angle)
            + axis * (axis @ gravity) * (1 - np.cos(angle))
        )
    angle = np.hypot(*state.tilt_rad[-1])
    lean = state.tilt_rad[-1] / angle
    assert gravity == pytest.approx([*(-lean * np.sin(angle)), np.cos(angle)], abs=3e-3)


def test_still_trunk_feels_gravity_along_its_axes() -> None:
    state = world.dead_weight(0).state(np.arange(0, 1, 0.1))
    assert np.allclose(state.acc_ms2, [0, 0, GRAVITY_MS2])
    assert np.allclose(state.gyr_dps, 0)
    assert np.allclose(state.foot_force_n.sum(1), 700)


# -- parts ----------------------------------------------------------------------------------------------------------


def test_counts_obey_the_nominal_law_without_spread_or_noise() -> None:
    law = cells.load().law
    parts = electronics.draw(0, law, gain_spread=0, noise=0)
    force = np.repeat(np.array([[0.0], [5], [40], [120], [9000]]), 16, axis=1)
    counts = electronics.cell_counts(parts, force, np.zeros((5, 16)))
    v = counts / law.full_count
    read = law.gain_n_per_siemens_exp * (v / ((1 - v) * law.rm_ohm)) ** law.exponent
    assert read[0].max() < 0.1
    assert read[1:4] == pytest.approx(force[1:4], rel=0.02)
    assert read[4] == pytest.approx(law.limit_n, rel=0.02)
    assert counts.max() < 4090


def test_parts_differ_by_the_set_spread() -> None:
    law = cells.load().law
    gains = np.concatenate([electronics.draw(s, law).cell_gain for s in range(60)])
    assert np.log(gains).std() == pytest.approx(0.15, rel=0.1)
    assert (electronics.draw(0, law, gain_spread=0).cell_gain == 1).all()
    mount = electronics.draw(3, law).mount
    assert np.allclose(mount @ mount.T, np.eye(3))
    assert 0.2 < np.degrees(np.arccos((np.trace(mount) - 1) / 2)) < 15


def test_faults_show_and_unknown_ones_are_refused() -> None:
    law = cells.load().law
    parts = electronics.draw(0, law, dead=("L3",), shorted=("R1",), unplugged=("left",))
    counts = electronics.cell_counts(parts, np.full((50, 16), 30.0), np.zeros((50, 16)))
    assert (counts[:, :8] == 4095).all()
    assert (counts[:, 8] == 4095).all()
    dead = electronics.draw(0, law, dead=("R3",), noise=0)
    assert (electronics.cell_counts(dead, np.full((50, 16), 30.0), np.zeros((50, 16)))[:, 10] == 0).all()
    with pytest.raises(SurefootError, match="no cell 'X9'"):
        electronics.draw(0, law, dead=("X9",))
    with pytest.raises(SurefootError, match="no foot"):
        electronics.draw(0, law, unplugged=("middle",))


def test_noise_has_the_stated_size() -> None:
    law = cells.load().law
    parts = electronics.draw(0, law, gain_spread=0)
    normals = np.random.default_rng(0).standard_normal((4000, 16))
    counts = electronics.cell_counts(parts, np.full((4000, 16), 25.0), normals).astype(float)
    v = counts.mean() / law.full_count
    expected = np.sqrt(1 + (1e-3 * law.full_count * v * (1 - v)) ** 2 + 1 / 12)
    assert counts.std(0) == pytest.approx(np.full(16, expected), rel=0.06)
    still = np.tile((0, 0, GRAVITY_MS2), (4000, 1))
    units = electronics.imu_units(parts, still, np.zeros((4000, 3)), normals[:, :6])
    assert units[:, :3].std(0) == pytest.approx(np.full(3, 70 * np.sqrt(52)), rel=0.06)
    assert units[:, 3:].std(0) == pytest.approx(np.full(3, 38 * np.sqrt(52)), rel=0.06)


# -- the world ------------------------------------------------------------------------------------------------------


def test_slots_are_the_same_bytes_however_they_are_asked_for() -> None:
    who = person.draw(8)
    whole, pieces = world.World(who), world.World(who)
    raw = whole.slots(0, 5200)
    rng = np.random.default_rng(0)
    got, at = [], 0
    while at < 5200:
        n = min(int(rng.integers(1, 60)), 5200 - at)
        got.append(pieces.slots(at, n))
        at += n
    assert b"".join(got) == raw
    assert len(raw) == 5200 * 56
    assert world.World(who).slots(4321, 700) == raw[4321 * 56 : 5021 * 56]
    assert pieces.slots(0, 10) == raw[:560], "a block that was dropped comes back the same"
    assert world.World(who, seed=99).slots(0, 100) != raw[:5600]
    assert world.World(person.draw(9)).slots(0, 100) != raw[:5600]


def test_an_action_changes_what_comes_and_not_what_was() -> None:
    who = person.draw(8)
    w, early, other = world.World(who), world.World(who), world.World(who)
    early.do("foam", 0.5)
    first = w.slots(0, 500)
    w.do("foam")
    assert first + w.slots(500, 1500) == early.slots(0, 2000)
    assert first == other.slots(0, 500)
    assert early.slots(1000, 1000) != other.slots(1000, 1000)
    with pytest.raises(SurefootError, match="has passed"):
        w.do("firm", 1.0)


def test_slots_carry_the_truth_within_the_noise(standing: world.World) -> None:
    w = world.World(standing.person, electronics.draw(0, standing.cells.law, gain_spread=0, noise=0))
    slots = np.frombuffer(w.slots(2000, 500), world.SLOT_DTYPE)
    truth = w.truth(np.arange(2000, 2500) / 1000)
    parts = w.electronics
    v = slots["cells"] / 4095.0
    conductance = v / ((1 - v) * parts.law.rm_ohm) - parts.leak_s
    read = parts.law.gain_n_per_siemens_exp * np.maximum(conductance, 0) ** parts.law.exponent
    assert read == pytest.approx(truth["cell_force_n"], rel=0.01, abs=0.05)
    acc_g = (truth["acc_ms2"] @ parts.mount.T * parts.acc_scale + parts.acc_bias_ms2) / GRAVITY_MS2
    assert np.abs(slots["imu"][:, :3] - acc_g * 1e6).max() < 1
    gyr = truth["gyr_dps"] @ parts.mount.T * parts.gyr_scale + parts.gyr_bias_dps
    assert np.abs(slots["imu"][:, 3:] - gyr * 1e4).max() < 1
    with pytest.raises(SurefootError, match="no slots"):
        w.slots(-1, 5)


def test_calibration_run_knows_what_it_pressed() -> None:
    w = world.World(person.draw(6), None)
    run = leans.calibration_run(w, 30)
    assert run.counts.shape == (3000, 16)
    assert run.counts.dtype == np.uint16
    assert np.allclose(run.foot_force_n.sum(1), w.person.mass_kg * GRAVITY_MS2)
    assert run.foot_force_n.min() < 0.15 * w.person.mass_kg * GRAVITY_MS2
    assert np.ptp(run.foot_cop_m[:, 0, 1]) > 0.08
    level = electronics.cell_counts(
        w.electronics, w.cell_force_n(run.foot_cop_m, run.foot_force_n), np.zeros((3000, 16))
    )
    assert np.abs(level.astype(int) - run.counts).max() < 12
    doubtful = leans.calibration_run(w, 30, place_error_m=0.002, force_error_share=0.01)
    off = np.abs(doubtful.foot_cop_m - run.foot_cop_m).max()
    assert 0.0005 < off < 0.01
    assert (doubtful.counts == run.counts).all()


# -- replay ---------------------------------------------------------------------------------------------------------


def write_csv(path: Path, rate_hz: float = 50.0, seconds: float = 20.0, force: bool = True) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(0)
    cop = np.stack(
        [sum(rng.normal(0, 2 / k) * np.sin(k * 0.9 * t + rng.uniform(0, 6)) for k in range(1, 9)) for _ in "xy"], 1
    )
    table = np.column_stack((t, cop + np.array((30, -40)), 600 + np.sin(7 * t)))
    head = "t_s,cop_ml_mm,cop_ap_mm,force_n" if force else "t_s,cop_ml_mm,cop_ap_mm"
    np.savetxt(path, table if force else table[:, :3], delimiter=",", header=head, comments="", fmt="%.12g")
    return table


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 62.5, 128.0])
def test_replay_returns_the_files_cop(tmp_path: Path, rate_hz: float) -> None:
    table = write_csv(tmp_path / "a.csv", rate_hz)
    w = replay.replay_world(tmp_path / "a.csv", 3, start_s=2.0)
    truth = w.truth(table[:, 0] + 2.0)
    asked = table[:, 1:3] - table[:, 1:3].mean(0)
    got = np.stack((truth["cop_ml_mm"], truth["cop_ap_mm"]), 1) - w.rest.net_m * 1e3
    assert np.abs(got - asked).max() < 1e-5
    assert truth["foot_force_n"].sum(1) == pytest.approx(table[:, 3], rel=1e-9)
    later = w.truth(2.0 + 20.0 + 20.0 - table[:, 0] - 1 / rate_hz)
    assert np.abs(later["cop_ml_mm"] - truth["cop_ml_mm"]).max() < 1e-5, "it runs backward after its end"


def test_replay_adds_nothing_above_the_files_own_band(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", 50.0)
    w = replay.replay_world(tmp_path / "a.csv")
    cop = w.truth(np.arange(40000) / 1000)["cop_ml_mm"]
    power = np.abs(np.fft.rfft(cop - cop.mean())) ** 2
    f = np.fft.rfftfreq(40000, 1e-3)
    assert power[f > 25.1].sum() < 1e-12 * power.sum()


def test_replay_keeps_mass_and_actions(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    w = replay.replay_world(tmp_path / "a.csv")
    assert w.person.mass_kg == pytest.approx(600 / GRAVITY_MS2, rel=1e-3)
    w.do("eyes_closed", 1.0)
    w.do("off", 5.0)
    assert w.state(np.array([9.0])).foot_force_n.sum() == 0
    write_csv(tmp_path / "b.csv", force=False)
    assert replay.replay_world(tmp_path / "b.csv").person.mass_kg == person.draw(0).mass_kg


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "none of the known headings"),
        ("", "no table of numbers"),
        ("t_s,cop_ml_mm,cop_ap_mm\n0,1,2\n", "at least 100"),
        ("t_s,cop_ml_mm,cop_ap_mm\n0,1\n0,x,1", "names 3 columns"),
        ("t_s,cop_ml_mm,cop_ap_mm\n" + "0,1,2\n" * 9 + "0,x,1\n", "line 11, column cop_ml_mm: 'x' is no number"),
        ("t_s,cop_ml_mm,cop_ap_mm\n" + "".join(f"{k * k},0,0\n" for k in range(200)), "evenly"),
        ("t_s,cop_ml_mm,cop_ap_mm\n" + "".join(f"{k},0,0\n" for k in range(200)), "at 1 Hz"),
        ("t_s,cop_ml_mm,cop_ap_mm\n" + "".join(f"{k / 50},nan,0\n" for k in range(200)), "gaps"),
        ("t_s,cop_ml_mm,cop_ap_mm\n" + "".join(f"{k / 50},{9 * (k % 40)},0\n" for k in range(200)), "can hold"),
        ("t_s,cop_ml_mm,cop_ap_mm,force_n\n" + "".join(f"{k / 50},0,0,0.6\n" for k in range(200)), "check its unit"),
    ],
)
def test_files_that_are_no_cop_are_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(SurefootError, match=words):
        replay.replay_world(tmp_path / "x.csv")


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(SurefootError, match="check its name"):
        replay.read(tmp_path / "none.txt")


@pytest.mark.parametrize(
    "name", ["quiet-stance/BDS00001.txt", "quiet-stance/BDS00010.txt", "two-plates/PDS13CR1grf.txt"]
)
def test_real_people_stand_on_the_virtual_insoles(shared_data: Path, name: str) -> None:
    table = np.genfromtxt(shared_data / name, skip_header=1)
    if "BDS" in name:
        ml, ap, force = table[:, 8] * 10, table[:, 7] * 10, table[:, 3]
    else:
        ml, ap, force = table[:, 18] * 1e3, table[:, 16] * 1e3, table[:, 8]
    w = replay.replay_world(shared_data / name)
    truth = w.truth(np.arange(len(table)) / 100)
    assert truth["cop_ml_mm"] - truth["cop_ml_mm"].mean() == pytest.approx(ml - ml.mean(), abs=1e-6)
    assert truth["cop_ap_mm"] - truth["cop_ap_mm"].mean() == pytest.approx(ap - ap.mean(), abs=1e-6)
    assert truth["foot_force_n"].sum(1) == pytest.approx(force, rel=1e-9)
    rest = body.rest_of(w.person)
    assert truth["cop_ml_mm"].mean() == pytest.approx(rest.net_m[0] * 1e3, abs=0.01)
