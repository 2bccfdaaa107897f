"""The workers' network."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.config.base import Model


class OwnVpc(Model):
    """A new VPC for the workers alone: two zones, and gateway endpoints for S3 and DynamoDB (both free)."""

    cidr: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")] = "10.60.0.0/16"
    """The VPC's addresses: a private IPv4 network from /16 to /24. Each subnet has a quarter of it."""
    exit: Literal["public", "nat", "endpoints"] = "public"
    """The workers' way to the internet. `public`: public subnets, and a public address per worker ($3.65 per month
    each). `nat`: private subnets behind NAT gateways. `endpoints`: private subnets and seven interface endpoints ($16
    per month each), without a way to the internet; webhook receivers and media hosts must be in this VPC or in a peered
    one."""
    nat_gateways: Annotated[int, Field(ge=1, le=2)] = 1
    """NAT gateways ($35 per month each), with `nat` only: 1, or 2 so that a zone's outage doesn't affect the other."""

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        try:
            network = ipaddress.IPv4Network(self.cidr)
        except ValueError as error:
            raise ValueError(f"cidr ({self.cidr}) is no IPv4 network: {error}") from error
        if not 16 <= network.prefixlen <= 24:
            raise ValueError(f"cidr ({self.cidr}) must be from /16 to /24: a VPC of four subnets takes no other size")
        if not any(network.subnet_of(ipaddress.IPv4Network(private)) for private in _PRIVATE):
            raise ValueError(f"cidr ({self.cidr}) is not private: choose addresses within {', '.join(_PRIVATE)}")
        return self

    @model_validator(mode="after")
    def _gateways_have_a_use(self) -> Self:
        if self.nat_gateways != 1 and self.exit != "nat":
            raise ValueError(
                f"nat_gateways is {self.nat_gateways} with exit {self.exit!r}, which has none: drop one of the two"
            )
        return self


# https://datatracker.ietf.org/doc/html/rfc1918
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


class NetworkConfig(Model):
    """The network of the workers; default: the default VPC and its public subnets."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]+$")] | None = None
    """An existing VPC; needs `subnet_ids`."""
    subnet_ids: tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")], ...] = ()
    """Subnets of that VPC, in two zones or more."""
    assign_public_ip: bool = True
    """Give each worker a public address, the only way out of a public subnet. False in private subnets behind NAT."""
    own_vpc: OwnVpc | None = None
    """A new VPC for the workers, instead of `vpc_id` and `subnet_ids`."""

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if self.own_vpc and (self.vpc_id or self.subnet_ids):
            raise ValueError("own_vpc and vpc_id are both given: make a VPC or name one, not both")
        if self.own_vpc and "assign_public_ip" in self.model_fields_set:
            raise ValueError("assign_public_ip is given with own_vpc, whose exit decides it: drop assign_public_ip")
        if self.vpc_id and not self.subnet_ids:
            raise ValueError("vpc_id is given without subnet_ids: name the subnets, or drop vpc_id for the default VPC")
        if self.subnet_ids and not self.vpc_id:
            raise ValueError("subnet_ids are given without vpc_id: name their VPC, or drop them for the default VPC")
        if not self.assign_public_ip and not self.vpc_id:
            raise ValueError(
                "assign_public_ip is false in the default VPC, whose subnets lead out only with a public address: "
                "set it to true, or give vpc_id and subnet_ids"
            )
        return self
