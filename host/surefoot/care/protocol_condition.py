# SPDX-License-Identifier: MIT
"""One condition of a protocol as frozen values: where the feet stand, what is done, for how long, and what is said."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlacementDefault:
    """Where the feet stand unless the operator types something else; see `surefoot.placement`."""

    heel_distance_mm: float
    foot_angle_deg: float
    instruction: str
    certainty: str
    note: str = ""
    name: str = "mat"


@dataclass(frozen=True)
class TimedCue:
    """What is spoken `at_s` seconds after the start."""

    at_s: float
    say: str


@dataclass(frozen=True)
class Cues:
    """What is spoken: before the count, the count itself, at the start, on the way, and at the end."""

    prepare: str
    countdown: tuple[str, ...]
    start: str
    end: str
    during: tuple[TimedCue, ...] = ()


@dataclass(frozen=True)
class Target:
    """One way to lean: `direction_deg` is 0 forward, 90 to the right, 180 back; `say` is its cue."""

    id: str
    direction_deg: float
    say: str


@dataclass(frozen=True)
class Condition:
    """One thing that is done, `trials` times; `kind` says which of the later fields have a meaning.

    hold: stand `hold_s`. lean: towards each of `targets` for `time_s`, each a trial of its own. timed: from `starts_on`
    to `ends_on`, at most `timeout_s`. count, distance: for `time_s`. angle: how far `segment` turns. reach: how far.
    enough: "first-full" ends with the first trial held to the end, "full-at-once" only if that is the first of all.
    """

    id: str
    title: str
    stance: str
    surface: str
    vision: str
    trials: int
    instruction: str
    cues: Cues
    kind: str = "hold"
    hold_s: float = 0.0
    arms: str = "free"
    leg: str | None = None
    setting: str = "beside"
    enough: str = "all"
    feet: str = ""
    head: str = "still"
    practice: int = 0
    requires: str | None = None
    pace: str | None = None
    second_task: str = ""
    targets: tuple[Target, ...] = ()
    time_s: float = 0.0
    timeout_s: float = 0.0
    starts_on: str = "cue"
    ends_on: str | None = None
    repetitions: int | None = None
    distance_m: float | None = None
    run_in_m: float | None = None
    track_m: float | None = None
    segment: str | None = None
    sensor: str = ""
    plane: str | None = None
    posture: str = ""
    fixed: str = ""
    mode: str | None = None
    side: str | None = None

    @property
    def limit_s(self) -> float:
        """The longest that one trial lasts after its start."""
        return self.hold_s or self.time_s or self.timeout_s

    @property
    def lasts(self) -> bool:
        """Whether a trial is complete when its time is up (else when its finishing event comes)."""
        return self.kind in ("hold", "lean", "count", "distance")
