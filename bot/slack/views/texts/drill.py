"""What rehearsals are called wherever they are told, and what the channel is told of one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.drill import Ending, Scenario
from bot.slack.views.texts.plural import Plural

LABEL = "DRILL"
MARK = "DRILL · "
BOLD = "*DRILL*"
FILE_PREFIX = "DRILL-"

# --- What a scenario is, as a sentence and in few words ------------------------------------------

SCENARIOS: Mapping[Scenario, str] = MappingProxyType(
    {
        Scenario.SLOW: "The continuity API is slow: each answer takes about 3 seconds.",
        Scenario.LOST: "The answer of the continuity API to the next change is lost, after it took effect.",
        Scenario.PARTLY: "The next change misses every third user; a second one reaches them.",
        Scenario.DOWN: "The continuity API answers nothing but 503 for 3 minutes.",
    }
)
IN_SHORT: Mapping[Scenario, str] = MappingProxyType(
    {
        Scenario.SLOW: "the API is slow",
        Scenario.LOST: "an answer is lost",
        Scenario.PARTLY: "some users fail",
        Scenario.DOWN: "the API is down",
    }
)

# --- The beginning -------------------------------------------------------------------------------

BEGAN_TEXT = "DRILL · BEGAN · {customer} · {scenario} · begun by {person}"
BEGAN_HEAD = "DRILL · REHEARSAL BEGAN"
BEGAN = "*{customer}*\n{person} began a rehearsal at {time}. {scenario}"
WHAT_TO_DO = (
    "Act as in a real outage: look with `/continuity status {number}`, propose `/continuity failover on "
    "{number}` here, and have it approved. Everything goes to the simulated API: no mail is routed."
)
BEGAN_FOOT = (
    "{drill} · ends when a change is verified, with `/continuity drill end {number}`, or at {limit}"
)

# --- The end -------------------------------------------------------------------------------------

ENDED_TEXT = "DRILL · ENDED: {ending} · {customer} · {scenario} · wrong: {wrong}"
ENDED_HEAD = "DRILL · REHEARSAL ENDED: {ending}"
ENDINGS: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.VERIFIED: "VERIFIED",
        Ending.BY_PERSON: "BY A PERSON",
        Ending.TIME: "TIME LIMIT",
        Ending.NO_API: "NO SIMULATED API",
    }
)
ENDED = "*{customer}*\n{scenario} The faults are taken away, and the users are as before."
NOT_PLAYED = (
    "*{customer}*\nThe scenario {scenario} was not played: the simulated API does not answer. Start "
    "`{program} sandbox`, then the drill again."
)
TO_PROPOSE = "To propose: {time}"
TO_APPROVE = "To approve: {time}"
TO_VERIFIED = "To verified: {time}"
OF_CHANGE = "{line} ({change})"
NOT_REACHED = "not reached"
WRONG = Plural("{count} refused press or command:", "{count} refused presses and commands:")
NONE_WRONG = "No press and no command was refused."
TOOK_PART = "Took part: {people}"
NOBODY = "Nobody took part."
ENDED_FOOT = "{drill} · {scenario} · from {start} to {end} · counted from the audit trail"

# --- Replies -------------------------------------------------------------------------------------

STARTED_REPLY = "The drill {scenario} of {customer} begins. The channel is told when it is played."
ENDED_REPLY = "The drill {scenario} of {customer} is ended. The channel gets its score."
LIST_RUNS = "• {customer}: {scenario} runs since {time}, begun by {person} in {channel}"
LIST_ENDED = (
    "• {customer}: {scenario} at {time}, ended: {ending}, verified: {verified}, wrong: {wrong}"
)
LIST_NONE = "No drill was begun yet."
LIST_SCENARIOS = "*Scenarios* for `drill start CUSTOMER SCENARIO`"
LIST_SCENARIO = "• `{name}`: {scenario}"
LIST_DRILLS = "*Drills*"
