"""Service Quotas: how much of Fargate an account may use."""

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from embedded.gaps._patch import Function, wrap

FARGATE = {
    "L-3032A538": "Fargate On-Demand vCPU resource count",
    "L-36FBB829": "Fargate Spot vCPU resource count",
}
NEW_ACCOUNT = 6.0
"""vCPUs of each kind that a new account gets.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate"""


def fill() -> None:
    """Fills every gap of this service."""
    know_fargate()


def know_fargate() -> None:
    """moto knows VPC's quotas alone.

    `hospup-video doctor` compares Fargate's with what the fleet may grow to.
    """

    def make(original: Function) -> Function:
        def get_service_quota(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
            if service_code == "fargate" and quota_code in FARGATE:
                return {
                    "ServiceCode": service_code,
                    "ServiceName": "AWS Fargate",
                    "QuotaArn": f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:fargate/{quota_code}",
                    "QuotaCode": quota_code,
                    "QuotaName": FARGATE[quota_code],
                    "Value": NEW_ACCOUNT,
                    "Unit": "None",
                    "Adjustable": True,
                    "GlobalQuota": False,
                }
            quota: dict[str, Any] = original(self, service_code, quota_code)
            return quota

        return get_service_quota

    wrap(ServiceQuotasBackend, "get_service_quota", make)
