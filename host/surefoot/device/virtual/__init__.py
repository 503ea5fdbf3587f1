# SPDX-License-Identifier: MIT
"""The virtual board: the firmware as flashed in a real MicroPython, and the person whom its sensors feel."""

VIRTUAL_ID = "53757265"  # how the unique id of each virtual board begins, in hex
