"""Detects and masks secrets: attributes known to hold them, and strings that look like one."""

import re

MASK = "(sensitive)"

# By the resource's type and the attribute's first name. Terraform marks most of them as sensitive; this list covers
# those that a provider forgets.
_ATTRIBUTES = {
    ("aws_secretsmanager_secret_version", "secret_string"),
    ("aws_secretsmanager_secret_version", "secret_binary"),
    ("aws_ssm_parameter", "value"),
    ("aws_ssm_parameter", "insecure_value"),
    ("aws_iam_access_key", "secret"),
    ("aws_iam_access_key", "ses_smtp_password_v4"),
    ("random_password", "result"),
    ("aws_lambda_function", "environment"),
    ("aws_instance", "user_data"),
    ("aws_launch_template", "user_data"),
}
_NAMES = re.compile(
    r"(secret|passw(or)?d|passphrase|token|private_?key|api_?key|access_?key|signing_?key|credential|auth_header)",
    re.IGNORECASE,
)
# Names, places and ages of secrets are harmless.
_HARMLESS = re.compile(
    r"(arns?|ids?|_name|_url|_uri|_from|valuefrom|_enabled|_days|_seconds|_length|_type|_bucket|_table)$", re.I
)
_PATTERNS = re.compile(
    r"whsec_[A-Za-z0-9+/=_-]{8,}"  # Standard Webhooks' signing keys
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access keys
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
    r"|\bxox[abpr]-[\w-]{10,}|https://hooks\.slack\.com/services/[\w/]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|X-Amz-(?:Signature|Security-Token|Credential)=[^&\s\"']+"
    r"|(?<=://)[^/\s:@\"']+:[^/\s:@\"']+(?=@)"  # user and password of a URL
)


def is_secret(kind: str, path: tuple[str, ...], siblings: object = None) -> bool:
    """Whether the value at a path is a secret by its name.

    Params:
        kind: the resource's type.
        path: names down to the value, list positions left out.
        siblings: the object that contains the value; in `{"name": "API_TOKEN", "value": …}` it holds the name.
    """
    if path and (kind, path[0]) in _ATTRIBUTES:
        return True
    name = path[-1] if path else ""
    if name == "value" and isinstance(siblings, dict):
        name = str(siblings.get("name") or siblings.get("key") or name)
    return bool(_NAMES.search(name)) and not _HARMLESS.search(name)


def masked(text: str) -> str:
    """A text in which everything that looks like a secret is masked."""
    return _PATTERNS.sub(MASK, text)
