"""Rules for permissions and for the network."""

from ops.review.iam_policies import added, everybody_denied
from ops.review.judgements import (
    SURVIVAL,
    Changed,
    Judgement,
    Rule,
    Table,
    Weight,
    each,
    harmless,
    harms,
    harms_if,
    less,
    tells,
)
from ops.review.plan import Action
from ops.review.resource_names import policy_of

_OTHER_NETWORK = harms("The network is made anew: workers lose their way out meanwhile, and jobs are tried again.")
_WAY = harms("Workers reach AWS and the internet by another way: where it ends, jobs fail and are tried again.")
_OUT = harms("Workers may reach other places: what they no longer reach fails, and its jobs are tried again.")


def _permissions(changed: Changed) -> Judgement:
    """A policy: the guards judge what it adds and what the workers lose."""
    change = changed.change
    attribute = policy_of(change) or ""
    if change.unknown.get(attribute) is True:
        return Judgement(
            "Known only once applied. What is no longer allowed fails from then on; a worker's job is tried again.",
            Weight.UNJUDGED,
        )
    if added(change.after.get(attribute), change.before.get(attribute)):
        return Judgement(
            "Holds within seconds, for running workers too: what is no longer allowed fails; jobs are tried again.",
            Weight.HARM,
        )
    return Judgement("Holds within seconds; nothing that runs is cut off.")


def _resource_policy(changed: Changed) -> Judgement:
    """The policy of a queue, topic, bucket or key: a denial without a condition shuts out the fleet as well."""
    change = changed.change
    attribute = policy_of(change) or ""
    before, after = change.before.get(attribute), change.after.get(attribute)
    denied = added(before, after, "Deny")
    if shut := [grant for grant in denied if grant in everybody_denied(after)]:
        what = change.show(attribute, shut[0])
        return Judgement(f"Is refused to everybody, also to workers and the backend: {what}.", Weight.REFUSED, SURVIVAL)
    if change.action is Action.REPLACE:
        return Judgement("Harmless: a new policy for a new resource.", Weight.HARMLESS)
    if denied or added(after, before):
        return Judgement("Less is allowed: who it served so far may be refused, within seconds.", Weight.HARM)
    return Judgement("Who may use it changes, as the guards judge it.")


def _comes_in(changed: Changed) -> Judgement:
    return Judgement("" if changed.change.sensitive else describe_rule(changed.change.after))


def describe_rule(rule: object) -> str:
    """A security group's rule in words."""
    values = rule if isinstance(rule, dict) else {}
    who = values.get("cidr_ipv4") or values.get("cidr_ipv6") or values.get("referenced_security_group_id") or "others"
    protocol, first, last = str(values.get("ip_protocol", "")), values.get("from_port"), values.get("to_port")
    what = f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
    return f"Lets {who} in on {'everything' if protocol in {'-1', 'all'} else what}."


RESOURCE_POLICY = Rule(_resource_policy, guards=True)
_POLICY = Rule(_permissions, guards=True)
_EGRESS = each("cidr_ipv4 cidr_ipv6 from_port ip_protocol prefix_list_id referenced_security_group_id to_port", _OUT)
_INGRESS = "cidr_ipv4 cidr_ipv6 from_port ip_protocol prefix_list_id referenced_security_group_id to_port"

ACCESS: Table = {
    "aws_iam_policy": {
        "policy": _POLICY,
        "path": harms("Another ARN: who has the policy attached loses it."),
        "attachment_count": harmless("AWS counts who has it"),
        "policy_id": harmless("AWS assigns it"),
    },
    "aws_iam_role": {
        "assume_role_policy": harms("Who may take the role changes: ECS must, or no worker starts."),
        "create_date": harmless("AWS assigns it"),
        "force_detach_policies": harmless("how Terraform would delete the role"),
        "inline_policy": harmless("it follows the role's own policies, which are judged"),
        "managed_policy_arns": harms("The role has other policies attached: what it may no longer do fails."),
        "max_session_duration": harms_if(
            less,
            "Sessions of people and workflows end sooner; ECS renews those of workers.",
            tells("Sessions may last for {after} s."),
        ),
        "path": harms("Another ARN: who takes the role by the old one fails."),
        "permissions_boundary": harms("What the role may do at most changes: what is outside fails, for workers too."),
    },
    "aws_iam_role_policy": {
        "policy": _POLICY,
        "role": harms("Another role has the permissions, and this one no longer."),
    },
    "aws_iam_role_policy_attachment": {
        **each("policy_arn role", harms("The role has another policy: what it may no longer do fails.")),
    },
    "aws_iam_openid_connect_provider": {
        **each("client_id_list thumbprint_list url", harms("Whose tokens open the deployers' roles changes.")),
    },
    "aws_security_group": {
        "egress": harmless("it follows the rules, which are resources of their own and are judged"),
        "ingress": tells("Who may come in changes, as the guards judge it."),
        "revoke_rules_on_delete": harmless("how Terraform would delete the group"),
        "vpc_id": _OTHER_NETWORK,
    },
    "aws_vpc_security_group_egress_rule": {
        **_EGRESS,
        "security_group_id": _OUT,
        "security_group_rule_id": harmless("AWS assigns it"),
    },
    "aws_vpc_security_group_ingress_rule": {
        **each(f"{_INGRESS} security_group_id", Rule(_comes_in)),
        "security_group_rule_id": harmless("AWS assigns it"),
    },
    "aws_default_security_group": {
        **each("egress ingress", tells("Who is in no other group may reach, or be reached by, others.")),
        **each("vpc_id revoke_rules_on_delete", harmless("the group is the VPC's own, and workers aren't in it")),
    },
    "aws_vpc": {
        **each("cidr_block ipv6_cidr_block ipv4_ipam_pool_id ipv6_ipam_pool_id instance_tenancy", _OTHER_NETWORK),
        **each(
            "enable_dns_support enable_dns_hostnames", harms("Without them workers don't find AWS' endpoints by name.")
        ),
    },
    "aws_subnet": {
        **each("availability_zone availability_zone_id cidr_block ipv6_cidr_block vpc_id", _OTHER_NETWORK),
        "map_public_ip_on_launch": harmless("the service says by itself whether workers get an address"),
    },
    "aws_route": {**each("gateway_id nat_gateway_id destination_cidr_block route_table_id", _WAY)},
    "aws_route_table": {"route": _WAY, "vpc_id": _OTHER_NETWORK},
    "aws_route_table_association": {**each("subnet_id gateway_id route_table_id", _WAY)},
    "aws_internet_gateway": {"vpc_id": _WAY},
    "aws_nat_gateway": {**each("allocation_id connectivity_type subnet_id", _WAY)},
    "aws_eip": {
        **each("domain instance network_interface public_ip", harms("Receivers that allow one address see another."))
    },
    "aws_vpc_endpoint": {
        **each("private_dns_enabled route_table_ids security_group_ids service_name subnet_ids vpc_id", _WAY),
        "policy": harms("What may be done by this way changes: the rest fails, and its jobs are tried again."),
    },
    "terraform_data": {
        **each("input output", harms("The guard that keeps one environment's plan out of another's state changes.")),
        "triggers_replace": harmless("only Terraform's own state is made anew"),
    },
}
