"""modules/lazy_provider.cjs: the provider's modules are loaded when they are asked for, and by no other name."""

import importlib.util
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

from modules.node import preloading

SCRIPT = Path(__file__).parents[2] / "modules" / "lazy_provider.cjs"
EXPORTED = re.compile(r'^exports\.\w+ = require\("[^"]+"\);$', re.MULTILINE)


def ran(folder: Path, code: str) -> object:
    """What a Node program prints as JSON, that has the script preloaded as jsii's has."""
    with preloading(SCRIPT):
        done = subprocess.run(["node", "-e", code], cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_module_is_loaded_when_it_is_asked_for(tmp_path: Path) -> None:
    package = tmp_path / "with space" / "node_modules" / "@cdktf" / "provider-aws" / "lib"
    package.mkdir(parents=True)
    index = 'exports.b = exports.a = void 0;\nexports.a = require("./a");\nexports.b = require("./b");\n'
    (package / "index.js").write_text(index)
    (package / "a.js").write_text("exports.name = 'a';")
    (package / "b.js").write_text("throw new Error('nobody asked for it');")
    code = (
        f"const aws = require({json.dumps(str(package))}); console.log(JSON.stringify([aws.a.name, Object.keys(aws)]))"
    )
    assert ran(tmp_path, code) == ["a", ["a", "b"]]


def test_other_packages_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text('exports.a = require("./a");\n')
    (tmp_path / "a.js").write_text("globalThis.loaded = true;")
    assert ran(tmp_path, "require('./index.js'); console.log(JSON.stringify(globalThis.loaded === true))") is True


def test_the_providers_index_is_written_as_expected() -> None:
    """A release of the bindings that is written otherwise would make each synthesis a second slower."""
    spec = importlib.util.find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    assert spec.origin is not None
    (archive,) = Path(spec.origin).parent.glob("_jsii/*.tgz")
    with tarfile.open(archive, mode="r|gz") as packed:
        index = next(packed.extractfile(member) for member in packed if member.name == "package/lib/index.js")
        assert index is not None
        source = index.read().decode()
    assert len(EXPORTED.findall(source)) == source.count("= require(") > 2000


def test_what_node_was_told_stays() -> None:
    before = os.environ.get("NODE_OPTIONS")
    with preloading(SCRIPT):
        assert str(SCRIPT) in os.environ["NODE_OPTIONS"]
    assert os.environ.get("NODE_OPTIONS") == before
