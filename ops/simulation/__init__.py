"""Simulates the fleet: a day of arrivals against the scaling of a synthesised stack, within seconds.

Nothing here repeats our scaling policy. `stack_reader.py` reads it from the Terraform JSON that is deployed, and
`simulator.py` runs it by AWS's documented rules, one file per rule: `alarms.py`, `step_scaling.py`,
`target_tracking.py`, `schedules.py`, `fargate.py`.
What AWS doesn't document (how late a metric is, how long a task takes to start) is in `timings.py`, as assumptions.
"""
