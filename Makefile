# The only door: every command a person or CI needs. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help environment demo up down invoke test soak compiled check bench docs format clean

PYTHON ?= python3
PORT ?= 4566
BENCH ?= local_cloud datasets trees
venv := .local/venv
run := $(venv)/dev/bin/python
# A third of the time a worker waits for its cloud, so there is one more than a small machine has cores.
workers = $(shell $(run) -c 'import os; print(max(3, os.cpu_count() or 1))')
pytest = PYTHONDONTWRITEBYTECODE= $(run) -m pytest

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

environment: ## install what is missing (an environment each for dev, tools and functions, below .local/)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Ebb needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.13" >&2; exit 1; }
	@$(MAKE) --silent --jobs 3 $(venv)/dev/.installed $(venv)/tools/.installed $(venv)/lambda/.installed .local/bin/ebb

$(venv)/%/.installed: requirements/%.txt
	@echo "installing $< …"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@

.local/bin/ebb: local/programs.py $(venv)/dev/.installed
	@$(run) -m local.programs

demo: environment ## everything from nothing: local cloud, deploy, CSV, predictions, tear-down
	@$(run) -m examples.demo

up: environment ## the local cloud in the background, with the stack deployed; then: source .local/env
	@PORT=$(PORT) $(run) -m local.up $(STACK_PARAMETERS)

down: ## stop what `make up` started
	@test ! -x $(run) || $(run) -m local.down

invoke: ## run a deployed function on a recorded event: make invoke FUNCTION=start_training EVENT=events/dataset_uploaded.json
	@$(run) -m local.invoke "$(FUNCTION)" "$(EVENT)"

test: environment $(venv)/sdk/.installed compiled ## all tests; some alone: make test ONLY=tests/unit/cli, or …/test_x.py::test_y
	@$(pytest) $(if $(findstring .py,$(ONLY)),,-n $(workers) --dist loadfile) -m "not soak" $(ONLY)

soak: environment $(venv)/sdk/.installed compiled ## the long proofs; ONLY as for test
	@$(pytest) -n $(workers) --dist load -m soak $(ONLY)

compiled: environment # once, and not in each of the hundreds of processes that tests start
	@PYTHONDONTWRITEBYTECODE= $(run) -m compileall -q functions local cli examples docs

check: environment ## format, lint, types, template
	@$(run) -m ruff format --check .
	@$(run) -m ruff check .
	@$(run) -m mypy
	@SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $(venv)/tools/bin/sam validate --lint

bench: environment $(venv)/bench/.installed ## the benchmarks, as tables; one alone: make bench BENCH=datasets
	@failed=0; for each in $(BENCH); do $(run) -m benchmarks.$$each || failed=1; done; exit $$failed

docs: environment ## write the generated parts of the README
	@$(run) -m docs.generate

format: environment ## format and mend what can be mended
	@$(run) -m ruff format .
	@$(run) -m ruff check --fix .

clean: down ## remove everything that was made here
	@rm -rf .local .aws-sam
