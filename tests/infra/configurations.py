"""Configurations beyond our three environments, for the tests that synthesise them and those that apply them."""

from typing import Any

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1111aaaa-22bb-33cc-44dd-555566667777"
COLLECTORS_HEADERS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector/headers-AbCdEf"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"

OWN_EVERYTHING: dict[str, Any] = {
    "protect_data": False,
    "network": {"own_vpc": {"cidr": "10.9.0.0/20", "exit": "nat", "nat_gateways": 2}},
    "registry": {"images_kept": 5},
    "media": {
        "bucket": "hospup-own-bucket",
        "versioning": True,
        "expire": [{"prefix": "work/tmp/", "days": 2}],
        "cors_origins": ["https://app.example.com"],
        "cors_methods": ["GET", "HEAD", "PUT"],
    },
    "queue": {"sender_arns": ["arn:aws:iam::123456789012:role/backend", "arn:aws:iam::210987654321:root"]},
    "encryption": {f"{noun}_key_arn": KEY for noun in ("queue", "media", "registry", "logs", "topic", "secret")},
    "fleet": {
        "warm_pool_size": 2,
        "max_workers": 6,
        "on_demand_workers": 1,
        "ecs_exec": True,
        "timezone": "Europe/Paris",
        "schedules": [
            {"name": "evening", "days": ["FRI", "SAT"], "from_hour": 16, "to_hour": 22, "warm_pool_size": 5},
            {"name": "night", "from_hour": 0, "to_hour": 6, "warm_pool_size": 0},
        ],
    },
    "access": {
        "deployer_policy": True,
        "github": {"repository": "hospup/video"},
        "permissions_boundary": BOUNDARY,
    },
    "observability": {
        "alarm_email": "ops@example.com",
        "budget": {"monthly_usd": 800},
        "otlp": {"endpoint": "https://otlp.example.com", "headers_secret_arn": COLLECTORS_HEADERS},
    },
}
"""All optional resources, an own VPC, and no image."""

EVERY_OPTION: dict[str, Any] = {
    "region": "eu-central-1",
    "protect_data": False,
    "network": {"vpc_id": "vpc-0abc", "subnet_ids": ["subnet-0a", "subnet-0b"], "assign_public_ip": False},
    "media": {
        "bucket": "another-bucket",
        "versioning": True,
        "readable_buckets": ["stock-footage", "music"],
        "allowed_hosts": ["cdn.example.com"],
        "public_base_url": "https://videos.example.com",
    },
    "queue": {"visibility_timeout_seconds": 120, "max_receive_count": 5, "retention_days": 2},
    "fleet": {
        "warm_pool_size": 0,
        "max_workers": 3,
        "on_demand_workers": 0,
        "worker_image_tag": "2.0.0",
        "cpu": 4096,
        "memory": 8192,
        "architecture": "X86_64",
        "ephemeral_storage_gib": 50,
        "spare_workers": 2,
        "scale_in_after_seconds": 600,
        "helpers": False,
        "log_level": "WARNING",
    },
    "webhook": {"url": "https://api.example.com/hook", "allowed_hosts": ["a.example", "b.example"], "signed": False},
    "access": {"deployer_policy": True},
    "observability": {
        "log_retention_days": 30,
        "alarm_email": "ops@example.com",
        "otlp": {"endpoint": "https://otlp.example.com:4318/intake"},
    },
}
"""Every option changed, in an existing VPC."""

CLOSED_NETWORK: dict[str, Any] = {
    "network": {"own_vpc": {"exit": "endpoints"}},
    "webhook": {"signed": False},
    "access": {"deployer_policy": True},
}
"""A VPC without a way to the internet, webhooks that aren't signed, and a deployer with the stack's own boundary."""
