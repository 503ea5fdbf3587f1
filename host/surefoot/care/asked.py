# SPDX-License-Identifier: MIT
"""What people are asked of how it went, in the same words and from the same least to the same most everywhere."""

# Level by level, the ends as in Ferris 2023, Frontiers in Rehabilitation Sciences 4:1096171; those between are ours.
STEADY = ("steady", "swayed a little", "swayed", "nearly lost my balance", "lost my balance")
# Least and most of each rating, all in whole numbers.
LIMITS = {
    "pain": (0, 10),  # 0 none, 10 the worst there is
    "steadiness": (1, len(STEADY)),
    "exertion": (0, 10),  # Borg's
    "confidence": (0, 100),  # percent, as the ABC scale
}
EXERTION = "How hard was it? (Borg) 0 nothing at all ... 10 as hard as can be"
STEADINESS = f"How steady did it feel? 1 {STEADY[0]} ... {len(STEADY)} {STEADY[-1]}"
