# SPDX-License-Identifier: MIT
"""A decision computed anew once what it rested on was voided, moved or changed; an override keeps what was chosen.

Of training only sway may rest on something: on tests, and without them it was not asked.
"""

from __future__ import annotations

from ..care.progression import OVERRIDE
from ..care.progression_values import NOT_ASKED, Place
from ..errors import ProtocolError
from . import ladder_documents as documents
from .ladder_deciding import decided, own_decision, place_document
from .ladder_kept import company, ladder_of, progress, rests_on, track_of
from .store.recompute import Again
from .store.values import Entry, Store


def again(store: Store, stale: Entry, sources: tuple[Entry, ...]) -> Again:
    """What the rules say now of the day it was made on, by what was in force then. Raises SurefootError."""
    if stale.kind == "training":
        return Again({**stale.document, "sway": NOT_ASKED}, ())
    track, ids = track_of(stale), tuple(one.id for one in sources)
    if track is None or (stale.document["what"] == documents.PLACED and stale.document.get("by")):
        return Again(stale.document, ids)  # a clinician's own, whatever it rested on
    found, ladder = progress(store, stale.person, before=stale), ladder_of(track[0])
    if stale.document["what"] == documents.PLACED:
        document, rests = place_document(store, found, track, stale.on)
        return Again(document, rests)
    if track not in found.standings:
        raise ProtocolError("Nothing says any more where this person began: place them again.")
    decision = decided(store, found, track, stale.on, company(found, track))
    before = documents.decision_of(ladder, stale.document, stale.on)
    if before.rule == OVERRIDE and (before.outcome == "stop" or decision.outcome != "stop"):
        to = None if before.outcome == "stop" else Place(before.task, before.target_s)
        decision = own_decision(found, track, decision, to, before.by, before.reason)
    return Again(documents.decision_document(ladder, track[1], decision), rests_on(found, track, stale.on))
