"""The base class of the configuration's models, and string types with patterns."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """A part of the configuration: frozen, without unknown fields, without type coercion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]|\.[a-z0-9]){1,61}[a-z0-9]$", max_length=63)]
HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
# Without quote, backslash, dollar and brace: the value is part of a JSON document in Terraform, which evaluates `${`
# and `%{`.
HttpsUrl = Annotated[str, Field(pattern=r"^https://[^\s/\"\\${}]+(/[^\s\"\\${}]*)?$")]
# The same, on the only port that workers may connect to, and without user and password.
ReceiverUrl = Annotated[
    str, Field(pattern=r"^https://[^\s/:?#@\"\\${}]+(:443)?([/?][^\s#\"\\${}]*)?$", max_length=2048)
]
# One line of words, which can be part of a JSON document in Terraform.
Sentence = Annotated[str, Field(pattern=r"^[^\n\r\"\\${}]*\S[^\n\r\"\\${}]{9,}$", max_length=200)]
Origin = Annotated[str, Field(pattern=r"^https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?$")]
KmsKeyArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$")]
SecretArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$")
]
# Plain http on loopback only, where traffic never leaves the task. Without user and password, because a task definition
# is no place for a secret.
CollectorUrl = Annotated[
    str, Field(pattern=r"^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?$")
]
# A role, a user, or an account's root. No wildcard.
PrincipalArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)$")]
Prefix = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-][A-Za-z0-9._/-]*/$", max_length=200)]
