"""Fixed sentences of the brief: what its words mean, how to read its tables, what the model leaves out."""

from __future__ import annotations

from typing import Final

GLOSSARY: Final = {
    "H100e": "Computing power in units of one H100 SXM chip. The unit says of which kind: dense 16-bit operations, or "
    "the rate at sampling from a model (rollout-effective), which depends on memory bandwidth.",
    "lag": "Months by which China's best system trails that of the US and its allies. By level: months since the "
    "leader first had what China has now. By slope: the gap over the leader's growth in the last year. By crossing: "
    "months between both first reaching what the leader had a year ago.",
    "threshold": "The level that counts as AI smarter than almost all people at almost all things. Nobody knows it, so "
    "there are three. essay-2025: a run on part of a fleet of millions of chips, at the efficiency of 2026 to 2027. "
    "survey: where the US trend, fading, stands at the date that surveyed researchers name. ftm: a published estimate "
    "of the training compute for AI that can do all cognitive work. A fourth, custom, is there when its level was set "
    "(threshold.custom_log10_flop_2024).",
    "worlds": "Bipolar: both blocs cross the threshold within the window of months. unipolar-us, unipolar-china: one "
    "crosses earlier than the other by more than the window. not-yet: neither crosses by the horizon. undecided: the "
    "horizon comes too soon to tell.",
    "feedback": "How much AI helps AI research once it is able: off, default or strong.",
}

LAG_TABLE: Final = (
    "A policy is a US part and a Beijing part: whether Beijing lets firms buy (open), steers them (guided), stops them "
    "(blocked), or accepts less the more of demand is met at home (responsive). The darker the cell, the likelier the "
    "lag. The status quo is january-2026 with Beijing blocked."
)

MISFIT: Final = (
    "Histories start from the observed frontier: in each draw every bloc's own capability is shifted, month by month "
    "up to the as-of date, to a trend through what published scores say. After it the last shift stays, and the "
    "smaller one catches up with the larger. The table tests what the model would have said without that: best "
    "capability in log10 effective FLOP of 2024 (medians), and what it is off by "
    "(90 % intervals over draws; late is positive)."
)

UNTIED: Final = (
    "These histories are not tied to the observed frontier, so this page tests the model and is no forecast from where "
    "the world is. A run with ties has the comparison."
)

FLIPS: Final = (
    "Each verdict is a statement about all draws. For each single assumption the tables give the value beyond which "
    "the statement would turn, with all else as uncertain as it is, and how much of the assumption's prior lies there. "
    "Who holds such a value to be true reaches the opposite verdict in this model."
)

NOT_MODELLED: Final = (
    "Military use, deterrence, and what either bloc would do with such systems.",
    "What a score is worth outside its benchmark. The observed frontier is one of published scores, in compute that "
    "would buy them.",
    "What the lag is worth. A gap that widens after a crossing is a consequence of the feedback assumption.",
    "Elections, wars and shocks. A policy stays as it is declared unless it is given a half-life.",
    "Prices and demand outside AI chips, and any effect of the controls on other trade.",
)
"""What a reader might look for and will not find."""
