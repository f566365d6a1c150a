"""The judgements: schemes, runs, gradings, tier changes."""

from tiering.models.aim import Aim
from tiering.models.assignment import Assignment
from tiering.models.change import Override, Remark, TierChange
from tiering.models.condition import Condition, Decides
from tiering.models.course import CountedBook
from tiering.models.insight import Category, CategoryCorrection, Cause, Decisive, Followup
from tiering.models.movement import Movement
from tiering.models.nurture import Candidate, NurtureRules
from tiering.models.own import OwnIndicator
from tiering.models.review import Decision, Hold
from tiering.models.run import Chunk, Grading, Run
from tiering.models.scheme import Dimension, Floor, Indicator, Scheme, SchemeVersion
from tiering.models.simulation import Basis, BasisChunk, Simulation
from tiering.models.verification import Verification

__all__ = [
    "Aim",
    "Assignment",
    "Basis",
    "BasisChunk",
    "Candidate",
    "Category",
    "CategoryCorrection",
    "Cause",
    "Chunk",
    "Condition",
    "CountedBook",
    "Decides",
    "Decision",
    "Decisive",
    "Dimension",
    "Floor",
    "Followup",
    "Grading",
    "Hold",
    "Indicator",
    "Movement",
    "NurtureRules",
    "Override",
    "OwnIndicator",
    "Remark",
    "Run",
    "Scheme",
    "SchemeVersion",
    "Simulation",
    "TierChange",
    "Verification",
]
