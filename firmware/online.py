# SPDX-License-Identifier: MIT
"""One session over the line. Import it by `once`."""

import wire
from link import CONFIG, SCHEMA
from once import once
from sampler import LONG_CELLS, LONG_IMU


def stream(fw, settings):
    """One session over the line: announce the values in force, sample until `stop`, say why it ended."""
    session = once("session")
    link = fw.link
    fw.session += 1
    try:
        settled_ms = session.begin(fw, settings)
        link.drain()  # what is told overtakes the ring, and there may be the end of another session
        link.tell(SCHEMA)
        link.tell(CONFIG)
        link.drain()
        into_line(fw)
        session.sample(fw, None, settled_ms)
    finally:
        fw.sampler.into(None, None, None)
        fw.describe(False)


def into_line(fw):
    """Samples go over the line from now on."""
    Stream = once("stream").Stream
    link = fw.link
    fw.sampler.into(link, Stream(link, wire.CELLS, LONG_CELLS), Stream(link, wire.IMU, LONG_IMU))
