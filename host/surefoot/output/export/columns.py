# SPDX-License-Identifier: MIT
"""The tables of an export and what each column means: the data dictionary of every format."""

from __future__ import annotations

from .values import AGE, CLOCK, DATE, FLAG, FREE, ID, INTEGER, NUMBER, PERSON, TEST, TEXT, WHO, Column, Table

C = Column
PAIN, STEADY = "0 none, 10 worst", "1 steady, 5 lost balance"
_HEAD = (
    C("person", TEXT, "code of the person", role=PERSON),
    C("entry", TEXT, "id of what was written down", role=ID),
    C("day", INTEGER, "days since the first thing written about this person", "d"),
    C("on", DATE, "the day it is about"),
    C("by", TEXT, "who wrote it", role=WHO),
)
_VALUE = (
    C("measure", TEXT, "key of the measure, in Surefoot's tables"),
    C("value", NUMBER, "the number, in the unit beside it; empty: not reported"),
    C("unit", TEXT, "UCUM"),
    C("reason", TEXT, "why there is no number", role=FREE),
)
_SESSION = (C("session", TEXT, "trials of one session share it", role=ID), C("protocol", TEXT, "test", role=TEST))
_LADDER = (C("ladder", TEXT, "ladder of tasks"), C("task", TEXT, "task on it"), C("leg", TEXT, "which leg, empty both"))
STATE = "fine, not fine (it happened) or not asked"


def _table(name: str, grain: str, *columns: Column, head: tuple[Column, ...] = _HEAD) -> Table:
    return Table(name, grain, (*head, *columns))


TABLES = {
    one.name: one
    for one in (
        _table(
            "people", "person",
            C("person", TEXT, "code of the person", role=PERSON),
            C("sex", TEXT, "female or male, as told"),
            C("age_years", INTEGER, "age on the last day of the export", "a", AGE),
            C("age_90_or_more", FLAG, "older than 89; the age then says 90"),
            C("height_m", NUMBER, "height", "m"),
            C("weight_kg", NUMBER, "weight", "kg"),
            C("usual_pain", INTEGER, f"usual pain: {PAIN}", "{score}"),
            C("pain_site", TEXT, "where it hurts", role=FREE),
            C("first_on", DATE, "first day that something was written of"),
            head=(),
        ),
        _table(
            "trials", "trial of a test",
            *_SESSION,
            C("version", TEXT, "of the test"),
            C("condition", TEXT, "of the test", role=TEST),
            C("target", TEXT, "direction or side of the condition", role=TEST),
            C("trial", INTEGER, "number within its condition", "{count}"),
            C("ended", TEXT, "complete, or what ended it"),
            C("held_s", NUMBER, "seconds held", "s"),
            C("target_s", NUMBER, "seconds it was to be held", "s"),
            C("lost_share", NUMBER, "share of the samples that are missing", "1"),
            C("by_hand", FLAG, "by stopwatch and keys"),
            C("simulated", FLAG, "of a virtual board: of no real person"),
            C("recording", TEXT, "its recording", role=ID),
        ),
        _table(
            "results", "number of a test",
            *_SESSION,
            C("of", TEXT, "trial, outcome, comparison or score"),
            C("outcome", TEXT, "which outcome of the test", role=TEST),
            C("condition", TEXT, "of the test", role=TEST),
            C("target", TEXT, "direction or side of the condition", role=TEST),
            C("trial", INTEGER, "number of the trial", "{count}"),
            *_VALUE,
            C("by_hand", FLAG, "by stopwatch and keys"),
        ),
        _table(
            "scales", "answer of a rated scale, and its total",
            C("scale", TEXT, "which scale"),
            C("version", TEXT, "of the scale"),
            C("item", TEXT, "number of the item, with its side; or total"),
            C("state", TEXT, "rated, not-done or not-asked; of a total complete or interrupted"),
            C("value", NUMBER, "points; empty: no rating, or no total without every item", "{score}"),
            C("weight", NUMBER, "of the person's own item", "1"),
            C("own", TEXT, "the person's own words for an item", role=FREE),
            C("reason", TEXT, "why there is none", role=FREE),
            C("by_hand", FLAG, "typed in from paper"),
        ),
        _table(
            "walks", "number of a walk",
            C("walk", TEXT, "name of the walk", role=ID),
            C("duration_s", NUMBER, "how long it was recorded", "s"),
            *_VALUE,
        ),
        _table(
            "said", "time of asking about a visit or walk",
            C("about", TEXT, "visit or walk"),
            C("walk", TEXT, "name of the walk", role=ID),
            C("pain_site", TEXT, "where it hurts", role=FREE),
            C("pain_before", INTEGER, f"pain before: {PAIN}", "{score}"),
            C("pain_after", INTEGER, f"pain after: {PAIN}", "{score}"),
            C("steadiness", INTEGER, STEADY, "{score}"),
            C("exertion", INTEGER, "Borg 0 to 10", "{score}"),
            C("confidence_percent", NUMBER, "confidence not to lose balance", "%"),
            C("confidence_by", TEXT, "said, or the score of an ABC scale"),
            *(C(name, TEXT, meaning, role=FREE) for name, meaning in (
                ("aid", "walking aid"), ("assistance", "help by a person"), ("footwear", "shoes"),
                ("orthosis", "orthosis"), ("foot_position", "of the feet"), ("medication", "medication"))),
            C("minutes_since_dose", NUMBER, "since the last dose", "min"),
            C("note", TEXT, "note", role=FREE),
        ),
        _table(
            "trainings", "trial of a task",
            *_LADDER,
            C("target_s", NUMBER, "seconds it was to be held", "s"),
            C("setting", TEXT, "home, corner, helper or clinic"),
            C("how", TEXT, "typed, recorded or diary"),
            C("trial", INTEGER, "number of the trial", "{count}"),
            C("succeeded", FLAG, "reached its target"),
            C("held_s", NUMBER, "seconds held", "s"),
            C("steadiness", INTEGER, STEADY, "{score}"),
            C("exertion", INTEGER, "Borg 0 to 10, of the day", "{score}"),
            C("pain_before", INTEGER, f"pain before, of the day: {PAIN}", "{score}"),
            C("pain_peak", INTEGER, f"worst pain, of the day: {PAIN}", "{score}"),
            *(C(name, TEXT, f"{meaning}: {STATE}") for name, meaning in (
                ("settled", "pain at its usual level the next morning"), ("sway", "sway within the own baseline"),
                ("fall", "fall"), ("caught", "caught by somebody"), ("chest_pain", "chest pain"),
                ("dizziness", "dizziness"), ("weakness", "new weakness"))),
            C("beside", FLAG, "somebody stood beside the person"),
            C("note", TEXT, "note", role=FREE),
        ),
        _table(
            "decisions", "decision on a ladder",
            C("what", TEXT, "placed, decided or opened (a lock)"),
            *_LADDER,
            C("target_s", NUMBER, "seconds to be held from then on", "s"),
            C("outcome", TEXT, "stop, regress, hold or advance, as suggested or overridden"),
            C("rule", TEXT, "rule that suggested it, or override"),
            C("supervised", FLAG, "only with somebody beside until passed so"),
            C("words", TEXT, "in words", role=FREE),
            C("reason", TEXT, "why a clinician placed or overrode", role=FREE),
            C("found", TEXT, "what the re-check found", role=FREE),
        ),
        _table(
            "diary", "day at home of which something was told",
            C("way", TEXT, "printed or page"),
            C("asked", INTEGER, "things of the plan that were asked of", "{count}"),
            C("done", INTEGER, "of these done", "{count}"),
            C("not_done", INTEGER, "of these not done; the others were not told", "{count}"),
            C("pain_before", INTEGER, f"pain before: {PAIN}", "{score}"),
            C("pain_after", INTEGER, f"pain after: {PAIN}", "{score}"),
            C("steadiness", INTEGER, STEADY, "{score}"),
            C("falls", INTEGER, "falls", "{count}"),
            C("near_falls", INTEGER, "near-falls", "{count}"),
            C("note", TEXT, "note", role=FREE),
        ),
        _table(
            "falls", "month or year told of, and fall or near-fall in it",
            C("what", TEXT, "month or history (counts), fall or near-fall (one each)"),
            C("from", DATE, "first day told of"),
            C("days", INTEGER, "days told of", "d"),
            C("falls", INTEGER, "falls in it", "{count}"),
            C("near_falls", INTEGER, "near-falls in it", "{count}"),
            C("injury", TEXT, "none, minor, serious or not told"),
            C("caught", FLAG, "a near-fall, caught by somebody else"),
            C("place", TEXT, "where", role=FREE),
            C("activity", TEXT, "while doing what", role=FREE),
        ),
        _table(
            "plans", "thing to do of a plan in force",
            C("company", TEXT, "the most there is at home"),
            C("kind", TEXT, "task or exercise"),
            C("what", TEXT, "task of a ladder, or exercise"),
            C("ladder", TEXT, "ladder of a task"),
            C("leg", TEXT, "which leg, empty both"),
            C("days_per_week", INTEGER, "frequency", "d"),
            C("sets", INTEGER, "how often at a time", "{count}"),
            C("reps", INTEGER, "repetitions", "{count}"),
            C("hold_s", NUMBER, "seconds each is held", "s"),
            C("steps", INTEGER, "steps", "{steps}"),
            C("minutes", NUMBER, "minutes", "min"),
            C("steadiness", INTEGER, f"at most so unsteady: {STEADY}", "{score}"),
            C("exertion", INTEGER, "at most so hard, Borg 0 to 10", "{score}"),
            C("since", DATE, "first day"),
            C("note", TEXT, "note", role=FREE),
        ),
        _table(
            "goals", "goal",
            C("words", TEXT, "the person's own", role=FREE),
            C("measure", TEXT, "key of the measure, in Surefoot's tables"),
            C("value", NUMBER, "target, in the unit beside it"),
            C("unit", TEXT, "UCUM"),
            C("per", TEXT, "walk, day, week or test"),
            C("protocol", TEXT, "test", role=TEST),
            C("without_stop", FLAG, "of one bout without a pause"),
            C("by_date", DATE, "to be reached by"),
            C("baseline", NUMBER, "before, in the same unit"),
            C("mdc", NUMBER, "smallest change that is more than measurement error, in the same unit"),
            C("ended", TEXT, "reached, given up or replaced; empty: in force"),
        ),
        _table(
            "visits", "activity of a visit",
            C("start", TEXT, "local time of day", role=CLOCK),
            C("stop", TEXT, "local time of day", role=CLOCK),
            C("visit_minutes", INTEGER, "of the whole visit, the same in each of its rows", "min"),
            C("activity", TEXT, "one of protocols/billing; empty: none was told"),
            C("minutes", INTEGER, "of this activity", "min"),
            C("one_to_one", FLAG, "with one person alone"),
            C("activity_words", TEXT, "task or body region, and why it needed skill", role=FREE),
            C("modifiers", TEXT, "of billing, as typed"),
            *(C(name, TEXT, meaning, role=FREE) for name, meaning in (
                ("response", "how the person took it"), ("interpretation", "what the clinician makes of it"),
                ("plan", "effect on the plan"), ("next", "what to check next"))),
            *(C(name, TEXT, f"{name} of who signs", role=WHO) for name in ("clinician", "credential", "licence")),
        ),
        _table(
            "visit_tests", "test of a visit, and what it was done for",
            C("protocol", TEXT, "test or scale", role=TEST),
            C("purpose", TEXT, "what it was done for", role=FREE),
        ),
        _table(
            "contacts", "time spent on somebody between visits",
            C("at", TEXT, "local time of day", role=CLOCK),
            C("minutes", INTEGER, "spent", "min"),
            C("interactive", FLAG, "a conversation with the person in real time"),
            C("activity", TEXT, "what was done", role=FREE),
            C("decision", TEXT, "what was decided", role=FREE),
        ),
        _table(
            "thresholds", "number of the rules that is a person's own",
            C("ladder", TEXT, "ladder of tasks, or all"),
            C("rule", TEXT, "rule of that ladder"),
            C("name", TEXT, "number of that rule; empty: no number was changed"),
            C("value", NUMBER, "the number, in the unit that the rule says"),
            C("fallback", TEXT, "what is done while training is locked", role=FREE),
            C("why", TEXT, "of the last change", role=FREE),
        ),
        _table(
            "safety", "question of a safety profile; on, day: when it was asked",
            C("question", TEXT, "id in protocols/progression/safety.toml"),
            C("state", TEXT, "fine, not fine or not asked"),
            C("note", TEXT, "which side, who said so", role=FREE),
        ),
        _table(
            "readings", "reading of blood pressure or heart rate",
            C("reading", TEXT, "lying or standing, systolic or diastolic; or heart rate"),
            C("value", NUMBER, "the number, in the unit beside it"),
            C("unit", TEXT, "UCUM"),
        ),
    )
}  # fmt: skip
# What only says how somebody did, not what was done with them: all that a blinded export holds.
OUTCOMES = ("people", "trials", "results", "scales", "walks", "falls")
