"""Rules for alarms and who is told, dashboards, queries, events.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from ops.review.judgements import (
    SILENCED,
    SURVIVAL,
    Changed,
    Judgement,
    Rule,
    Table,
    Weight,
    each,
    gone,
    harmless,
    harms,
    off,
    refuses,
    tells,
)
from ops.review.plan import Change
from ops.review.rules_access import RESOURCE_POLICY
from ops.stack.alarm_rules import named_alarms

_FOLLOWS = "The fleet follows other figures from now on; no worker stops because of it."
_DELIVERY = harmless("it only writes down whether messages arrived")


def scales(change: Change) -> bool:
    """Whether an alarm makes the fleet grow or shrink."""
    actions = [*(change.before.get("alarm_actions") or []), *(change.after.get("alarm_actions") or [])]
    return any(":scalingPolicy:" in str(action) for action in actions)


def calls_somebody(change: Change) -> bool:
    """Whether an alarm told somebody, or made the fleet grow, before the plan."""
    return bool(change.before.get("alarm_actions")) and change.before.get("actions_enabled") is not False


def _rule(changed: Changed) -> Judgement:
    if scales(changed.change):
        return Judgement(_FOLLOWS)
    return Judgement("Rings by another rule from now on; no job is affected.")


def _actions(changed: Changed) -> Judgement:
    left = changed.change.after.get("alarm_actions")
    if gone(changed.item) and not left:
        if scales(changed.change):
            return Judgement("The fleet no longer grows or shrinks by this.", Weight.REFUSED, SURVIVAL)
        return Judgement("Nobody is called any more when it rings.", Weight.REFUSED, SILENCED)
    return Judgement("Somebody else is called when it rings.", Weight.HARM if gone(changed.item) else Weight.EFFECT)


def _switch(changed: Changed) -> Judgement:
    if not off(changed.item):
        return Judgement("It calls when it rings.")
    if scales(changed.change):
        return Judgement("Its actions are off: the fleet no longer grows or shrinks by it.", Weight.REFUSED, SURVIVAL)
    if not changed.change.before.get("alarm_actions"):
        return Judgement("Harmless: it had no actions to switch off.", Weight.HARMLESS)
    return Judgement("Its actions are off: nobody is called any more when it rings.", Weight.REFUSED, SILENCED)


def _composed(changed: Changed) -> Judgement:
    before, after = (named_alarms(text) for text in (changed.item.before, changed.item.after))
    if lost := sorted(before - after):
        return Judgement(f"It no longer rings for {', '.join(lost)}.", Weight.HARM)
    if new := sorted(after - before):
        return Judgement(f"It rings for {', '.join(new)}, too.")
    return Judgement("It rings by another rule from now on.", Weight.HARM)


_ALARM = {
    "actions_enabled": Rule(_switch, guards=True),
    "alarm_actions": Rule(_actions, guards=True),
    "alarm_description": tells("Who is called reads another text, with another address of the runbook perhaps."),
    "alarm_name": harms("Another name: alarms that are made of it, and searches for it, no longer find it."),
    **each(
        "insufficient_data_actions ok_actions", tells("Who is told that it is over, or that it sees nothing, changes.")
    ),
}

MONITORING: Table = {
    "aws_cloudwatch_metric_alarm": {
        **_ALARM,
        **each(
            "comparison_operator datapoints_to_alarm dimensions evaluate_low_sample_count_percentiles "
            "evaluation_periods extended_statistic metric_name metric_query namespace period statistic "
            "threshold threshold_metric_id treat_missing_data unit",
            Rule(_rule),
        ),
        **each("metric_query.label", harmless("a text in the console")),
    },
    "aws_cloudwatch_composite_alarm": {
        **_ALARM,
        "actions_suppressor": harms("Another alarm keeps it from calling, or no longer does."),
        "alarm_rule": Rule(_composed),
    },
    "aws_cloudwatch_dashboard": {
        "dashboard_body": harmless("what people look at; no job is affected"),
        "dashboard_name": tells("The dashboard has another name, and another address."),
    },
    "aws_cloudwatch_query_definition": {
        **each("log_group_names query_string", harmless("a saved query, which only people run")),
    },
    "aws_cloudwatch_event_rule": {
        **each("event_pattern schedule_expression", tells("Other events are written down and counted.")),
        **each(
            "is_enabled state",
            refuses(
                SILENCED,
                lambda item: item.after in {"false", "DISABLED"},
                "Interruptions are no longer counted, and the alarm on them never rings.",
                tells("Its events are counted."),
            ),
        ),
        "event_bus_name": harms("It looks for events where AWS sends none, so the alarm on them never rings."),
        "force_destroy": harmless("it is for rules that AWS manages"),
        "role_arn": harmless("events go to a log group, which needs no role"),
    },
    "aws_cloudwatch_event_target": {
        **each(
            "appsync_target batch_target ecs_target http_target kinesis_target redshift_target run_command_targets "
            "sagemaker_pipeline_target sqs_target",
            harms("Events do something else, too, than being written down."),
        ),
        **each("dead_letter_config retry_policy", tells("What becomes of events that can't be written down changes.")),
        **each(
            "input input_path input_transformer",
            harms("Events are written in another form, which queries may not read."),
        ),
        **each("event_bus_name rule", harms("Other events are written down, and these no longer.")),
        "force_destroy": harmless("it is for rules that AWS manages"),
        "role_arn": harmless("events go to a log group, which needs no role"),
        "arn": harms("Events are written down somewhere else, where neither queries nor the dashboard look."),
        "target_id": harmless("a name within the rule"),
    },
    "aws_cloudwatch_log_resource_policy": {
        "policy_document": harms("Who may write events into the log group changes: without it they are lost."),
        "policy_name": tells("The policy is made anew under another name."),
    },
    "aws_sns_topic": {
        **each(
            " ".join(
                f"{kind}_{what}"
                for kind in ("application", "firehose", "http", "lambda", "sqs")
                for what in ("failure_feedback_role_arn", "success_feedback_role_arn", "success_feedback_sample_rate")
            ),
            _DELIVERY,
        ),
        **each(
            "archive_policy beginning_archive_time content_based_deduplication fifo_throughput_scope",
            harmless("it is for FIFO topics"),
        ),
        "delivery_policy": tells("Calls that fail are repeated at other times."),
        "display_name": tells("Mails about alarms have another sender's name."),
        "fifo_topic": harms("A FIFO topic delivers neither mails nor to pagers."),
        "kms_master_key_id": harms("Encrypted with another key: alarms that may not use it call nobody."),
        "policy": RESOURCE_POLICY,
        "signature_version": tells("Receivers check messages by another signature."),
        "tracing_config": harmless("it only follows messages"),
    },
    "aws_sns_topic_policy": {
        "arn": harms("The policy is for another topic."),
        "policy": RESOURCE_POLICY,
    },
    "aws_sns_topic_subscription": {
        **each("endpoint protocol", harms("Another receiver is called, once it has confirmed.")),
        **each("filter_policy filter_policy_scope", harms("Only some alarms reach the receiver.")),
        **each("topic_arn raw_message_delivery delivery_policy", harms("Alarms reach the receiver in another way.")),
    },
    "aws_budgets_budget": {
        **each("limit_amount limit_unit time_unit cost_filter cost_types", tells("The budget warns at another sum.")),
        "notification": harms("The budget warns somebody else, or at another time."),
    },
}
