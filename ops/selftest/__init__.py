"""The self-test of a deployed environment: it lets a worker render a tiny video, and looks at all that must follow.

`run.py` runs the steps of `steps.py`, `queries.py` and `alarms.py`; `cleanup.py` removes what they made.
"""
