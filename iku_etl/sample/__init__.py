"""Floor 3. A believable regency to try the system on; nobody in it exists. Same seed, same bytes.

`serve(state, seed, first_day, last_day)` writes the offices' register files into `<state>/drop`, starts the
systems the sources are fetched from, and names them in `<state>/connections.toml`. `truth` says what is true.
"""

from iku_etl.sample.regency import World
from iku_etl.sample.servers import Running, bad_night_of, default_days, serve

__all__ = ["Running", "World", "bad_night_of", "default_days", "serve"]
