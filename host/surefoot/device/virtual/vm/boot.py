# SPDX-License-Identifier: MIT
"""Start of the virtual board: the flash folder becomes the whole filesystem, then the firmware's main.py runs.

The rest of the desk is out of reach on purpose: a `rm -r :/` meant for a board must not find the user's disk.
"""

import gc
import os
import sys

from micropython import opt_level

os.umount("/")
os.mount(os.VfsPosix(os.getenv("SUREFOOT_VM")), "/.vm", readonly=True)
os.mount(os.VfsPosix(os.getenv("SUREFOOT_FLASH")), "/")
os.chdir("/")
sys.path[:] = ["/.vm"]
# Without line numbers and collected one by one, the models take less of the heap and scatter less over it.
opt_level(3)
for _name in ("front", "vboard", "machine", "time", "esp32"):
    __import__(_name)
    gc.collect()
if "straps" in sys.modules["vboard"]._settings:
    __import__("bluetooth")
    gc.collect()
opt_level(0)
for _name in ("front", "gatt", "lsm6dso", "icm42688", "mcp3208", "mux"):
    sys.modules.pop(_name, None)  # a driver of the firmware may have its chip's name too
os.umount("/.vm")
sys.path[:] = ["", "/lib"]
_vboard = sys.modules["vboard"]
_main = _vboard.RUN_MAIN and "main.py" in os.listdir("/")
gc.collect()
# The heap is larger than a board's by what the models need: the rest of it is put out of reach, in pieces that fill the
# models' gaps first, so that the firmware finds its share in one piece, as on a board that has just started.
_vboard.ballast = [None] * max(0, (gc.mem_free() - _vboard.HEAP_BYTES) // 128)
_n = 0
for _n in range(len(_vboard.ballast)):
    if gc.mem_free() > _vboard.HEAP_BYTES:
        _vboard.ballast[_n] = bytearray(96)
del os, sys, opt_level, _name, _n, _vboard
gc.collect()
if _main:
    execfile("main.py")
