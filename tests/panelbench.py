# SPDX-License-Identifier: MIT
"""Small programs on the virtual board's panel: the pins, and a flash with the firmware's modules of the panel."""

import shutil
from pathlib import Path

from flatworld import flash
from surefoot.device.virtual.board import VirtualBoard
from surefoot.resources import data_dir

IDLE = "\nwhile True: time.sleep_ms(10)\n"
PINS = """
import gc, machine, micropython, time
from machine import ADC, PWM, Pin, RTC, Timer, WDT
button = Pin(4, Pin.IN, Pin.PULL_UP)
lamps = [Pin(n, Pin.OUT, value=0) for n in (25, 33, 22)]
adc = ADC(Pin(34), atten=ADC.ATTN_11DB)
PROFILE = {
    "button": {"pin": 4},
    "battery": {"pin": 34, "up_kohm": 100, "down_kohm": 100, "low_mv": 3650, "empty_mv": 3450},
    "power": {"usable_mah": 1600, "ma": {"log": 160}, "watchdog_ms": 1000},
}
"""


def console(board: VirtualBoard, seconds: float) -> list[str]:
    board.advance(seconds)
    return board.console.split("\n")[:-1]


def with_firmware(folder: Path, main: str) -> Path:
    """A flash with that main.py and the modules of the panel."""
    flash(folder, main)
    for name in ("panel.py", "battery.py", "guard.py"):
        shutil.copy(data_dir("firmware") / name, folder / name)
    return folder
