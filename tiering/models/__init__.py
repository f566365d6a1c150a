"""The judgements: schemes, runs, gradings, tier changes."""

from tiering.models.change import Override, Remark, TierChange
from tiering.models.review import Decision, Hold
from tiering.models.run import Chunk, Grading, Movement, Run
from tiering.models.scheme import Dimension, Floor, Indicator, Scheme, SchemeVersion
from tiering.models.verification import Verification

__all__ = [
    "Chunk",
    "Decision",
    "Dimension",
    "Floor",
    "Grading",
    "Hold",
    "Indicator",
    "Movement",
    "Override",
    "Remark",
    "Run",
    "Scheme",
    "SchemeVersion",
    "TierChange",
    "Verification",
]
