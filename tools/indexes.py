"""Passes this machine's package index settings to the image's build as secrets, which are in no layer.

The build reads what pip and npm read here: the files in `PIP_CONFIG_FILE` and `NPM_CONFIG_USERCONFIG`, the environment
variables, which have precedence, and the trusted certificates. Settings that name a path on this machine are left out,
since the build can't read it.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path

_PIP = ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout")
_NPM = ("registry", "proxy", "https-proxy", "noproxy", "strict-ssl")
"""Settings that a variable may hold: `PIP_INDEX_URL`, `NPM_CONFIG_REGISTRY` or `npm_config_registry`."""

_TRUSTED = ("PIP_CERT", "NPM_CONFIG_CAFILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Variables that name a bundle of all trusted certificates; the first that names a file is used."""
_TRUSTED_TOO = "NODE_EXTRA_CA_CERTS"
"""Variable that names certificates which Node trusts in addition."""


@contextmanager
def secrets(environment: Mapping[str, str] = os.environ) -> Iterator[dict[str, Path]]:
    """Files for the secrets `ca-bundle`, `pip.conf` and `npmrc`, for the settings that the environment has."""
    variables = {name.upper(): value for name, value in environment.items() if value}
    found = {"ca-bundle": _certificates(variables), "pip.conf": _pip(variables), "npmrc": _npm(variables)}
    with tempfile.TemporaryDirectory(prefix="indexes-") as folder:
        written = {name: Path(folder) / name for name, content in found.items() if content}
        for name, path in written.items():
            path.write_text(found[name], encoding="utf-8")
        yield written


def _certificates(variables: Mapping[str, str]) -> str:
    trusted = [path for name in _TRUSTED if (path := _file(variables, name))][:1]
    too = _file(variables, _TRUSTED_TOO)
    if too and not trusted:
        usual = ssl.get_default_verify_paths().cafile
        trusted = [Path(usual)] if usual else []
    return "\n".join(path.read_text(encoding="utf-8") for path in dict.fromkeys([*trusted, *([too] if too else [])]))


def _pip(variables: Mapping[str, str]) -> str:
    config = RawConfigParser()
    named = _file(variables, "PIP_CONFIG_FILE")
    if named:
        config.read_string(named.read_text(encoding="utf-8"), source=str(named))
    settings = {key: _reachable(variables.get(f"PIP_{key.upper().replace('-', '_')}", "")) for key in _PIP}
    for key, value in settings.items():
        if value:
            for section in config.sections():
                config.remove_option(section, key)  # [install] would override [global]
            if not config.has_section("global"):
                config.add_section("global")
            config.set("global", key, value)
    return "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in config.items(section))
        for section in config.sections()
    )


def _npm(variables: Mapping[str, str]) -> str:
    named = _file(variables, "NPM_CONFIG_USERCONFIG")
    lines = [named.read_text(encoding="utf-8")] if named else []
    settings = {key: variables.get(f"NPM_CONFIG_{key.upper().replace('-', '_')}") for key in _NPM}
    return "\n".join([*lines, *(f"{key}={value}" for key, value in settings.items() if value)])


def _file(variables: Mapping[str, str], name: str) -> Path | None:
    path = Path(variables.get(name, ""))
    return path if path.is_file() else None


def _reachable(value: str) -> str:
    return " ".join(word for word in value.split() if not word.startswith(("file:", "/", ".")))
