"""Which resources exist in an account, by the public API of each service."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

Clients = Callable[[str], Any]
"""Function that returns a boto3 client for a service's name."""


def remaining(client: Clients, ignore: Collection[str] = ()) -> dict[str, list[str]]:
    """The names of all resources, sorted, by kind; kinds without any are left out. See `EmbeddedAws.resources_left`."""
    found = {kind: sorted(name for name in names(client) if name not in ignore) for kind, names in KINDS.items()}
    return {kind: names for kind, names in found.items() if names}


def _pages(client: Any, operation: str, path: str, **parameters: Any) -> Iterator[Any]:
    """Every item at `path` of every page of `operation`."""
    return iter(client.get_paginator(operation).paginate(**parameters).search(f"{path}[]"))


def _queues(client: Clients) -> Iterator[str]:
    return (url.rsplit("/", 1)[1] for url in _pages(client("sqs"), "list_queues", "QueueUrls") if url)


def _buckets(client: Clients) -> Iterator[str]:
    return (bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"])


def _tables(client: Clients) -> Iterator[str]:
    return _pages(client("dynamodb"), "list_tables", "TableNames")


def _clusters(client: Clients) -> Iterator[str]:
    ecs = client("ecs")
    arns = list(_pages(ecs, "list_clusters", "clusterArns"))
    described = ecs.describe_clusters(clusters=arns)["clusters"] if arns else []
    return (cluster["clusterName"] for cluster in described if cluster["status"] == "ACTIVE")


def _services(client: Clients) -> Iterator[str]:
    ecs = client("ecs")
    for cluster in _clusters(client):
        for arn in _pages(ecs, "list_services", "serviceArns", cluster=cluster):
            service = ecs.describe_services(cluster=cluster, services=[arn])["services"][0]
            if service["status"] != "INACTIVE":
                yield service["serviceName"]


def _task_definitions(client: Clients) -> Iterator[str]:
    arns = _pages(client("ecs"), "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
    return (arn.rsplit("/", 1)[1] for arn in arns)


def _repositories(client: Clients) -> Iterator[str]:
    return _pages(client("ecr"), "describe_repositories", "repositories[].repositoryName")


def _roles(client: Clients) -> Iterator[str]:
    return _pages(client("iam"), "list_roles", "Roles[].RoleName")


def _policies(client: Clients) -> Iterator[str]:
    return _pages(client("iam"), "list_policies", "Policies[].PolicyName", Scope="Local")


def _log_groups(client: Clients) -> Iterator[str]:
    return _pages(client("logs"), "describe_log_groups", "logGroups[].logGroupName")


def _log_policies(client: Clients) -> Iterator[str]:
    return _pages(client("logs"), "describe_resource_policies", "resourcePolicies[].policyName")


def _event_rules(client: Clients) -> Iterator[str]:
    return _pages(client("events"), "list_rules", "Rules[].Name")


def _saved_queries(client: Clients) -> Iterator[str]:
    # boto3 has no paginator for this operation.
    return (query["name"] for query in client("logs").describe_query_definitions()["queryDefinitions"])


def _alarms(client: Clients) -> Iterator[str]:
    types = ["MetricAlarm", "CompositeAlarm"]
    return _pages(
        client("cloudwatch"), "describe_alarms", "[MetricAlarms, CompositeAlarms][].AlarmName", AlarmTypes=types
    )


def _dashboards(client: Clients) -> Iterator[str]:
    return _pages(client("cloudwatch"), "list_dashboards", "DashboardEntries[].DashboardName")


def _topics(client: Clients) -> Iterator[str]:
    return (arn.rsplit(":", 1)[1] for arn in _pages(client("sns"), "list_topics", "Topics[].TopicArn"))


def _secrets(client: Clients) -> Iterator[str]:
    return _pages(client("secretsmanager"), "list_secrets", "SecretList[].Name")


def _security_groups(client: Clients) -> Iterator[str]:
    names = _pages(client("ec2"), "describe_security_groups", "SecurityGroups[].GroupName")
    return (name for name in names if name != "default")


def _scalable_targets(client: Clients) -> Iterator[str]:
    autoscaling = client("application-autoscaling")
    return _pages(autoscaling, "describe_scalable_targets", "ScalableTargets[].ResourceId", ServiceNamespace="ecs")


def _scaling_policies(client: Clients) -> Iterator[str]:
    autoscaling = client("application-autoscaling")
    return _pages(autoscaling, "describe_scaling_policies", "ScalingPolicies[].PolicyName", ServiceNamespace="ecs")


def _vpcs(client: Clients) -> Iterator[str]:
    own = [{"Name": "is-default", "Values": ["false"]}]
    return _pages(client("ec2"), "describe_vpcs", "Vpcs[].VpcId", Filters=own)


KINDS: dict[str, Callable[[Clients], Iterator[str]]] = {
    "alarms": _alarms,
    "buckets": _buckets,
    "clusters": _clusters,
    "dashboards": _dashboards,
    "event_rules": _event_rules,
    "log_groups": _log_groups,
    "log_policies": _log_policies,
    "policies": _policies,
    "queues": _queues,
    "repositories": _repositories,
    "roles": _roles,
    "saved_queries": _saved_queries,
    "scalable_targets": _scalable_targets,
    "scaling_policies": _scaling_policies,
    "secrets": _secrets,
    "security_groups": _security_groups,
    "services": _services,
    "tables": _tables,
    "task_definitions": _task_definitions,
    "topics": _topics,
    "vpcs": _vpcs,
}
"""Function that lists the names of each kind of resource in our stack. Resources that are only marked as deleted (an
inactive task definition, a secret within its recovery window) don't count, as in AWS's own listings."""
