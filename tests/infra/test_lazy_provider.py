"""modules/terraform/lazy_provider.cjs: the provider's modules are loaded on first use."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from modules.terraform.node import preloading

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "modules" / "terraform" / "lazy_provider.cjs"
EXPORTED = re.compile(r'^exports\.\w+ = require\("[^"]+"\);$', re.MULTILINE)


def run_node(folder: Path, code: str) -> object:
    """The JSON that a Node program prints, with the script preloaded as in jsii's process."""
    with preloading(SCRIPT):
        done = subprocess.run(["node", "-e", code], cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(("scope", "form"), [("@cdktf", "require({})"), ("@cdktn", "__importStar(require({}))")])
def test_a_module_is_loaded_on_first_use(tmp_path: Path, scope: str, form: str) -> None:
    package = tmp_path / "with space" / "node_modules" / scope / "provider-aws" / "lib"
    package.mkdir(parents=True)
    assigned = "".join(f"exports.{name} = {form.format(json.dumps(f'./{name}'))};\n" for name in "ab")
    index = f"var __importStar = (module) => module;\nexports.b = exports.a = void 0;\n{assigned}"
    (package / "index.js").write_text(index)
    (package / "a.js").write_text("exports.name = 'a';")
    (package / "b.js").write_text("throw new Error('not requested');")
    code = (
        f"const aws = require({json.dumps(str(package))}); console.log(JSON.stringify([aws.a.name, Object.keys(aws)]))"
    )
    assert run_node(tmp_path, code) == ["a", ["a", "b"]]


def test_other_packages_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text('exports.a = require("./a");\n')
    (tmp_path / "a.js").write_text("globalThis.loaded = true;")
    assert run_node(tmp_path, "require('./index.js'); console.log(JSON.stringify(globalThis.loaded === true))") is True


def test_the_providers_index_has_the_expected_form() -> None:
    """Otherwise each synthesis would be a second slower."""
    spec = importlib.util.find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    assert spec.origin is not None
    (archive,) = Path(spec.origin).parent.glob("_jsii/*.tgz")
    with tarfile.open(archive, mode="r|gz") as packed:
        index = next(packed.extractfile(member) for member in packed if member.name == "package/lib/index.js")
        assert index is not None
        source = index.read().decode()
    assert len(EXPORTED.findall(source)) == source.count("= require(") > 2000


@pytest.mark.slow
def test_a_synthesis_loads_only_the_resources_it_uses(tmp_path: Path) -> None:
    """An import of cdktf, constructs or jsii that comes before bindings.py's would start Node without the script."""
    counter = tmp_path / "counter.cjs"
    counter.write_text(
        """
        const Module = require("module"), compile = Module.prototype._compile;
        let loaded = 0;
        Module.prototype._compile = function (source, filename, ...rest) {
          loaded += /provider-aws.lib/.test(filename);
          return compile.call(this, source, filename, ...rest);
        };
        process.on("exit", () => { if (loaded) require("fs").writeFileSync(process.env.LOADED, String(loaded)); });
        """
    )
    environment = os.environ | {"NODE_OPTIONS": f'--require "{counter}"', "LOADED": str(tmp_path / "loaded")}
    code = "import sys, main; from modules.config.loader import load; from pathlib import Path; "
    code += "main.synthesise(load(main.ROOT / 'environments', 'prod'), Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert 30 < int((tmp_path / "loaded").read_text()) < 400


def test_node_options_are_restored() -> None:
    before = os.environ.get("NODE_OPTIONS")
    with preloading(SCRIPT):
        assert str(SCRIPT) in os.environ["NODE_OPTIONS"]
    assert os.environ.get("NODE_OPTIONS") == before
