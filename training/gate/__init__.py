"""The promotion gate: a candidate takes the champion's place where the paired differences of a bench allow it.

`judge` is pure; `GateStage` runs it once a comparison; `approve` and `refuse` are a person's commands. Docs:
docs/gate.md.
"""

from training.gate.approval import approve, refuse
from training.gate.decisions import GateDecisions
from training.gate.errors import ChampionMoved, GateError, NoName, NotCarriedOut, NotWaiting
from training.gate.promoter import Promoter
from training.gate.settings import GateSettings, Spending, Undecided
from training.gate.stage import GateStage
from training.gate.verdict import Verdict, judge

__all__ = [
    "ChampionMoved",
    "GateDecisions",
    "GateError",
    "GateSettings",
    "GateStage",
    "NoName",
    "NotCarriedOut",
    "NotWaiting",
    "Promoter",
    "Spending",
    "Undecided",
    "Verdict",
    "approve",
    "judge",
    "refuse",
]
