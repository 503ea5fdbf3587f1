# SPDX-License-Identifier: MIT
"""`surefoot devices --heart`: which heart-rate straps are near."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from . import heart_strap


def run(args: argparse.Namespace) -> int:
    """Look for some seconds and tell. Raises HeartError where there is no Bluetooth."""
    found = heart_strap.near()
    if args.json:
        print(json.dumps([asdict(strap) for strap in found]))
        return 0
    for strap in found:
        print(strap)
    if not found:
        print("No heart-rate strap found: moisten and wear it, and disconnect it from phone and watch.")
    return 0
