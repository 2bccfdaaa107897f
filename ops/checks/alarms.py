"""Check that no alarm rings."""

from collections.abc import Iterator

from ops.aws.alarms import OUTPUTS, read_alarms
from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject


def check_alarms(subject: Subject) -> Iterator[CheckResult]:
    """List the alarms that ring; those that are only causes are warnings."""
    context = subject.context
    resources = {context.name(name).rpartition("/")[2] for name in OUTPUTS}
    alarms = read_alarms(context.session.client("cloudwatch"), resources)
    watching = [alarm for alarm in alarms if not alarm.scales]
    if not watching:
        yield CheckResult("alarms", Level.WARN, "the environment has no alarm", "Deploy again: Terraform creates them.")
    elif not (ringing := [alarm for alarm in watching if alarm.rings]):
        yield CheckResult("alarms", Level.OK, f"none of {len(watching)} rings")
    else:
        for alarm in ringing:
            level = Level.FAIL if alarm.notifies else Level.WARN
            remedy = alarm.runbook or "hospup-video alarms"
            yield CheckResult("alarms", level, f"{alarm.name} rings: {alarm.meaning}", remedy)
