"""A configuration with its own VPC, keys, schedules, deployers and budget, read back from the stack."""

import json
import shutil
from pathlib import Path
from typing import Any

from ops.checks.network import NEEDED as DOCTOR_NEEDS
from tests.infra.configurations import BOUNDARY, COLLECTORS_HEADERS, KEY
from tests.infra.stack import Stack, terraform

ACCOUNT = "${data.aws_caller_identity.current.account_id}"
PARTITION = "${data.aws_partition.current.partition}"
PARTS = ("data", "fleet", "monitoring", "network")
ISSUER = "token.actions.githubusercontent.com"


def _sids(stack: Stack, address: str) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in stack.statements(address)}


def test_terraform_accepts_it(own: Stack, tmp_path: Path) -> None:
    shutil.copy(own.path, tmp_path)
    assert terraform(tmp_path, "init", "-backend=false", "-input=false").returncode == 0
    assert json.loads(terraform(tmp_path, "validate", "-json").stdout)["diagnostics"] == []


def test_vpc_has_two_zones_and_private_workers(own: Stack) -> None:
    vpc = own.resource("aws_vpc.workers")
    assert (vpc["cidr_block"], vpc["enable_dns_support"], vpc["enable_dns_hostnames"]) == ("10.9.0.0/20", True, True)
    subnets = {name: own.resource(f"aws_subnet.{name}") for name in own.json["resource"]["aws_subnet"]}
    assert {name: (subnet["cidr_block"], subnet["map_public_ip_on_launch"]) for name, subnet in subnets.items()} == {
        "public_a": ("10.9.0.0/22", False),
        "public_b": ("10.9.4.0/22", False),
        "private_a": ("10.9.8.0/22", False),
        "private_b": ("10.9.12.0/22", False),
    }
    assert subnets["public_a"]["availability_zone"] == subnets["private_a"]["availability_zone"]
    assert subnets["private_a"]["availability_zone"] != subnets["private_b"]["availability_zone"]
    assert own.resource("aws_ecs_service.workers")["network_configuration"] == {
        "subnets": ["${aws_subnet.private_a.id}", "${aws_subnet.private_b.id}"],
        "security_groups": ["${aws_security_group.worker.id}"],
        "assign_public_ip": False,
    }
    assert own.resource("aws_security_group.worker")["vpc_id"] == "${aws_vpc.workers.id}"
    assert "aws_vpc" not in own.json["data"]


def test_each_zone_leaves_by_its_own_gateway(own: Stack) -> None:
    for zone in "ab":
        assert own.resource(f"aws_route.private_{zone}") == {
            "route_table_id": f"${{aws_route_table.private_{zone}.id}}",
            "destination_cidr_block": "0.0.0.0/0",
            "nat_gateway_id": f"${{aws_nat_gateway.nat_{zone}.id}}",
        }
        assert own.resource(f"aws_nat_gateway.nat_{zone}")["subnet_id"] == f"${{aws_subnet.public_{zone}.id}}"
        association = own.resource(f"aws_route_table_association.private_{zone}")
        assert association["route_table_id"] == f"${{aws_route_table.private_{zone}.id}}"
    assert own.resource("aws_route.public")["gateway_id"] == "${aws_internet_gateway.workers.id}"


def test_s3_and_dynamodb_have_gateway_endpoints(own: Stack) -> None:
    for service in ("s3", "dynamodb"):
        endpoint = own.resource(f"aws_vpc_endpoint.{service}")
        assert endpoint["service_name"] == f"com.amazonaws.${{data.aws_region.current.name}}.{service}"
        assert endpoint["vpc_endpoint_type"] == "Gateway"
        assert endpoint["route_table_ids"] == ["${aws_route_table.private_a.id}", "${aws_route_table.private_b.id}"]


def test_the_vpcs_default_group_lets_nothing_through(own: Stack) -> None:
    group = own.resource("aws_default_security_group.unused")
    assert not {"ingress", "egress"} & set(group)


def test_a_closed_network_has_endpoints_and_no_way_out(closed: Stack) -> None:
    kinds = set(closed.json["resource"])
    assert not {"aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route"} & kinds
    interfaces = {
        endpoint["service_name"].rpartition("current.name}.")[2]
        for endpoint in closed.json["resource"]["aws_vpc_endpoint"].values()
        if endpoint["vpc_endpoint_type"] == "Interface" and endpoint["private_dns_enabled"]
    }
    assert interfaces == {"ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "ssmmessages", "ecs"}
    gateways = set(closed.json["resource"]["aws_vpc_endpoint"]) - {name.replace(".", "_") for name in interfaces}
    assert interfaces | gateways >= set(DOCTOR_NEEDS)  # what doctor asks for in subnets of one's own
    assert closed.resource("aws_vpc_security_group_ingress_rule.endpoints_tls")["cidr_ipv4"] == "10.60.0.0/16"
    assert "Put the webhook" not in closed.json["output"]["next_step"]["value"]


def test_keys_are_used_and_may_be(own: Stack) -> None:
    for name in ("jobs", "dead_letters", "parts"):
        queue = own.resource(f"aws_sqs_queue.{name}")
        assert (queue["kms_master_key_id"], queue["kms_data_key_reuse_period_seconds"]) == (KEY, 3600)
        assert "sqs_managed_sse_enabled" not in queue
    (rule,) = own.resource("aws_s3_bucket_server_side_encryption_configuration.media")["rule"]
    assert rule == {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY},
        "bucket_key_enabled": True,
    }
    assert own.resource("aws_ecr_repository.worker")["encryption_configuration"] == [
        {"encryption_type": "KMS", "kms_key": KEY}
    ]
    for group in ("worker", "spot_interruptions"):
        assert own.resource(f"aws_cloudwatch_log_group.{group}")["kms_key_id"] == KEY
    assert own.resource("aws_secretsmanager_secret.webhook_key")["kms_key_id"] == KEY
    assert own.resource("aws_sns_topic.alarms")["kms_master_key_id"] == KEY
    assert "aws_kms_key" not in own.json["resource"]
    task, execution, backend = (
        _sids(own, address)
        for address in ("aws_iam_role_policy.task", "aws_iam_role_policy.execution", "aws_iam_policy.backend")
    )
    both = ["kms:Decrypt", "kms:GenerateDataKey"]
    assert (task["UseTheQueuesKey"]["Action"], task["UseTheQueuesKey"]["Resource"]) == (both, KEY)
    assert (task["UseTheMediaKey"]["Action"], task["UseTheMediaKey"]["Resource"]) == (both, KEY)
    assert (execution["OpenTheSecrets"]["Action"], execution["OpenTheSecrets"]["Resource"]) == (
        "kms:Decrypt",
        KEY,
    )
    assert backend["UseTheQueuesKey"]["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert backend["UseTheMediaKey"]["Action"] == "kms:Decrypt"


def test_the_collectors_headers_come_from_their_secret(own: Stack) -> None:
    (container,) = json.loads(own.resource("aws_ecs_task_definition.worker")["container_definitions"])
    assert {"name": "OTEL_EXPORTER_OTLP_HEADERS", "valueFrom": COLLECTORS_HEADERS} in container["secrets"]
    statement = _sids(own, "aws_iam_role_policy.execution")["ReadTheCollectorsHeaders"]
    assert (statement["Action"], statement["Resource"]) == ("secretsmanager:GetSecretValue", COLLECTORS_HEADERS)
    # 443 is allowed anyway.
    assert "collector" not in own.json["resource"]["aws_vpc_security_group_egress_rule"]


def test_named_senders_may_send(own: Stack) -> None:
    sender, tls = own.statements("aws_sqs_queue.jobs")
    assert sender["Principal"] == {"AWS": ["arn:aws:iam::123456789012:role/backend", "arn:aws:iam::210987654321:root"]}
    assert sender["Action"] == ["sqs:SendMessage", "sqs:GetQueueUrl"]
    assert (tls["Effect"], tls["Sid"]) == ("Deny", "DenyWithoutTls")
    assert len(own.statements("aws_sqs_queue.dead_letters")) == 1
    assert len(own.statements("aws_sqs_queue.parts")) == 1


def test_front_ends_may_read_and_upload(own: Stack) -> None:
    (rule,) = own.resource("aws_s3_bucket_cors_configuration.media")["cors_rule"]
    assert rule["allowed_origins"] == ["https://app.example.com"]
    assert rule["allowed_methods"] == ["GET", "HEAD", "PUT"]


def test_expiries(own: Stack) -> None:
    rules = {rule["id"]: rule for rule in own.resource("aws_s3_bucket_lifecycle_configuration.media")["rule"]}
    assert set(rules) == {"abort-incomplete-uploads", "expire-work/tmp/", "expire-old-versions"}
    assert rules["expire-work/tmp/"]["expiration"] == [{"days": 2}]
    assert rules["expire-work/tmp/"]["filter"] == [{"prefix": "work/tmp/"}]
    released, pushed, _ = json.loads(own.resource("aws_ecr_lifecycle_policy.worker")["policy"])["rules"]
    assert (released["selection"]["countNumber"], pushed["selection"]["countNumber"]) == (5, 5)


def test_a_shell_can_be_opened_where_it_is_asked_for(own: Stack, dev: Stack) -> None:
    assert own.resource("aws_ecs_service.workers")["enable_execute_command"] is True
    (container,) = json.loads(own.resource("aws_ecs_task_definition.worker")["container_definitions"])
    assert container["readonlyRootFilesystem"] is False
    shell = _sids(own, "aws_iam_role_policy.task")["OpenAShell"]
    assert all(action.startswith("ssmmessages:") for action in shell["Action"])
    assert "OpenAShell" not in _sids(dev, "aws_iam_role_policy.task")


def test_schedules(own: Stack) -> None:
    actions = {
        name: own.resource(f"aws_appautoscaling_scheduled_action.{name}")
        for name in own.json["resource"]["aws_appautoscaling_scheduled_action"]
    }
    assert {name: action["schedule"] for name, action in actions.items()} == {
        "evening-begin": "cron(0/15 16-21 ? * FRI,SAT *)",
        "evening-end": "cron(0 22 ? * FRI,SAT *)",
        "night-begin": "cron(0/15 0-5 ? * MON,TUE,WED,THU,FRI,SAT,SUN *)",
        "night-end": "cron(0 6 ? * MON,TUE,WED,THU,FRI,SAT,SUN *)",
    }
    assert {action["timezone"] for action in actions.values()} == {"Europe/Paris"}
    none = 'var.worker_image_tag == "" ? 0 : '
    assert actions["evening-begin"]["scalable_target_action"] == {
        "min_capacity": f"${{{none}5}}",
        "max_capacity": f"${{{none}max(var.max_workers, 5)}}",
    }
    assert actions["evening-end"]["scalable_target_action"] == {
        "min_capacity": f"${{{none}var.warm_pool_size}}",
        "max_capacity": f"${{{none}max(var.max_workers, var.warm_pool_size)}}",
    }


def test_budget_notifies_the_topic(own: Stack) -> None:
    budget = own.resource("aws_budgets_budget.monthly")
    assert (budget["limit_amount"], budget["limit_unit"], budget["time_unit"]) == ("800", "USD", "MONTHLY")
    assert budget["cost_filter"] == [{"name": "TagKeyValue", "values": ["user:Project$hospup-video"]}]
    notified = {(note["notification_type"], note["threshold"]) for note in budget["notification"]}
    assert notified == {("ACTUAL", 80), ("FORECASTED", 100)}
    assert all(note["subscriber_sns_topic_arns"] == ["${aws_sns_topic.alarms.arn}"] for note in budget["notification"])
    assert own.statements("aws_sns_topic_policy.alarms")[0]["Principal"] == {
        "Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }


def test_every_role_is_bounded(own: Stack) -> None:
    roles = {name: own.resource(f"aws_iam_role.{name}") for name in own.json["resource"]["aws_iam_role"]}
    assert set(roles) == {"task", "execution", "github_plan", "github_apply"}
    assert {role["permissions_boundary"] for role in roles.values()} == {BOUNDARY}


def test_github_takes_roles_for_this_repository_alone(own: Stack) -> None:
    subjects = {
        "github_plan": ["repo:hospup/video:pull_request", "repo:hospup/video:ref:refs/heads/main"],
        "github_apply": "repo:hospup/video:environment:own",
    }
    for name, subject in subjects.items():
        assert own.statements(f"aws_iam_role.{name}", "assume_role_policy") == [
            {
                "Sid": "GitHub",
                "Effect": "Allow",
                "Principal": {"Federated": "${aws_iam_openid_connect_provider.github.arn}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}},
            }
        ]
    attached = own.json["resource"]["aws_iam_role_policy_attachment"].values()
    assert {(item["role"], item["policy_arn"]) for item in attached} == {
        ("${aws_iam_role.github_apply.name}", f"${{aws_iam_policy.deployer_{part}.arn}}") for part in PARTS
    }


def test_planning_reads_and_the_state_is_this_environments(own: Stack) -> None:
    statements = _sids(own, "aws_iam_role_policy.github_plan")
    state = f"arn:{PARTITION}:s3:::hospup-video-terraform-state"
    object_ = f"{state}/environments/own/hospup-video/terraform.tfstate"
    assert (statements["StateFind"]["Resource"], statements["StateRead"]["Resource"]) == (state, object_)
    assert "StateWrite" not in statements
    deployer = _sids(own, "aws_iam_policy.deployer_data")
    assert deployer["StateWrite"]["Resource"] == [object_, f"{object_}.tflock"]


def test_event_permissions_are_on_this_rule_only(own: Stack) -> None:
    actions: dict[str, list[str]] = {}
    for part in PARTS:
        for statement in own.statements(f"aws_iam_policy.deployer_{part}"):
            listed = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            if events := [action for action in listed if action.startswith("events:")]:
                actions[statement["Resource"]] = events
    ((rule, deploying),) = actions.items()
    assert rule.endswith(":rule/hospup-video-spot-interruptions-own")
    planning = _sids(own, "aws_iam_role_policy.github_plan")["SpotInterruptions"]
    assert planning["Resource"] == rule
    assert set(planning["Action"]) < set(deploying)
    assert all(action.startswith(("events:Describe", "events:List")) for action in planning["Action"])
