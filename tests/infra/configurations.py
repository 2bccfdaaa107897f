"""Configurations beyond our three environments, shared by the tests that synthesise them and those that apply them."""

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
"""Everything that the system can make or be given, with a VPC of its own, and without an image."""
