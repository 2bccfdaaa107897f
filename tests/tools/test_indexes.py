"""How an image's build reaches this machine's package indexes."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.indexes import secrets


def secrets_of(**environment: str | Path) -> Mapping[str, str]:
    with secrets({name: str(value) for name, value in environment.items()}) as found:
        return {name: path.read_text(encoding="utf-8") for name, path in found.items()}


def test_nothing_where_nothing_is_set() -> None:
    assert secrets_of(PIP_INDEX_URL="", NPM_CONFIG_USERCONFIG="/no/such/file", PIP_CERT="") == {}


def test_files_are_handed_over(tmp_path: Path) -> None:
    pip, npm, bundle = (tmp_path / name for name in ("pip.conf", "npmrc", "bundle.pem"))
    pip.write_text("[global]\nindex-url = https://one.test/simple\ntimeout = 9\n")
    npm.write_text("registry=https://one.test/npm\n")
    bundle.write_text("CERTIFICATE\n")
    found = secrets_of(PIP_CONFIG_FILE=pip, NPM_CONFIG_USERCONFIG=npm, PIP_CERT=bundle)
    assert found["pip.conf"] == "[global]\nindex-url = https://one.test/simple\ntimeout = 9\n"
    assert found["npmrc"].strip() == "registry=https://one.test/npm"
    assert found["ca-bundle"].strip() == "CERTIFICATE"


def test_variables_come_before_files(tmp_path: Path) -> None:
    pip, npm = tmp_path / "pip.conf", tmp_path / "npmrc"
    pip.write_text("[global]\nindex-url = https://one.test/simple\n[install]\nindex-url = https://two.test/simple\n")
    npm.write_text("registry=https://one.test/npm\n")
    found = secrets_of(
        PIP_CONFIG_FILE=pip,
        PIP_INDEX_URL="https://user:100%25@three.test/simple",
        NPM_CONFIG_USERCONFIG=npm,
        npm_config_registry="https://three.test/npm",
    )
    assert found["pip.conf"] == "[global]\nindex-url = https://user:100%25@three.test/simple\n[install]\n"
    assert found["npmrc"].splitlines()[-1] == "registry=https://three.test/npm"


def test_places_on_this_machine_stay_out() -> None:
    found = secrets_of(PIP_EXTRA_INDEX_URL="file:///srv/simple https://one.test/simple", PIP_INDEX_URL="/srv/simple")
    assert found == {"pip.conf": "[global]\nextra-index-url = https://one.test/simple\n"}


def test_what_node_trusts_besides_is_added(tmp_path: Path) -> None:
    bundle, additional = tmp_path / "bundle.pem", tmp_path / "additional.pem"
    bundle.write_text("ONE\n")
    additional.write_text("TWO\n")
    assert secrets_of(SSL_CERT_FILE=bundle, NODE_EXTRA_CA_CERTS=additional)["ca-bundle"].split() == ["ONE", "TWO"]
    assert secrets_of(SSL_CERT_FILE=bundle, NODE_EXTRA_CA_CERTS=bundle)["ca-bundle"].split() == ["ONE"]
    assert secrets_of(NODE_EXTRA_CA_CERTS=additional)["ca-bundle"].split()[-1] == "TWO"


def test_the_files_are_gone_afterwards() -> None:
    with secrets({"PIP_INDEX_URL": "https://one.test/simple"}) as found:
        path = found["pip.conf"]
        assert path.parent.stat().st_mode & 0o077 == 0, "an address may hold a password"
    with pytest.raises(FileNotFoundError):
        path.read_text(encoding="utf-8")
