"""The simulator against real workers: one trace, predicted by `ops.simulation` and lived through on this machine.

    make bench-validation                              half an hour, writes its table into docs/scale.md
    python -m benchmarks.validation --minutes 6        a shorter day, printed

Real are the stack, deployed by Terraform into the embedded AWS; the queue and its messages; the workers, each a process
of its own; their metrics, read from their logs; their protection, asked for by HTTP. AWS's part in scaling is played by
`driver.py` and the files that it joins: `cloudwatch.py` (metrics, alarms), `autoscaling.py` (step policies),
`service.py` (ECS). They read what Terraform deployed, share no rule with the simulator, and know only what the stack
has; anything else they refuse. What AWS doesn't promise (how late a metric is, how long Fargate takes) both take from
`ops.simulation.timings`: it can't be measured here.

A job lasts what the trace says since its clip comes from a slow host (`slow_host.py`); rendering it costs next to
nothing, so that eight workers fit on two cores. What a job and a worker's start cost besides is measured first, on the
same machine, and told to the simulator (`measuring.py`).
"""
