"""An environment's configuration: its defaults, and how a wrong one is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from modules.config import FARGATE_SIZES, ConfigurationError, Environment
from modules.config.loader import load

EVENING = {"name": "evening", "days": ["FRI"], "from_hour": 16, "to_hour": 22, "warm_pool_size": 20}
ENVIRONMENTS = Path(__file__).resolve().parents[2] / "environments"


def load_one(folder: Path, content: Any, name: str = "dev") -> Environment:
    text = content if isinstance(content, str) else json.dumps(content)
    directory = folder / "environments"
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.json").write_text(text, encoding="utf-8")
    return load(directory, name)


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_our_environments_are_valid(name: str) -> None:
    environment = load(ENVIRONMENTS, name)
    assert environment.name == name
    assert environment.is_production == (name == "prod")


def test_an_empty_file_is_production_like(tmp_path: Path) -> None:
    environment = load_one(tmp_path, {})
    assert environment.region == "eu-west-1"
    assert environment.protect_data
    assert (environment.fleet.warm_pool_size, environment.fleet.max_workers) == (10, 50)
    assert (environment.fleet.cpu, environment.fleet.memory, environment.fleet.architecture) == (2048, 4096, "ARM64")
    assert (environment.queue.visibility_timeout_seconds, environment.queue.max_receive_count) == (90, 3)
    assert environment.observability.log_retention_days == 7


def test_an_environment_can_not_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load(ENVIRONMENTS, "dev").region = "eu-west-3"  # type: ignore[misc]


def test_every_field_is_documented() -> None:
    models = [field.annotation for field in Environment.model_fields.values()]
    nested = [model for model in models if isinstance(model, type) and hasattr(model, "model_fields")]
    assert len(nested) == 9
    for model in nested:
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            {"fleet": {"max_workers": 5}},
            "fleet: max_workers (5) is below warm_pool_size (10): raise max_workers or lower warm_pool_size.",
        ),
        (
            {"fleet": {"on_demand_workers": 11}},
            "fleet: on_demand_workers (11) is above warm_pool_size (10): "
            "lower on_demand_workers or raise warm_pool_size.",
        ),
        (
            {"fleet": {"cpu": 1000}},
            "fleet: cpu (1000) is no Fargate size: choose one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units.",
        ),
        (
            {"fleet": {"cpu": 512, "memory": 8192}},
            "fleet: memory (8192) does not go with cpu (512) on Fargate: choose one of 1024, 2048, 3072, 4096 MiB.",
        ),
        ({"fleet": {"max_workers": "50"}}, "fleet.max_workers is '50': input should be a valid integer."),
        ({"fleet": {"max_workers": True}}, "fleet.max_workers is True: input should be a valid integer."),
        ({"fleet": {"warm_pool_size": -1}}, "fleet.warm_pool_size is -1: input should be greater than or equal to 0."),
        ({"fleet": {"architecture": "arm"}}, "fleet.architecture is 'arm': input should be 'ARM64' or 'X86_64'."),
        ({"fleet": {"ephemeral_storage_gib": 20}}, "fleet.ephemeral_storage_gib is 20: input should be greater than"),
        ({"fleet": {"warm_pool_siz": 3}}, "fleet.warm_pool_siz is not a known field: perhaps warm_pool_size is meant."),
        ({"schedules": []}, "schedules is not a known field: perhaps fleet.schedules is meant."),
        ({"alarm_email": "a@b.c"}, "alarm_email is not a known field: perhaps observability.alarm_email is meant."),
        (
            {"zzz": 3},
            "zzz is not a known field: use one of access, encryption, fleet, media, network, observability,",
        ),
        ({"fleet": 3}, "fleet is 3: input should be an object."),
        (
            {"network": {"vpc_id": "vpc-0a"}},
            "network: vpc_id is given without subnet_ids: name the subnets, or drop vpc_id for the default VPC.",
        ),
        (
            {"network": {"subnet_ids": ["subnet-0a"]}},
            "network: subnet_ids are given without vpc_id: name their VPC, or drop them for the default VPC.",
        ),
        ({"network": {"assign_public_ip": False}}, "network: assign_public_ip is false in the default VPC"),
        ({"media": {"create": False}}, "media: create is false without bucket: name the existing bucket"),
        (
            {"media": {"create": False, "bucket": "some-bucket", "versioning": True}},
            "media: versioning is given with create false, but an adopted bucket is left as it is: drop one of the",
        ),
        (
            {"media": {"create": False, "bucket": "some-bucket", "cors_origins": ["https://a.example"]}},
            "media: cors_origins is given with create false",
        ),
        (
            {"media": {"cors_methods": ["PUT"]}},
            "media: cors_methods are given without cors_origins: name the front ends, or drop the methods.",
        ),
        (
            {"media": {"expire": [{"prefix": "generated-videos/21/", "days": 3}]}},
            "media: expire names generated-videos/, where the finished videos lie: drop it.",
        ),
        (
            {"media": {"expire": [{"prefix": "a/", "days": 3}, {"prefix": "a/", "days": 4}]}},
            "media: expire names a prefix twice: keep one of the two.",
        ),
        (
            {"network": {"vpc_id": "vpc-0a", "subnet_ids": ["subnet-0a"], "own_vpc": {}}},
            "network: own_vpc and vpc_id are both given: make a VPC or name one, not both.",
        ),
        (
            {"network": {"own_vpc": {}, "assign_public_ip": False}},
            "network: assign_public_ip is given with own_vpc, whose exit decides it: drop assign_public_ip.",
        ),
        (
            {"network": {"own_vpc": {"cidr": "10.0.0.0/8"}}},
            "network.own_vpc: cidr (10.0.0.0/8) must be from /16 to /24: a VPC of four subnets takes no other size.",
        ),
        ({"network": {"own_vpc": {"cidr": "10.0.0.1/16"}}}, "network.own_vpc: cidr (10.0.0.1/16) is no IPv4 network: "),
        (
            {"network": {"own_vpc": {"cidr": "8.8.0.0/16"}}},
            "network.own_vpc: cidr (8.8.0.0/16) is not private: choose addresses within 10.0.0.0/8, 172.16.0.0/12, ",
        ),
        (
            {"network": {"own_vpc": {"nat_gateways": 2}}},
            "network.own_vpc: nat_gateways is 2 with exit 'public', which has none: drop one of the two.",
        ),
        (
            {"network": {"own_vpc": {"cdir": "10.0.0.0/16"}}},
            "network.own_vpc.cdir is not a known field: perhaps cidr is meant.",
        ),
        (
            {"fleet": {"timezone": "Europe/Atlantis"}},
            "fleet: timezone ('Europe/Atlantis') is no IANA time zone: use one such as Europe/Paris or UTC.",
        ),
        (
            {"fleet": {"schedules": [{**EVENING, "to_hour": 16}]}},
            "fleet.schedules.0: to_hour (16) is not after from_hour (16): a schedule ends on the day that it begins; "
            "write a night as two.",
        ),
        (
            {"fleet": {"schedules": [{**EVENING, "days": ["FRI", "FRI"]}]}},
            "fleet.schedules.0: days (FRI, FRI) name a day twice: keep one of the two.",
        ),
        (
            {"fleet": {"schedules": [{**EVENING, "warm_pool_size": 51}]}},
            "fleet: schedule evening: warm_pool_size (51) is above max_workers (50): lower the one or raise the other.",
        ),
        (
            {"fleet": {"schedules": [EVENING, {**EVENING, "days": ["SUN"]}]}},
            "fleet: schedules bear the name evening twice: rename one.",
        ),
        (
            {"fleet": {"schedules": [EVENING, {**EVENING, "name": "late", "from_hour": 20}]}},
            "fleet: schedules evening and late overlap: let each hour have one pool size.",
        ),
        (
            {"fleet": {"schedules": [{**EVENING, "from": 3}]}},
            "fleet.schedules.0.from is not a known field: perhaps from_hour is meant.",
        ),
        (
            {"encryption": {"queue_key_arn": "alias/a"}},
            "encryption.queue_key_arn is 'alias/a', which does not have the",
        ),
        ({"queue": {"sender_arns": ["*"]}}, "queue.sender_arns.0 is '*', which does not have the form"),
        ({"access": {"github": {"repository": "a"}}}, "access.github.repository is 'a', which does not have the form"),
        ({"observability": {"budget": {}}}, "observability.budget.monthly_usd: field required."),
        (
            {"observability": {"otlp": {"endpoint": "https://otlp.example.com:99999"}}},
            "observability.otlp: endpoint (https://otlp.example.com:99999) names a port that doesn't exist: "
            "choose one of 1 to 65535.",
        ),
        ({"media": {"bucket": "Not_A_Bucket"}}, "media.bucket is 'Not_A_Bucket', which does not have the form"),
        ({"media": {"readable_buckets": ["ok-bucket", "X"]}}, "media.readable_buckets.1 is 'X', which does not have"),
        (
            {"webhook": {"url": "http://example.com"}},
            "webhook.url is 'http://example.com', which does not have the form",
        ),
        (
            {"webhook": {"url": "https://example.com:8443/hook"}},
            "webhook.url is 'https://example.com:8443/hook', which does not have the form",
        ),
        (
            {"webhook": {"url": "https://example.com/", "without_receiver_because": "Every job names its own."}},
            "webhook: url and without_receiver_because are both given: drop one of the two.",
        ),
        (
            {"webhook": {"without_receiver_because": "n/a"}},
            "webhook.without_receiver_because is 'n/a', which does not have the form",
        ),
        ({"queue": {"retention_days": 14}}, "queue.retention_days is 14: input should be less than or equal to 13."),
        (
            {"observability": {"log_retention_days": 8}},
            "observability: log_retention_days (8) is not accepted by CloudWatch: choose one of 1, 3, 5, 7, 14, 30",
        ),
        ({"observability": {"alarm_email": "ops"}}, "observability.alarm_email is 'ops', which does not have the form"),
        ({"region": "ireland"}, "region is 'ireland', which does not have the form"),
        ({"name": "dev"}, "name is not a field of the file: an environment is named by its file, drop it."),
        ("[]", "must hold one JSON object"),
        ('{"fleet": {"cpu": 512}, "fleet": {}}', "fleet is given twice: JSON keeps the last alone, so drop one."),
        ("{,}", "is not valid JSON: "),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_one(tmp_path, content)
    message = str(refused.value)
    assert message.startswith("environments/dev.json")
    assert sentence in message
    assert "\n" not in message


def test_every_mistake_gets_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_one(tmp_path, {"region": 3, "fleet": {"cpus": 1, "max_workers": "x"}})
    assert len(str(refused.value).splitlines()) == 3


def test_production_is_always_protected(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="protect_data is false in production"):
        load_one(tmp_path, {"protect_data": False}, name="prod")


def test_a_name_that_can_not_be_a_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="name is 'Dev_1', which does not have the form"):
        load_one(tmp_path, {}, name="Dev_1")


def test_an_unknown_environment_lists_the_known_ones(tmp_path: Path) -> None:
    load_one(tmp_path, {})
    with pytest.raises(ConfigurationError, match=r"environments/pord.json does not exist. Set ENV to one of dev\.$"):
        load(tmp_path / "environments", "pord")


@pytest.mark.parametrize(("cpu", "memory"), [(cpu, memory) for cpu, sizes in FARGATE_SIZES.items() for memory in sizes])
def test_every_fargate_size_is_accepted(tmp_path: Path, cpu: int, memory: int) -> None:
    fleet = load_one(tmp_path, {"fleet": {"cpu": cpu, "memory": memory}}).fleet
    assert (fleet.cpu, fleet.memory) == (cpu, memory)


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("https://otlp.example.com", 443),
        ("https://otlp.example.com:4318/intake", 4318),
        ("http://localhost:4318", None),
        ("http://127.0.0.1:4318", None),
    ],
)
def test_a_collector_is_reached_over_tls_or_within_the_task(tmp_path: Path, endpoint: str, port: int | None) -> None:
    otlp = load_one(tmp_path, {"observability": {"otlp": {"endpoint": endpoint}}}).observability.otlp
    assert otlp is not None
    assert otlp.port == port


@pytest.mark.parametrize(
    "endpoint", ["http://otlp.example.com", "http://localhost.example.com", "https://key@otlp.example.com", "otlp:4318"]
)
def test_a_collector_elsewhere_needs_tls(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"observability\.otlp\.endpoint"):
        load_one(tmp_path, {"observability": {"otlp": {"endpoint": endpoint}}})
