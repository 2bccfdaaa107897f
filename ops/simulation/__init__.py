"""The fleet played on paper: arrivals against the scaling that a synthesised stack holds, a day in seconds.

Nothing here describes our policy a second time. `reading.py` takes it out of the Terraform JSON that is deployed, and
`fleet.py` plays it by AWS's documented rules, a rule a file: `alarms.py`, `stepping.py`, `tracking.py`, `fargate.py`.
What AWS doesn't document (how late a metric is, how long a task takes to start) is in `timings.py`, as assumptions.
"""
