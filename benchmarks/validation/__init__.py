"""Validates the simulator with real workers: one trace, predicted by `ops.simulation` and run on this machine.

    make bench-validation                              half an hour, writes its table into docs/design/scale.md
    python -m benchmarks.validation --minutes 6        a shorter day, printed

Real are: the stack, deployed by Terraform into the embedded AWS; the queue and its messages; the workers, each a
separate process; their metrics, read from their logs; their scale-in protection, requested by HTTP. AWS's part in
scaling is played by `driver.py` and the modules that it combines: `cloudwatch.py` (metrics, alarms), `autoscaling.py`
(step policies), `ecs_service.py` (ECS). They read what Terraform deployed and share no rule with the simulator, except
the arithmetic of metric math (`ops/stack/expressions.py`). They support what the stack has, and refuse anything else.
The durations that AWS doesn't document (how late a metric is, how long Fargate takes) are from `ops.simulation.timings`
on both sides: they can't be measured here.

A job lasts as long as the trace says because its clip comes from a slow host (`slow_host.py`); rendering it costs
almost nothing, so that eight workers fit on two cores. The time that a job and the start of a worker take in addition
is measured first, on the same machine, and passed to the simulator (`calibration.py`).
"""
