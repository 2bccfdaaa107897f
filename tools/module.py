"""`make module`: exports the stack as a Terraform module, to dist/terraform-module/ENV/json and …/hcl.

Both have the same content, in the usual files of a module: main, variables, outputs, versions, and a README with
generated tables. `ENV` names the environment whose configuration is exported.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from modules.config import ConfigurationError
from modules.config.loader import load
from tools.tables import outputs_table, variables_table

ROOT = Path(__file__).resolve().parents[1]
FILES = {"variable": "variables", "output": "outputs", "terraform": "versions"}
"""File of each kind of block; all other kinds go to main."""


class ExportError(Exception):
    """The export failed; the message says at which step."""


def main() -> int:
    """Write the module, or with `--synth` only synthesise its stack, as cdktf's app."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synth", action="store_true", help="synthesise the module's stack and no more")
    parser.add_argument("--output", type=Path, help="the folder; default: one of the environment's in dist")
    options = parser.parse_args()
    environment = os.environ.get("ENV") or "dev"
    try:
        if options.synth:
            synthesise(environment)
        else:
            export(environment, options.output or ROOT / "dist" / "terraform-module" / environment)
    except (ConfigurationError, ExportError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def synthesise(environment: str, outdir: Path | None = None) -> None:
    """Synthesise the module's stack below `outdir`, by default cdktf's own folder."""
    configuration = load(ROOT / "environments", environment)
    from modules.export import ModuleStack  # noqa: PLC0415 - jsii takes seconds to load: not for a mistake
    from modules.terraform.synthesis import synthesise_app  # noqa: PLC0415

    # cdktf's only validation is that there is a provider.
    synthesise_app(lambda app: ModuleStack(app, configuration), outdir, validate=False)


def export(environment: str, target: Path) -> None:
    """Write the module in both languages, replacing earlier files."""
    with tempfile.TemporaryDirectory(prefix="hospup-module-") as folder:
        synthesise(environment, Path(folder))
        stack = json.loads((Path(folder) / "stacks" / "module" / "cdk.tf.json").read_text(encoding="utf-8"))
    stack.pop("//", None)
    # cdktf gives a stack without a backend a local one; a module has none.
    del stack["terraform"]["backend"]
    readme = describe(stack, environment)
    with tempfile.TemporaryDirectory(prefix="hospup-module-") as folder:
        hcl = synthesise_hcl(environment, Path(folder))
    write(target / "json", {f"{name}.tf.json": dumps(part) for name, part in split(stack).items()}, readme)
    write(target / "hcl", {f"{name}.tf": text for name, text in split_hcl(hcl).items()}, readme)
    tidy(target / "hcl")
    print(f"The module of {environment} is in {target}: json/ and hcl/.")


def tidy(folder: Path) -> None:
    """Run `terraform fmt`, so that differences are readable."""
    command = [os.environ.get("TERRAFORM", "terraform"), "fmt", "-list=false", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ExportError(f"terraform fmt failed:\n{done.stderr[-3000:]}")


def synthesise_hcl(environment: str, folder: Path) -> str:
    """`cdktf synth --hcl`, into a separate folder, since Terraform would read it together with the JSON."""
    command = [str(ROOT / "node_modules" / ".bin" / "cdktf"), "synth", "--hcl", f"--output={folder}"]
    command.append(f"--app={sys.executable} -m tools.module --synth")
    variables = os.environ | {"ENV": environment, "CI": "1", "CHECKPOINT_DISABLE": "1", "FORCE_COLOR": "0"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    file = folder / "stacks" / "module" / "cdk.tf"
    if done.returncode != 0 or not file.exists():
        raise ExportError(f"cdktf synth --hcl failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return file.read_text(encoding="utf-8")


def split(stack: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The JSON's blocks by file."""
    parts: dict[str, dict[str, Any]] = {name: {} for name in ("main", "variables", "outputs", "versions")}
    for kind, block in stack.items():
        parts[FILES.get(kind, "main")][kind] = block
    return parts


def split_hcl(text: str) -> dict[str, str]:
    """The HCL's blocks by file. A block begins and ends in the first column, except within heredocs."""
    parts: dict[str, list[str]] = {name: [] for name in ("main", "variables", "outputs", "versions")}
    block: list[str] = []
    heredoc = False
    for line in text.splitlines():
        if not line and not block:
            continue
        block.append(line)
        if heredoc:
            heredoc = line.strip() != "EOF"
        elif line.endswith("<<EOF"):
            heredoc = True
        elif line == "}" or (len(block) == 1 and line.endswith("}")):
            parts[FILES.get(block[0].split()[0], "main")].append("\n".join(block) + "\n")
            block = []
    if block:
        raise ExportError(f"cdktf's HCL has a form that tools/module.py doesn't know, from {block[0]!r} on.")
    return {name: "\n".join(blocks) for name, blocks in parts.items()}


def describe(stack: dict[str, Any], environment: str) -> str:
    """The module's README."""
    source = (ROOT / "examples" / "terraform-module" / "main.tf").read_text(encoding="utf-8")
    return f"""# hospup-video, as a Terraform module

The video-rendering fleet: SQS, ECS Fargate, S3, DynamoDB, and who watches over it. Generated by `make module
ENV={environment}` from `modules/`, with the configuration of `environments/{environment}.json`: change it there, not
here. It holds neither provider nor backend; `json/` and `hcl/` are the same.

The first deployment makes everything and starts nothing, as there is no image yet: the output `next_step` says what to
do.

```hcl
{source.strip()}
```

## Inputs

{variables_table(stack["variable"])}
## Outputs

{outputs_table(stack["output"])}"""


def write(folder: Path, files: dict[str, str], readme: str) -> None:
    """Write these files to the folder, and delete all others in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in {**files, "README.md": readme}.items():
        (folder / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def dumps(part: dict[str, Any]) -> str:
    """JSON as cdktf writes it."""
    return json.dumps(part, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
