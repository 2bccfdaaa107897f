"""Rules for the service of the workers, its cluster, and its scaling.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from ops.cost.resources import number
from ops.review.judgements import (
    SURVIVAL,
    Changed,
    Judgement,
    Rule,
    Table,
    Weight,
    at_most,
    below,
    each,
    gone,
    harmless,
    harms,
    harms_if,
    less,
    off,
    on,
    refuses,
    tells,
)
from ops.review.plan import Action
from ops.words import count

ROLL_OUT = "new workers come up before old ones stop; what renders is finished or handed back, no job is lost"
_NO_SERVER = harmless("workers answer no requests; it concerns services behind a load balancer")
_SERVES = harms("Something reaches the workers from outside, which no job needs.")
_TOO_FEW = "The next release stops workers before new ones are up: only {after} % of them have to stay."
_NO_ROOM = (
    "The next release can't start new workers beside the old ones, at {after} % at most: it stops first, or waits."
)
_BREAKER = "A release whose workers don't start is no longer given up and taken back."
_ROLL_BACK = "A release that makes jobs fail is no longer taken back by its alarms."
_ALARM_LOST = "A release that makes {before} ring is no longer taken back."
_FOLLOWS = tells("The fleet grows and shrinks by other rules from now on; no worker stops because of it.")
_MOVES = harms("The scaling is made for another service: the workers' own no longer grows or shrinks by it.")


def _public_address(changed: Changed) -> Judgement:
    """Without an address of their own, workers reach AWS and media by a NAT gateway or by endpoints only."""
    others = [*changed.plan.after.all("aws_nat_gateway"), *changed.plan.after.all("aws_vpc_endpoint")]
    moves = any(item.names[-1] == "subnets" for item in changed.change.differences if item.names)
    if changed.item.after == "true":
        return Judgement(f"Each worker gets a public address, which is billed: {ROLL_OUT}.")
    if others or moves:
        return Judgement(
            "Workers lose their public address: their subnets must have a way out, by NAT or endpoints.", Weight.HARM
        )
    return Judgement(
        "Workers lose their public address, and the plan has neither a NAT gateway nor endpoints: in public subnets "
        "they have no way out, so no new worker can fetch its image.",
        Weight.REFUSED,
        SURVIVAL,
    )


def _asked(changed: Changed) -> Judgement:
    return Judgement(f"Workers asked for now: {changed.item.after}; autoscaling changes that again.")


def _least(changed: Changed) -> Judgement:
    least, before = number(changed.change.after.get("min_capacity")), number(changed.item.before)
    if least == 0:
        return Judgement(
            "No worker is always on: the first users wait for one to start, a minute or more.", Weight.HARM
        )
    if least > before:
        return Judgement(f"{count(least - before, 'more worker')} start now and stay on.")
    return Judgement(f"{count(before - least, 'fewer worker')} stay on; those that render finish first.", Weight.HARM)


def _most(changed: Changed) -> Judgement:
    most = number(changed.item.after)
    words = f"At most {count(most, 'worker')}, however long the queue." if most else "No worker may run at all."
    return Judgement(words, Weight.HARM if less(changed.item) else Weight.EFFECT)


def _insights(changed: Changed) -> Judgement:
    if changed.item.before in {"enabled", "enhanced"} and changed.item.after not in {"enabled", "enhanced"}:
        return Judgement(
            "Container Insights ends: alarms, dashboard and scaling that read its metrics see nothing any more.",
            Weight.HARM,
        )
    return Judgement("The cluster is observed in another way; what is billed for it changes.")


def _limits(changed: Changed) -> Judgement:
    most = number(changed.item.after, 1)
    if changed.change.action is Action.UPDATE and most == 0:
        return Judgement("At its hours no worker may run, or none is always on.", Weight.HARM)
    return Judgement("Other numbers of workers at its hours.")


SERVICE: Table = {
    "aws_ecs_service": {
        "alarms": refuses(SURVIVAL, gone, _ALARM_LOST, tells("Other alarms take a release back.")),
        **each("alarms.enable alarms.rollback", refuses(SURVIVAL, off, _ROLL_BACK, tells("Alarms may take it back."))),
        "availability_zone_rebalancing": tells("Whether workers are spread over the zones again after one was out."),
        "capacity_provider_strategy": tells(
            "Which workers are on demand and which on Spot changes, as they are replaced one by one."
        ),
        "capacity_provider_strategy.base": harms_if(
            less,
            "Fewer workers are sure to be on demand, which stay when Spot takes its capacity back.",
            tells("More workers are on demand, which stay when Spot takes its capacity back."),
        ),
        "cluster": harms("The workers belong to another cluster: the service is replaced."),
        "deployment_circuit_breaker": refuses(SURVIVAL, off, _BREAKER, tells("A release that fails is taken back.")),
        "deployment_controller": harms("Something else than ECS makes releases: `image release` no longer does."),
        "deployment_maximum_percent": refuses(
            SURVIVAL, at_most(100), _NO_ROOM, tells("A release may have {after} % of the workers at a time.")
        ),
        "deployment_minimum_healthy_percent": refuses(
            SURVIVAL, below(100), _TOO_FEW, tells("A release keeps {after} % of the workers.")
        ),
        "desired_count": Rule(_asked),
        "enable_ecs_managed_tags": harmless("it only marks tasks for the bill"),
        "enable_execute_command": harms_if(
            on,
            "Operators may open a shell in a worker, next to its permissions.",
            tells("Nobody may open a shell in a worker any more."),
        ),
        "force_delete": harms_if(
            on,
            "The service may be deleted while its workers render.",
            harmless("the service can be deleted only when it is empty"),
        ),
        "force_new_deployment": harmless("it restarts workers only together with another change, which is told"),
        "health_check_grace_period_seconds": _NO_SERVER,
        "iam_role": _NO_SERVER,
        "launch_type": harms("Workers no longer run by capacity providers: no Spot, and the service is replaced."),
        **each("load_balancer service_registries service_connect_configuration vpc_lattice_configurations", _SERVES),
        "network_configuration": tells(f"Workers move to another network: {ROLL_OUT}."),
        "network_configuration.assign_public_ip": Rule(_public_address, guards=True),
        "network_configuration.subnets": harms(
            f"Workers move to another network: {ROLL_OUT}. Its subnets need a way out, or no worker starts."
        ),
        "network_configuration.security_groups": harms(
            f"Workers move to another network: {ROLL_OUT}. Its security groups must let them out on 443 and 53."
        ),
        **each("ordered_placement_strategy placement_constraints", harmless("Fargate places tasks by itself")),
        "platform_version": tells(f"Workers run on another version of Fargate: {ROLL_OUT}."),
        "propagate_tags": harmless("it only marks tasks for the bill"),
        "scheduling_strategy": harms("Fargate runs REPLICA services only: the service is replaced, or refused by AWS."),
        "task_definition": tells(f"A release: {ROLL_OUT}."),
        "triggers": tells(f"All workers are restarted: {ROLL_OUT}."),
        "volume_configuration": harms("Workers get another volume, which their code doesn't know."),
        "wait_for_steady_state": harmless("how long Terraform waits; AWS doesn't see it"),
    },
    "aws_ecs_cluster": {
        "configuration": tells("Shells of operators (ECS Exec) are logged or encrypted in another way."),
        "service_connect_defaults": harmless("workers answer no requests"),
        "setting": Rule(_insights),
    },
    "aws_ecs_cluster_capacity_providers": {
        "capacity_providers": refuses(
            SURVIVAL,
            gone,
            "The cluster loses the capacity provider {before}: workers that the service wants there can't start.",
            tells("Workers may be started by a further capacity provider."),
        ),
        "cluster_name": harms("Another cluster gets the capacity providers: in the workers' own none can start."),
        "default_capacity_provider_strategy": harmless("the service says by itself where its workers run"),
    },
    "aws_appautoscaling_target": {
        "min_capacity": Rule(_least),
        "max_capacity": Rule(_most),
        **each("resource_id scalable_dimension service_namespace", _MOVES),
        "role_arn": harmless("AWS uses its own service-linked role for ECS"),
        "suspended_state": refuses(
            SURVIVAL,
            on,
            "Scaling is suspended: the fleet no longer follows the queue.",
            tells("What is suspended of the scaling changes."),
        ),
    },
    "aws_appautoscaling_policy": {
        **each("policy_type step_scaling_policy_configuration target_tracking_scaling_policy_configuration", _FOLLOWS),
        **each("resource_id scalable_dimension service_namespace", _MOVES),
        "alarm_arns": harmless("the alarms that AWS made for the policy"),
    },
    "aws_appautoscaling_scheduled_action": {
        **each("schedule timezone start_time end_time", tells("The pool changes at other hours.")),
        "scalable_target_action": Rule(_limits),
        **each("resource_id scalable_dimension service_namespace", _MOVES),
    },
}
