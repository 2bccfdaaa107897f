"""Service Quotas: the quotas of Fargate."""

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from embedded.gaps._patch import Function, wrap

FARGATE = {
    "L-3032A538": "Fargate On-Demand vCPU resource count",
    "L-36FBB829": "Fargate Spot vCPU resource count",
}
NEW_ACCOUNT = 6.0
"""Quota of a new account, in vCPUs, for On-Demand and for Spot.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate"""


def fill() -> None:
    """Fills every gap of this service."""
    add_fargate()


def add_fargate() -> None:
    """moto only has the quotas of VPC.

    `hospup-video doctor` compares Fargate's with the largest size of the fleet.
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
