"""Layer 3 of the proof: the real steps on a real PostgreSQL, everything outside of them played from one seed.

`python -m simulation --seeds 200` (from `tests/`). A seed decides who writes what and when, what goes wrong, and in
which order everything that waits goes on, statement by statement: a race is found by its seed, and found again. Read
`play.py` first, then `course.py`, and `troubles.py` for what goes wrong.
"""
