# SPDX-License-Identifier: MIT
"""Whether what the store holds of a person comes from a virtual board, by what its recordings say of themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ..device.virtual import VIRTUAL_ID
from .store import entries
from .store.values import Entry, Store

KINDS = ("result", "trial", "walk")
MARK = "Simulated: recordings kept of this person are of a virtual board. Nobody stood or walked there."
EVERYBODY = "Simulated: recordings kept of these people are of virtual boards. Nobody stood or walked there."


def is_simulated(store: Store, person: str) -> bool:
    """Raises StoreError."""
    return any_simulated(entries.entries(store, person, KINDS))


def any_simulated(found: Iterable[Entry]) -> bool:
    """Of one person's entries: of somebody without recordings nothing is known, so nothing is said."""
    return any(_simulated(one) for one in found if one.kind in KINDS)


def _simulated(entry: Entry) -> bool:
    if entry.kind == "walk":
        return str(entry.document["walk"].get("device") or "").startswith(VIRTUAL_ID)
    return bool(entry.document.get("simulated"))
