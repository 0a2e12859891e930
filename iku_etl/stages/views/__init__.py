"""sql/ as views, as they read today and as each definition keeps them."""

from iku_etl.stages.views.views import build

__all__ = ["build"]
