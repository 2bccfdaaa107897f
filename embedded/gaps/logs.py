"""CloudWatch Logs: saved queries."""

import json
import time
import uuid
from typing import Any

from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from embedded.gaps._patch import add


def fill() -> None:
    """Fills every gap of this service."""
    keep_saved_queries()


def keep_saved_queries() -> None:
    """moto has none of `PutQueryDefinition`, `DescribeQueryDefinitions` and `DeleteQueryDefinition`.

    Without them no saved query can be made. They are kept, and never run.
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
    """An account's saved queries in a region, by id, to be read or changed."""
    definitions: dict[str, dict[str, Any]] = vars(backend).setdefault("query_definitions", {})
    return definitions
