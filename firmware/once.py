# SPDX-License-Identifier: MIT
"""Modules for one use: what only a start, or a command now and then, needs has no place in memory while samples run."""

import sys


def once(name, *others):
    """Import a module and forget it, and others that it brings: all is collected when its user lets go."""
    try:
        return __import__(name)
    finally:  # for want of memory it may have come to the others only
        for one in (name,) + others:
            sys.modules.pop(one, None)
