"""Any valid configuration synthesises, and Terraform accepts the result.

In one process, because loading jsii takes longer than a synthesis, and with one `terraform validate` for all, each a
child module of one root.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from modules.config import FARGATE_SIZES, LOG_RETENTION_DAYS, Environment
from tests.infra.configurations import BOUNDARY, KEY
from tests.infra.stack import terraform

EXAMPLES = 12


@st.composite
def fleets(draw: st.DrawFn) -> dict[str, Any]:
    cpu = draw(st.sampled_from(sorted(FARGATE_SIZES)))
    most = draw(st.integers(1, 1000))
    pool = draw(st.integers(0, most))
    first = draw(st.integers(0, 10))
    schedules = [
        {"name": "one", "from_hour": first, "to_hour": draw(st.integers(first + 1, 12)), "warm_pool_size": pool},
        {"name": "two", "days": ["SUN"], "from_hour": 13, "to_hour": 23, "warm_pool_size": 0},
    ]
    return {
        "max_workers": most,
        "warm_pool_size": pool,
        "on_demand_workers": draw(st.integers(0, pool)),
        "cpu": cpu,
        "memory": draw(st.sampled_from(FARGATE_SIZES[cpu])),
        "architecture": draw(st.sampled_from(["ARM64", "X86_64"])),
        "ephemeral_storage_gib": draw(st.none() | st.integers(21, 200)),
        "spare_workers": draw(st.integers(0, 100)),
        "scale_in_after_seconds": draw(st.integers(60, 3600)),
        "worker_image_tag": draw(st.from_regex(r"([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?", fullmatch=True)),
        "schedules": schedules[: draw(st.integers(0, 2))],
        "timezone": draw(st.sampled_from(["UTC", "Europe/Paris", "America/New_York"])),
        "ecs_exec": draw(st.booleans()),
    }


def networks() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.just({}),
        st.builds(
            lambda public: {"vpc_id": "vpc-0a1", "subnet_ids": ["subnet-0a", "subnet-0b"], "assign_public_ip": public},
            st.booleans(),
        ),
        st.builds(
            lambda cidr, exit_: {"own_vpc": {"cidr": cidr, "exit": exit_}},
            st.sampled_from(["10.0.0.0/16", "172.20.4.0/22", "192.168.7.0/24"]),
            st.sampled_from(["public", "nat", "endpoints"]),
        ),
    )


@st.composite
def medias(draw: st.DrawFn) -> dict[str, Any]:
    buckets = st.from_regex(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", fullmatch=True)
    if draw(st.booleans()):
        return {"create": False, "bucket": draw(buckets)}
    return {
        "bucket": draw(st.none() | buckets),
        "versioning": draw(st.booleans()),
        "cors_origins": draw(st.lists(st.sampled_from(["https://a.example", "http://localhost:3000"]), unique=True)),
        "readable_buckets": draw(st.lists(buckets, max_size=3)),
        "public_base_url": draw(st.none() | st.just("https://videos.example.com/a%20b?c=d&e='f'")),
    }


@st.composite
def environments(draw: st.DrawFn) -> dict[str, Any]:
    keys = st.none() | st.just(KEY)
    return {
        "name": draw(
            st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True).filter(lambda name: name != "prod")
        ),
        "region": draw(st.sampled_from(["eu-west-1", "us-east-1", "ap-southeast-2"])),
        "protect_data": draw(st.booleans()),
        "network": draw(networks()),
        "media": draw(medias()),
        "queue": {
            "visibility_timeout_seconds": draw(st.integers(30, 43200)),
            "max_receive_count": draw(st.integers(1, 100)),
            "retention_days": draw(st.integers(1, 13)),
            "sender_arns": draw(st.sampled_from([[], ["arn:aws:iam::123456789012:user/backend"]])),
        },
        "encryption": {
            f"{noun}_key_arn": draw(keys) for noun in ("queue", "media", "registry", "logs", "topic", "secret")
        },
        "access": {
            "deployer_policy": draw(st.booleans()),
            "github": draw(st.none() | st.just({"repository": "a/b"})),
            "permissions_boundary": draw(st.none() | st.just(BOUNDARY)),
        },
        "fleet": draw(fleets()),
        "webhook": {"signed": draw(st.booleans())},
        "observability": {
            "log_retention_days": draw(st.sampled_from(LOG_RETENTION_DAYS)),
            "budget": draw(st.none() | st.just({"monthly_usd": 10})),
        },
    }


def test_any_valid_configuration_synthesises_and_validates(tmp_path: Path) -> None:
    from main import stack_name, synthesise

    children: list[dict[str, Any]] = []

    # The same examples at every run, so that a failure in CI can be repeated. Not shrunk: a synthesis takes 0.3 s.
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(environments())
    def synthesises(content: dict[str, Any]) -> None:
        environment = Environment.model_validate_json(json.dumps(content))
        out = tmp_path / "out" / str(len(children))
        out.mkdir(parents=True)
        synthesise(environment, out)
        path = out / "stacks" / stack_name(environment) / "cdk.tf.json"
        children.append(json.loads(path.read_text(encoding="utf-8")))

    synthesises()
    assert len(children) >= EXAMPLES
    root = tmp_path / "root"
    for number, child in enumerate(children):
        # A child module has neither provider nor backend.
        del child["provider"], child["terraform"]["backend"]
        folder = root / f"child-{number}"
        folder.mkdir(parents=True)
        (folder / "main.tf.json").write_text(json.dumps(child), encoding="utf-8")
    calls = {f"child_{number}": {"source": f"./child-{number}"} for number in range(len(children))}
    (root / "main.tf.json").write_text(json.dumps({"module": calls}), encoding="utf-8")
    assert terraform(root, "init", "-input=false").returncode == 0
    validated = json.loads(terraform(root, "validate", "-json").stdout)
    assert (validated["valid"], validated["diagnostics"]) == (True, [])


@given(
    content=environments(),
    field=st.sampled_from(
        [
            ("region", "ireland"),
            ("fleet.cpu", 3),
            ("fleet.memory", 513),
            ("fleet.max_workers", 0),
            ("fleet.spare_workers", -1),
            ("fleet.timezone", "Europe/Atlantis"),
            ("queue.max_receive_count", 0),
            ("queue.sender_arns", ["*"]),
            ("encryption.queue_key_arn", "alias/mine"),
            ("observability.log_retention_days", 2),
            ("access.permissions_boundary", "boundary"),
            ("network.vpc_id", "vpc-zz"),
            ("media.bucket", "Capitals"),
            ("media.public_base_url", "https://a.example/${path.root}"),
        ]
    ),
)
@settings(max_examples=60, derandomize=True, database=None)
def test_one_wrong_value_is_enough_to_be_refused(content: dict[str, Any], field: tuple[str, Any]) -> None:
    path, wrong = field
    *parents, name = path.split(".")
    part = content
    for parent in parents:
        part = part[parent]
    part[name] = wrong
    with pytest.raises(ValidationError):
        Environment.model_validate_json(json.dumps(content))
