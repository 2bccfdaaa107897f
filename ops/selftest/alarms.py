"""The step of the self-test that looks at the environment's alarms."""

from ops.aws.alarms import OUTPUTS, read_alarms
from ops.checks.result import Level
from ops.console.output import clean
from ops.selftest.result import Found
from ops.selftest.trial import Trial


def quiet(trial: Trial) -> Found:
    """Check that none of the environment's alarms is in ALARM, but those that only scale the fleet."""
    names = {trial.queue, *(found for output in OUTPUTS[1:] if (found := trial.context.optional(output)))}
    resources = {name.rpartition("/")[2] for name in names}
    alarms = read_alarms(trial.context.session.client("cloudwatch"), resources)
    if not alarms:
        return Found("the environment has no alarm", Level.WARN, "Deploy again: Terraform creates them.")
    watching = [alarm for alarm in alarms if not alarm.scales]
    unknown = [clean(alarm.name) for alarm in watching if alarm.state == "INSUFFICIENT_DATA"]
    rest = f"; without data so far: {', '.join(unknown)}" if unknown else ""
    if ringing := [clean(alarm.name) for alarm in watching if alarm.rings]:
        return Found(f"in ALARM: {', '.join(ringing)}{rest}", Level.FAIL, "hospup-video alarms says what to do.")
    return Found(f"none in ALARM ({len(watching)} watch, {len(alarms) - len(watching)} scale){rest}")
