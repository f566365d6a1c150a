"""The ledger: what was promised and what became of it (`outcomes`, `reckoning`), contacts beyond it (`beyond`), hours
owed (`hours`), cost against margin (`cost`), and whether kept promises go with staying or rising (`faith`).

`counting` is pure; what the words mean is written once, in docs/ledger.md.
"""
