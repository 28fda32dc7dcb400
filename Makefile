# `make demo` tunes a real model on this machine; `make test` proves everything that fits in
# 25 minutes (45 on a fresh machine). Both set up what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# the newest Python that TensorFlow has wheels for, of those on this machine
PYTHON ?= $(shell for v in 3.12 3.13 3.11 3.10; do command -v python$$v >/dev/null && python$$v -c 'import venv, ensurepip' 2>/dev/null && echo python$$v && break; done || true)
PYTEST := $(BIN)/python -m pytest
# two processes train beside the one that has the cluster, which is mostly waited for
AT_ONCE := --numprocesses 3 --no-loadscope-reorder --durations 20
COVERAGE := --cov --cov-report=term:skip-covered

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 18

$(READY): constraints.txt pyproject.toml trial_image/pyproject.toml
	@sh scripts/check-python.sh "$(PYTHON)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e trial_image
	touch $@

.PHONY: install
install: $(READY) ## make the virtual environment

.PHONY: demo
demo: $(READY) ## tune a Keras model on handwritten digits, on this machine
	$(BIN)/tuning run manifests/examples/digits.yaml

.PHONY: test
test: $(READY) test-packages lint ## everything that fits in 25 minutes, the real cluster included
	$(PYTEST) $(AT_ONCE) -m "not long" $(COVERAGE)

.PHONY: test-all
test-all: $(READY) test-packages lint ## the long schedules, other Kubernetes versions and the benchmarks too
	$(PYTEST) $(AT_ONCE) $(COVERAGE)
	KUBERNETES=$(OLDEST) $(PYTEST) tests/cluster/test_cluster.py tests/api/test_server.py tests/e2e/test_shell_trials.py
	$(MAKE) bench

OLDEST := 1.32.0

.PHONY: test-unit
test-unit: $(READY) ## what needs neither a cluster nor TensorFlow, in a minute or two
	$(PYTEST) -m "not long and not control_plane and not pods and not tensorflow"

.PHONY: test-e2e
test-e2e: $(READY) ## the tests that need pods; KUBECONFIG=… uses that cluster
	$(PYTEST) tests/e2e -m "not long"

.PHONY: test-packages
test-packages: $(READY)
	$(BIN)/python -m tests.cluster install

.PHONY: lint
lint: $(READY) ## style, types, layers, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.generate_version --check
	$(BIN)/python -m tuning_operator.api.generate --check
	$(BIN)/python -m tuning_operator.api.generate --check $(CHART_CRDS)
	$(BIN)/python scripts/generate_examples.py --check
	$(BIN)/python scripts/generate_dashboards.py --check
	$(BIN)/python -m tests.tools render --check
	$(BIN)/python -m tests.tools lint

.PHONY: generate
generate: $(READY) ## write what is generated: versions, CRDs, examples, dashboards, manifests from the chart
	$(BIN)/python -m scripts.generate_version
	$(BIN)/python -m tuning_operator.api.generate
	$(BIN)/python -m tuning_operator.api.generate $(CHART_CRDS)
	$(BIN)/python scripts/generate_examples.py
	$(BIN)/python scripts/generate_dashboards.py
	$(BIN)/python -m tests.tools render

CHART_CRDS := helm/tuning-operator/files/crds

.PHONY: constraints
constraints: ## resolve all dependencies anew
	sh scripts/constraints.sh $(BIN)/uv

.PHONY: cluster-up
cluster-up: $(READY) test-packages ## start the test cluster and leave it running
	$(BIN)/python -m tests.cluster up

.PHONY: cluster-down
cluster-down: $(READY) ## stop it
	$(BIN)/python -m tests.cluster down

.PHONY: images
images: $(READY) test-packages ## build both images
	$(BIN)/python -m tests.cluster images

.PHONY: release
release: $(READY) test-packages ## both wheels, the chart and both images with their SBOMs, in dist/
	$(BIN)/python -m scripts.release

.PHONY: bench
bench: $(READY) test-packages ## measure the operator beside bare loops; writes docs/benchmarks
	$(BIN)/python -m tests.benchmarks

.PHONY: bench-case-study
bench-case-study: $(READY) ## tactics added one at a time on digits (DATA=images.npz: on those); writes docs/benchmarks
	nice -n 10 $(BIN)/python -m tests.benchmarks.case_study $(if $(DATA),--data $(DATA))

BENCH := .venv-bench

$(BENCH)/.ready: tests/benchmarks/constraints.txt
	@sh scripts/check-python.sh "$(PYTHON)"
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

.PHONY: bench-search
bench-search: $(BENCH)/.ready ## measure the search beside its peers (3 GB of them); writes docs/benchmarks
	PYTHONPATH=operator $(BENCH)/bin/python -m pytest -q tests/benchmarks/search
	PYTHONPATH=operator $(BENCH)/bin/python -m tests.benchmarks.search

.PHONY: bench-trial
bench-trial: $(READY) ## measure a trial's step beside bare Keras; writes docs/benchmarks
	$(BIN)/python -m tests.benchmarks.trial

.PHONY: clean
clean: ## remove the virtual environments and what tests left
	rm -rf $(VENV) $(BENCH) runs .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
