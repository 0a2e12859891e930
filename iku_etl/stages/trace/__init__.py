"""Figure -> members -> records -> payload -> bytes, and back."""

from iku_etl.stages.trace.from_figure import MemberTrace, PayloadTrace, Trace, figure, payload, published

__all__ = ["MemberTrace", "PayloadTrace", "Trace", "figure", "payload", "published"]
