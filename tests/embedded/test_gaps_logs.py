"""Saved queries are kept."""

from embedded.aws import EmbeddedAws


def test_a_saved_query_is_kept_changed_and_deleted(aws: EmbeddedAws) -> None:
    logs = aws.client("logs")
    query = {"name": "folder/errors", "queryString": "fields @message", "logGroupNames": ["/ecs/worker"]}
    identity = logs.put_query_definition(**query)["queryDefinitionId"]
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]
    assert {key: found[key] for key in query} == query
    assert found["queryDefinitionId"] == identity
    logs.put_query_definition(**query | {"queryString": "fields @timestamp"}, queryDefinitionId=identity)
    (changed,) = logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]
    assert changed["queryString"] == "fields @timestamp"
    assert not logs.describe_query_definitions(queryDefinitionNamePrefix="another")["queryDefinitions"]
    assert logs.delete_query_definition(queryDefinitionId=identity)["success"]
    assert not logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]
