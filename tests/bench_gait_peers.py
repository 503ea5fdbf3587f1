# SPDX-License-Identifier: MIT
"""One gait peer on one recording, run by the peer's own interpreter (`bench_gait.py`): prints one line of JSON.

Arrays come as .npz: rate_hz, and `waist` [n,6] or `left`, `right` [n,6] (acceleration m/s2, rate deg/s) in the axes
that the peer is documented to want. Contacts go out in seconds.
"""
# pyright: reportMissingImports=false
# (the peers are in environments of their own)

from __future__ import annotations

import json
import os
import resource
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
NAMES = ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
G_MS2 = 9.80665


def spent_s():
    """Seconds of processor, those of processes that ended among them."""
    return sum(os.times()[:4])


def gaitmap(data):
    """Its documented chain, with the stride segmentation and events of gaitmap_mad."""
    import pandas as pd
    from gaitmap.event_detection import RamppEventDetection
    from gaitmap.parameters import SpatialParameterCalculation
    from gaitmap.preprocessing.sensor_alignment import align_dataset_to_gravity
    from gaitmap.stride_segmentation import BarthDtw
    from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    rate = float(data["rate_hz"])
    begin = spent_s()
    feet = {f"{foot}_sensor": pd.DataFrame(data[foot], columns=NAMES) for foot in ("left", "right")}
    feet = align_dataset_to_gravity(feet, sampling_rate_hz=rate, window_length_s=0.1, static_signal_th=15)
    dtw = BarthDtw().segment(convert_to_fbf(feet, left_like="left_", right_like="right_"), rate)
    body = convert_to_fbf(feet, left_like="left_", right_like="right_")
    found = RamppEventDetection().detect(body, dtw.stride_list_, sampling_rate_hz=rate).min_vel_event_list_
    track = StrideLevelTrajectory().estimate(feet, found, sampling_rate_hz=rate)
    spatial = SpatialParameterCalculation().calculate(found, track.position_, track.orientation_, sampling_rate_hz=rate)
    took = spent_s() - begin
    out = {}
    for foot in ("left", "right"):
        table = found[f"{foot}_sensor"]
        out[foot] = {
            "contact_s": (table["ic"] / rate).tolist(),
            "off_s": (table["tc"] / rate).tolist(),
            "length_m": spatial.parameters_[f"{foot}_sensor"]["stride_length"].tolist(),
        }
    return took, {"feet": out, "strides": sum(len(one["contact_s"]) for one in out.values())}


def mobgap(data):
    """Mobilise-D's pipeline for healthy people."""
    import pandas as pd
    from mobgap.data import GaitDatasetFromData
    from mobgap.pipeline import MobilisedPipelineHealthy

    rate = float(data["rate_hz"])
    frame = pd.DataFrame(data["waist"], columns=NAMES)
    person = {"height_m": 1.75, "sensor_height_m": 1.0, "cohort": "HA"}
    key = ("HA", "001")
    dataset = GaitDatasetFromData(
        {key: {"LowerBack": frame}}, rate, {key: person}, {key: {"measurement_condition": "laboratory"}},
        index_cols=["cohort", "participant_id"],
    )  # fmt: skip
    begin = spent_s()
    made = MobilisedPipelineHealthy().safe_run(dataset)
    took = spent_s() - begin
    bouts = made.per_wb_parameters_
    told = bouts[["start", "end", "cadence_spm", "walking_speed_mps"]].to_numpy() if len(bouts) else np.empty((0, 4))
    return took, {
        "contact_s": (made.raw_ic_list_["ic"].to_numpy() / rate).tolist(),
        "bouts": [[row[0] / rate, row[1] / rate, row[2], row[3]] for row in told.tolist()],
        "strides": int(bouts["n_strides"].sum()) if len(bouts) else 0,
    }


def skdh(data):
    """Its classifier of walking, and then its gait of the lower back."""
    from skdh.gait import GaitLumbar

    try:
        from skdh.context import PredictGaitLumbarLgbm
    except ImportError:
        from skdh.gait import PredictGaitLumbarLgbm
    rate = float(data["rate_hz"])
    acc, at_s = data["waist"][:, :3] / G_MS2, 1.6e9 + np.arange(len(data["waist"])) / rate
    begin = spent_s()
    seen = PredictGaitLumbarLgbm().predict(time=at_s, accel=acc, fs=rate)
    bouts = np.column_stack([seen["Gait Bout Start Index"], seen["Gait Bout Stop Index"]]).astype(int)
    made = GaitLumbar(day_window=None).predict(time=at_s, accel=acc, fs=rate, height=1.75, gait_bouts=bouts)
    took = spent_s() - begin
    keys = [key for key in made if "IC" in key and "ime" in key]
    contacts = np.ravel(np.asarray(made[keys[0]], float)) if keys and len(made[keys[0]]) else np.empty(0)
    contacts = contacts - 1.6e9 if len(contacts) and contacts[0] > 1e6 else contacts
    return took, {"contact_s": contacts.tolist(), "strides": len(contacts)}


if __name__ == "__main__":
    seconds, told = {"gaitmap": gaitmap, "mobgap": mobgap, "skdh": skdh}[sys.argv[1]](np.load(sys.argv[2]))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("TOLD", json.dumps({"cpu_s": seconds, "peak_mb": peak_mb, **told}))
