# SPDX-License-Identifier: MIT
"""Open balance and gait sensing: the host side of Surefoot.

The names below load their module when they are first used, so that `import surefoot` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_HOMES = {
    "Placement": "placement",
    "Processing": "measures",
    "SurefootError": "errors",
    "cop_measures": "measures",
    "decode": "decode",
    "load_calibration": "calibration:load",
    "load_protocol": "care.protocol",
    "net_cop_m": "signals",
    "nominal_calibration": "calibration:nominal",
    "open_link": "device.link",
    "read_file": "clinic.import_file",
    "read_recording": "recording:read",
    "run_protocol": "clinic.session",
    "score_folder": "clinic.scoring",
    "to_signals": "signals",
    "trunk_measures": "measures",
    "write_report": "output.report",
    "write_result": "output.result",
}

if TYPE_CHECKING:
    from .calibration import load as load_calibration  # noqa: F401
    from .calibration import nominal as nominal_calibration  # noqa: F401
    from .care.protocol import load_protocol as load_protocol
    from .clinic.import_file import read_file as read_file
    from .clinic.scoring import score_folder as score_folder
    from .clinic.session import run_protocol as run_protocol
    from .decode import decode as decode
    from .device.link import open_link as open_link
    from .errors import SurefootError as SurefootError
    from .measures import Processing as Processing
    from .measures import cop_measures as cop_measures
    from .measures import trunk_measures as trunk_measures
    from .output.report import write_report as write_report
    from .output.result import write_result as write_result
    from .placement import Placement as Placement
    from .recording import read as read_recording  # noqa: F401
    from .signals import net_cop_m as net_cop_m
    from .signals import to_signals as to_signals


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'surefoot' has no attribute '{name}'")
    module, _, own = home.partition(":")
    value = getattr(import_module(f".{module}", __name__), own or name)
    globals()[name] = value
    return value
