"""CloudWatch Logs: saved queries, and metrics in log lines."""

import datetime
import json
import time
import uuid
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    keep_saved_queries()
    extract_metrics()


def keep_saved_queries() -> None:
    """moto has no `PutQueryDefinition`, `DescribeQueryDefinitions` and `DeleteQueryDefinition`.

    Without them, no saved query can be created. The queries are stored but never run.
    """

    def put_query_definition(self: LogsResponse) -> str:
        identity = self._get_param("queryDefinitionId") or str(uuid.uuid4())
        fields = {name: self._get_param(name) for name in ("name", "queryString", "logGroupNames")}
        definition = {"queryDefinitionId": identity, "lastModified": int(time.time() * 1000), **fields}
        definitions_of(self.logs_backend)[identity] = definition
        return json.dumps({"queryDefinitionId": identity})

    def describe_query_definitions(self: LogsResponse) -> str:
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        found = [each for each in definitions_of(self.logs_backend).values() if each["name"].startswith(prefix)]
        return json.dumps({"queryDefinitions": found})

    def delete_query_definition(self: LogsResponse) -> str:
        known = definitions_of(self.logs_backend).pop(self._get_param("queryDefinitionId"), None)
        return json.dumps({"success": known is not None})

    for operation in (put_query_definition, describe_query_definitions, delete_query_definition):
        add(LogsResponse, operation.__name__, operation)


def definitions_of(backend: LogsBackend) -> dict[str, dict[str, Any]]:
    """The saved queries of an account in a region, by id, as a mutable dictionary."""
    definitions: dict[str, dict[str, Any]] = vars(backend).setdefault("query_definitions", {})
    return definitions


def extract_metrics() -> None:
    """moto stores a line in the embedded metric format like any other. CloudWatch extracts its metrics.

    Without this, no metric of a worker arrives. There is no delay.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """

    def make(original: Function) -> Function:
        def put_log_events(
            self: LogsBackend, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
        ) -> Any:
            answer = original(self, log_group_name, log_stream_name, log_events)
            metrics = cloudwatch_backends[self.account_id][self.region_name]
            for event in log_events:
                for namespace, data in _metrics_in(event["message"]):
                    metrics.put_metric_data(namespace, data)
            return answer

        return put_log_events

    wrap(LogsBackend, "put_log_events", make)


def _metrics_in(line: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The data of a log line, by namespace; empty where it has none."""
    try:
        fields = json.loads(line) if line.startswith("{") else {}
        about = fields["_aws"]
        # moto's times have no zone, and are UTC.
        moment = datetime.datetime.fromtimestamp(about["Timestamp"] / 1000, datetime.UTC).replace(tzinfo=None)
        return [
            (
                directive["Namespace"],
                [
                    {
                        "MetricName": metric["Name"],
                        "Unit": metric.get("Unit"),
                        "Value": fields[metric["Name"]],
                        "Timestamp": moment,
                        "Dimensions": [{"Name": name, "Value": fields[name]} for name in names],
                    }
                    for metric in directive["Metrics"]
                    for names in directive["Dimensions"]
                ],
            )
            for directive in about["CloudWatchMetrics"]
        ]
    except (KeyError, TypeError, ValueError):
        return []
