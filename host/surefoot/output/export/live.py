# SPDX-License-Identifier: MIT
"""`surefoot export --to lsl`: the board opened, its calibration looked up, samples sent until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress

from .lsl import channels, library, stream

# liblsl has no setting for the address that its data ports listen at.
HERE = (
    "they are announced on this computer alone (LSL's ports, from 16572 on, answer whoever tries them all the same,"
    " unless a firewall refuses)"
)


def run_live(args: argparse.Namespace) -> int:
    """Streams, then says how many samples went out. Raises ExportError, LinkError, CalibrationError."""
    from ...calibration import nominal
    from ...clinic import in_force
    from ...clinic.session import now_utc
    from ...device.link import open_link
    from ...device.ports import choose_port

    library(args.network)
    records = in_force.look(args.calibration, args.data, args.pair)
    sent: dict[str, int] = {}
    with open_link(choose_port(args.port)) as link:
        device = link.config["id"] if link.config else ""
        found = in_force.find(records, device, next(iter(args.person), ""), now_utc())
        for text in (*link.notes, *in_force.sentences(found, now_utc()), _streaming(args.network)):
            print(text, file=sys.stderr)
        now_s = link.timing.now_s
        until_s = now_s() + args.seconds if args.seconds else float("inf")
        with suppress(KeyboardInterrupt):
            stream(
                link, found.record or nominal(), lambda: now_s() < until_s, network=args.network, on_sent=sent.update
            )
    print(json.dumps({"sent": sent}) if args.json else ", ".join(f"{name}: {n} samples" for name, n in sent.items()))
    return 0


def _streaming(network: bool) -> str:
    names = " and ".join(f"surefoot-{name} ({len(rows)} channels)" for name, rows in channels().items())
    where = "everybody on this network can find them" if network else HERE
    return f"Streaming {names}; {where}. Ctrl-C ends it."
