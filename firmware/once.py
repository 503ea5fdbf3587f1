# SPDX-License-Identifier: MIT
"""Modules for one use: what only a start, or a command now and then, needs has no place in memory while samples run."""

import sys


def once(name, *others):
    """Import a module and forget it, and others that it brings: all is collected when its user lets go."""
    module = __import__(name)
    for one in (name,) + others:
        sys.modules.pop(one, None)
    return module
