# Every target does its own set-up; what is done already is skipped. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON    ?= python3
TERRAFORM ?= terraform
ENV       ?= dev
VENV      := .venv
BIN       := $(CURDIR)/$(VENV)/bin

export TERRAFORM ENV
export TERRAFORM_BINARY_NAME := $(TERRAFORM)
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export TF_CLI_CONFIG_FILE := $(CURDIR)/.build/terraform.rc
export TF_IN_AUTOMATION := 1
export CHECKPOINT_DISABLE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: $(shell grep -oE '^[a-z-]+:' $(firstword $(MAKEFILE_LIST)) | tr -d :)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 19

setup: $(VENV)/.ready node_modules/.ready worker/fonts/node_modules/.ready .build/terraform.rc ## install all that is needed, below this folder

.build/prerequisites: tools/prerequisites.py
	@$(PYTHON) tools/prerequisites.py
	@mkdir -p .build && touch $@

$(VENV)/.ready: requirements.txt ops/requirements.txt requirements-dev.txt worker/requirements.txt constraints.txt pyproject.toml | .build/prerequisites
	@echo 'set-up: Python packages'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --requirement requirements-dev.txt --constraint constraints.txt
	@$(VENV)/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

node_modules/.ready: package.json package-lock.json | .build/prerequisites
	@echo 'set-up: the cdktf command line'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

worker/fonts/node_modules/.ready: worker/fonts/package.json worker/fonts/package-lock.json | .build/prerequisites
	@echo 'set-up: fonts'
	@cd worker/fonts && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.build/terraform.rc: tools/provider.py | .build/prerequisites
	@$(PYTHON) tools/provider.py $@

demo: setup ## deploy to an embedded AWS and render two videos (KEEP=1 leaves it running)
	@$(BIN)/python -m tools.demo $(if $(KEEP),--keep)

demo-stop: setup ## end what make demo KEEP=1 left running
	@$(BIN)/python -m tools.demo --stop

.build/checkov/.ready: tools/policy-requirements.txt | .build/prerequisites
	@echo 'set-up: checkov, in a virtual environment of its own'
	@test -x .build/checkov/bin/python || $(PYTHON) -m venv .build/checkov
	@.build/checkov/bin/python -m pip install --quiet --requirement tools/policy-requirements.txt
	@touch $@

policy: setup .build/checkov/.ready ## checkov on the plan of every environment
	@$(BIN)/python -m tools.policy

test: setup .build/checkov/.ready ## run the tests, some at a time (TESTS=tests/unit: some of them; JOBS=1: one by one)
	@$(BIN)/python -m pytest --numprocesses $(or $(JOBS),3) --dist loadfile \
		$(or $(TESTS),tests --ignore=tests/golden --ignore=tests/image)

chaos: setup ## inject faults by chance (N=1000 worlds, from SEED=1 on)
	@$(BIN)/python -m tests.chaos.run --runs $(or $(N),100) --seed $(or $(SEED),1)

golden: setup ## compare texts and filters with Chromium, which must be installed (Debian: chromium)
	@$(BIN)/python -m pytest tests/golden

gallery: setup ## paint docs/gallery.md anew
	@$(BIN)/python -m tools.gallery

.build/moviepy/.ready: benchmarks/moviepy-requirements.txt | .build/prerequisites
	@echo 'set-up: MoviePy, in a virtual environment of its own'
	@test -x .build/moviepy/bin/python || $(PYTHON) -m venv .build/moviepy
	@.build/moviepy/bin/python -m pip install --quiet --requirement benchmarks/moviepy-requirements.txt
	@touch $@

bench-render: setup .build/moviepy/.ready ## measure the renderer against others, write docs/performance.md
	@$(BIN)/python -m benchmarks.render --moviepy .build/moviepy/bin/python --write

bench-quality: setup ## measure what each quality means in each codec, into docs/rendering.md
	@$(BIN)/python -m benchmarks.quality --write

bench-simulate: setup ## measure the simulator, and compare scaling policies with it
	@$(BIN)/python -m benchmarks.simulate
	@$(BIN)/python -m benchmarks.policies

bench-validation: setup ## half an hour with real workers, compared with the simulator's prediction, into docs/scale.md
	@$(BIN)/python -m benchmarks.validation --write

plots: setup ## draw docs/images/scale-*: a day, and waits against cost
	@$(BIN)/python -m benchmarks.plots

check: setup ## lint, formatting, strict types, schema and docs in step with the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tools.schema --check
	@$(BIN)/python -m tools.reference --check
	@$(BIN)/python -m tools.commands --check

format: setup ## mend lint and formatting, write the job's JSON Schema anew
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m tools.schema
	@$(BIN)/python -m tools.reference
	@$(BIN)/python -m tools.commands

lock: setup ## pin anew whatever the requirements files pull in
	@$(BIN)/uv pip compile --quiet --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --output-file constraints.txt requirements-dev.txt
	@sed -i '1i # Every package that ends up installed, pinned exactly. Written by make lock.' constraints.txt

bootstrap: setup ## make the bucket that Terraform's state lives in, once an account (ADOPT=1 takes an existing one)
	@$(BIN)/python -m tools.bootstrap $(if $(ADOPT),--adopt)

module: setup ## export ENV as a Terraform module to dist/terraform-module
	@$(BIN)/python -m tools.module

image: setup ## build the worker's image for ENV's processor (TAG=, PLATFORM=linux/amd64: another)
	@$(BIN)/python -m tools.image build $(if $(TAG),--tag $(TAG)) $(if $(PLATFORM),--platform $(PLATFORM))

IMAGE := $(CURDIR)/dist/image/native.tar

$(IMAGE): setup
	@$(BIN)/python -m tools.image build --native --archive $@

test-image: $(IMAGE) ## build the image for this machine and render in it (root; Docker or buildah)
	@IMAGE=$(IMAGE) $(BIN)/python -m pytest tests/image

bench-image: $(IMAGE) ## weigh the image and time its start (root)
	@$(BIN)/python -m benchmarks.image $(IMAGE)

sbom: $(IMAGE) ## list what the image holds, as CycloneDX, in dist/sbom.cdx.json
	@$(BIN)/python -m tools.sbom $(IMAGE) --output dist/sbom.cdx.json

.build/pip-audit/.ready: tools/scan-requirements.txt | .build/prerequisites
	@echo 'set-up: pip-audit, in a virtual environment of its own'
	@test -x .build/pip-audit/bin/python || $(PYTHON) -m venv .build/pip-audit
	@.build/pip-audit/bin/python -m pip install --quiet --requirement tools/scan-requirements.txt
	@touch $@

scan: sbom .build/pip-audit/.ready ## look up known vulnerabilities of what the image holds
	@$(BIN)/python -m tools.scan dist/sbom.cdx.json --pip-audit .build/pip-audit/bin/pip-audit

LOGS ?= .build/load

.build/load:
	@echo 'ten minutes of jobs, to have something to draw'
	@$(BIN)/python -m tools.load $@ --minutes 10

dashboard-preview: setup $(LOGS) ## paint the dashboard from a run's logs (LOGS=DIR of worker-*.log) to docs/images
	@$(BIN)/python -m tools.dashboard --logs $(LOGS) --output docs/images/dashboard.png

bench-takeover: setup ## kill a worker, and measure how soon another has its job
	@$(BIN)/python -m benchmarks.takeover

bench-synth: setup ## compare a synthesis with cdktf's stock import of the bindings
	@$(BIN)/python -m benchmarks.synth

synth: setup ## synthesise the Terraform of ENV (dev, staging, prod) into cdktf.out
	@cdktf synth

plan: setup ## plan ENV against your AWS account
	@$(BIN)/python -m tools.workspace
	@TF_WORKSPACE=$(ENV) cdktf diff

review: setup .build/checkov/.ready ## plan ENV against your AWS account, and say what the plan means
	@$(BIN)/python -m tools.reviewed plan $(ENV) --into .build/review/$(ENV)

deploy: setup ## deploy ENV to your AWS account
	@$(BIN)/python -m tools.workspace
	@TF_WORKSPACE=$(ENV) cdktf deploy

clean: ## remove what set-up and runs have left
	rm -rf $(VENV) node_modules worker/fonts/node_modules .build cdktf.out dist demo
