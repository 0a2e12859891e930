"""The ledger: an append-only log of what was committed, in standard forms, that others can check without us."""
