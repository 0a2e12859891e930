"""A believable regency to try the system on; nobody in it exists. Same seed, same bytes.

`servers.serve(state, seed, first_day, last_day)` writes the offices' register files into `<state>/drop`, starts the
systems the sources are fetched from, and names them in `<state>/connections.toml`.
"""
