"""The pages, one a file, found by their names: `router`, and `ENTRY` for a line in the menu."""
