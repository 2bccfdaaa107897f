# Every target does its own set-up; what is done already is skipped. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON    ?= python3
TERRAFORM ?= terraform
ENV       ?= dev
CDK       ?= cdktf
VENV      := .venv
BIN       := $(CURDIR)/$(VENV)/bin

export TERRAFORM ENV CDK
# As given, and by the environment: a tag's name, or a variable, may contain what make or a shell would run.
unexport TAG VARS
export IMAGE_TAG := $(value TAG)
export TERRAFORM_VARS := $(value VARS)
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
	@$(VENV)/bin/python -m pip install --quiet --require-hashes --requirement constraints.txt
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

.build/checkov/.ready: tools/policy-requirements.lock | .build/prerequisites
	@echo 'set-up: checkov, in a virtual environment of its own'
	@test -x .build/checkov/bin/python || $(PYTHON) -m venv .build/checkov
	@.build/checkov/bin/python -m pip install --quiet --require-hashes --requirement tools/policy-requirements.lock
	@touch $@

policy: setup .build/checkov/.ready ## checkov on the plan of every environment
	@$(BIN)/python -m tools.policy

# Three at a time also on two processors: tests mostly wait, for Terraform's provider, leases and long polls.
test: setup .build/checkov/.ready ## run the tests, some at a time (TESTS=tests/unit: some of them; JOBS=1: one by one)
	@$(BIN)/python -m pytest --numprocesses $(or $(JOBS),3) \
		$(or $(TESTS),tests --ignore=tests/golden --ignore=tests/image --ignore=tests/cdktn)

test-fast: setup ## run the tests that start no server, no FFmpeg and no other process, in less than a minute
	@$(BIN)/python -m pytest --numprocesses $(or $(JOBS),2) -m 'not slow' $(or $(TESTS),tests)

chaos: setup ## inject faults by chance (N=1000 worlds, from SEED=1 on; LONG=1: outages of 15 minutes instead)
	@$(BIN)/python -m tests.chaos.run --runs $(or $(N),100) --seed $(or $(SEED),1) $(if $(LONG),--long)

footage: setup ## render footage drawn by chance (N=200 files, from SEED=1 on), and name the seed of what is wrong
	@$(BIN)/python -m tests.footage.run --runs $(or $(N),200) --seed $(or $(SEED),1)

golden: setup ## compare texts and filters with Chromium, which must be installed (Debian: chromium)
	@$(BIN)/python -m pytest --numprocesses $(or $(JOBS),2) tests/golden

gallery: setup ## paint docs/use/gallery.md and the README's picture of the demo anew
	@$(BIN)/python -m tools.gallery
	@$(BIN)/python -m tools.demo_picture

.build/moviepy/.ready: benchmarks/moviepy-requirements.lock | .build/prerequisites
	@echo 'set-up: MoviePy, in a virtual environment of its own'
	@test -x .build/moviepy/bin/python || $(PYTHON) -m venv .build/moviepy
	@.build/moviepy/bin/python -m pip install --quiet --require-hashes --requirement benchmarks/moviepy-requirements.lock
	@touch $@

bench-render: setup .build/moviepy/.ready ## measure the renderer against others, write docs/design/performance.md
	@$(BIN)/python -m benchmarks.render --moviepy .build/moviepy/bin/python --write

bench-time-to-video: setup ## measure from the message to the webhook, phone footage too, into docs/design/time-to-video.md
	@$(BIN)/python -m benchmarks.time_to_video --write

bench-helpers: setup ## measure what idle workers save that render parts, into docs/design/helpers.md
	@$(BIN)/python -m benchmarks.helpers --write

bench-prediction: setup ## measure what the parts of a job take, and how well submit --dry-run predicts by them
	@$(BIN)/python -m benchmarks.prediction --write

bench-quality: setup ## measure what each quality means in each codec, into docs/design/rendering.md
	@$(BIN)/python -m benchmarks.quality --write

bench-simulate: setup ## measure the simulator, and compare scaling policies and helpers with it
	@$(BIN)/python -m benchmarks.simulate
	@$(BIN)/python -m benchmarks.scaling_policies
	@$(BIN)/python -m benchmarks.helped_day --write

bench-validation: setup ## half an hour with real workers, compared with the simulator's prediction, into docs/design/scale.md
	@$(BIN)/python -m benchmarks.validation --write

bench-deployments: setup ## play deployments to idle and busy fleets, into docs/design/scale.md
	@$(BIN)/python -m benchmarks.deployments --write

freeze: setup ## write what a refactoring must not change below INTO, to compare with diff -r
	@$(BIN)/python -m tools.freeze $(or $(INTO),.build/frozen)

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

PIN = $(BIN)/uv pip compile --quiet --no-annotate --no-emit-index-url --no-emit-find-links --generate-hashes \
	--custom-compile-command 'make lock' --python-version 3.11.5
OWN = tools/policy-requirements tools/scan-requirements tools/cdktn-requirements benchmarks/moviepy-requirements tests/second/requirements

lock: setup ## pin anew whatever the requirements files pull in, with the hashes of every platform's files
	@$(PIN) --output-file constraints.txt requirements-dev.txt
	@$(PIN) --constraint constraints.txt --output-file worker/requirements.lock worker/requirements.txt
	@$(foreach each,$(OWN),$(PIN) --output-file $(each).lock $(each).txt;)

bootstrap: setup ## make the bucket that Terraform's state lives in, once an account (ADOPT=1 takes an existing one)
	@$(BIN)/python -m tools.bootstrap $(if $(ADOPT),--adopt)

module: setup ## export ENV as a Terraform module to dist/terraform-module/ENV
	@$(BIN)/python -m tools.module

image: setup ## build the worker's image for ENV's processor (TAG=, PLATFORM=linux/amd64: another)
	@$(BIN)/python -m tools.image build $${IMAGE_TAG:+--tag "$$IMAGE_TAG"} $(if $(PLATFORM),--platform $(PLATFORM))

IMAGE := $(CURDIR)/dist/image/native.tar

$(IMAGE): setup
	@$(BIN)/python -m tools.image build --native --archive $@

test-image: $(IMAGE) ## build the image for this machine and render in it (root; Docker or buildah)
	@IMAGE=$(IMAGE) $(BIN)/python -m pytest tests/image

bench-image: $(IMAGE) ## weigh the image and time its start (root)
	@$(BIN)/python -m benchmarks.image $(IMAGE)

sbom: $(IMAGE) ## list what the image holds, as CycloneDX, in dist/sbom.cdx.json
	@$(BIN)/python -m tools.sbom $(IMAGE) --output dist/sbom.cdx.json

.build/pip-audit/.ready: tools/scan-requirements.lock | .build/prerequisites
	@echo 'set-up: pip-audit, in a virtual environment of its own'
	@test -x .build/pip-audit/bin/python || $(PYTHON) -m venv .build/pip-audit
	@.build/pip-audit/bin/python -m pip install --quiet --require-hashes --requirement tools/scan-requirements.lock
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

bench-ledger: setup ## measure each reading command with 1,000 and with 100,000 jobs in the ledger, into docs/design/ledger-size.md
	@$(BIN)/python -m benchmarks.ledger_size --write

bench-synth: setup ## compare a synthesis with cdktf's stock import of the bindings
	@$(BIN)/python -m benchmarks.synth

.build/cdktn/.ready: tools/cdktn-requirements.lock | .build/prerequisites
	@echo 'set-up: cdktn and bindings of version 6 of the AWS provider, in a virtual environment of their own'
	@test -x .build/cdktn/bin/python || $(PYTHON) -m venv .build/cdktn
	@.build/cdktn/bin/python -m pip install --quiet --no-compile --require-hashes --requirement tools/cdktn-requirements.lock
	@touch $@

# What synthesises: nothing more than set-up makes, or the successor of cdktf.
SYNTHESIS := $(if $(filter cdktn,$(CDK)),.build/cdktn/.ready)
APP := $(if $(filter cdktn,$(CDK)),--app '.build/cdktn/bin/python main.py')

synth: setup $(SYNTHESIS) ## synthesise the Terraform of ENV (dev, staging, prod) into cdktf.out (CDK=cdktn: by cdktf's successor)
	@cdktf synth $(APP)

test-cdktn: setup .build/cdktn/.ready ## compare what cdktf and its successor synthesise, and with version 6 of the AWS provider
	@$(BIN)/python -m pytest tests/cdktn

.build/second/.ready: tests/second/requirements.lock tests/second/package.json tests/second/package-lock.json | .build/prerequisites
	@echo 'set-up: other implementations of SQS, S3 and DynamoDB, in an environment of their own'
	@test -x .build/second/bin/python || $(PYTHON) -m venv .build/second
	@.build/second/bin/python -m pip install --quiet --no-compile --require-hashes --requirement tests/second/requirements.lock
	@cp tests/second/package.json tests/second/package-lock.json .build/second
	@cd .build/second && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

SECOND := tests/second $(addprefix tests/worker/test_,consume.py faults.py publish_extras.py)

test-second: setup .build/second/.ready ## run the worker against other implementations of SQS, S3 and DynamoDB than moto
	@SECOND_AWS=1 $(BIN)/python -m pytest --numprocesses $(or $(JOBS),2) --dist load $(or $(TESTS),$(SECOND))

plan: setup $(SYNTHESIS) ## plan ENV against your AWS account (VARS='on_demand_workers=10 max_workers=60': other values)
	@$(BIN)/python -m tools.deploy diff $(APP)

review: setup .build/checkov/.ready ## plan ENV against your AWS account, and say what the plan means (VARS= as plan)
	@$(BIN)/python -m tools.reviewed plan $(ENV) --into .build/review/$(ENV)

deploy: setup $(SYNTHESIS) ## deploy ENV to your AWS account (VARS= as plan)
	@$(BIN)/python -m tools.deploy deploy $(APP)

clean: ## remove what set-up and runs have left
	rm -rf $(VENV) node_modules worker/fonts/node_modules .build cdktf.out dist demo
