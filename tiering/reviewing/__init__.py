"""Between grading and publishing: guards hold a run, people decide on movements, somebody lets it go."""

from tiering.reviewing.deciding import TooLateError, decide
from tiering.reviewing.guards import hold
from tiering.reviewing.proposed import Proposed, proposed

__all__ = ["Proposed", "TooLateError", "decide", "hold", "proposed"]
