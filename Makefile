# Needs make and Python 3.11 to 3.13, nothing else. Works as root and as an ordinary user.
SHELL := /bin/sh
PYTHONS := python3.11 python3.12 python3.13 python3
PYTHON ?= $(shell for p in $(PYTHONS); do $$p -c 'import ensurepip, sys, venv; \
	sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# A virtual environment is of one lock and one place: both are in the stamp's name.
STAMP := .venv/installed-$(shell (cat requirements.lock; pwd) | sha256sum | cut -c 1-12)
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps
# uv installs in a tenth of pip's CPU time. It does not read what pip is told of an index or a certificate: hand it on.
UV := $(BIN)/uv pip install --quiet --no-progress --python $(BIN)/python --no-deps
UV_LINES := /^uv==/,/[^\\]$$/
TOLD := $(BIN)/python -m pip config list | sort -r | tr -d \' | sed -n 's/\\n/ /g; s/^[^=]*[.]cert=/SSL_CERT_FILE=/p; \
	s/^[^=]*[.]index-url=/UV_DEFAULT_INDEX=/p; s/^[^=]*[.]extra-index-url=/UV_INDEX=/p'
LINTED := iku_etl dags plugins tests bench
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run up down clean venv test test-long test-fault test-browser test-soak lint bench lock docs
.DEFAULT_GOAL := help

help:  ## This list.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

run: $(STAMP)  ## Collect, check, load and compute the sample; prints where to look.
	@exec $(BIN)/iku run

up: $(STAMP)  ## Start everything: PostgreSQL, Airflow, the pages.
	@exec $(BIN)/iku up

down: $(STAMP)  ## Stop what `up` and `run` have started; data stays.
	@exec $(BIN)/iku down

test: $(STAMP)  ## The tests.
	@exec $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-long: $(STAMP)  ## Generated histories against the oracles, whole nights, a real Airflow (minutes).
	@exec $(BIN)/python -m pytest -m long -n 2 --dist loadfile $(ARGS)

test-fault: $(STAMP)  ## The tests that kill, fill and break things (minutes).
	@exec $(BIN)/python -m pytest -m fault $(ARGS)

test-browser: $(STAMP)  ## The pages in Chromium, over the whole sample (minutes; Debian: chromium).
	@exec $(BIN)/python -m pytest -m browser $(ARGS)

test-soak: $(STAMP)  ## The tests that run for long (hours).
	@exec $(BIN)/python -m pytest -m soak $(ARGS)

lint: $(STAMP)  ## ruff, mypy, import-linter, sqlfluff.
	$(BIN)/ruff check $(wildcard $(LINTED))
	$(BIN)/ruff format --check $(wildcard $(LINTED))
	$(BIN)/mypy $(foreach folder,iku_etl dags plugins,$(if $(wildcard $(folder)/*.py),$(folder)))
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/sqlfluff lint --processes 2 sql

docs: $(STAMP)  ## Write docs/cli.md and docs/data-dictionary.md anew.
	$(BIN)/python -m iku_etl.cli._document > docs/cli.md
	$(BIN)/python -m iku_etl.catalogue.dictionary > docs/data-dictionary.md

bench: $(STAMP)  ## Measure against the floor and against peers (dlt, in an environment of its own).
	@test -x .venv/bench/bin/python || { $(BIN)/python -m venv .venv/bench \
		&& .venv/bench/bin/python -m pip install --quiet --disable-pip-version-check 'dlt[postgres,parquet]>=1.15'; }
	@exec $(BIN)/python bench/run.py $(ARGS)

venv: $(STAMP)  ## The virtual environment from requirements.lock, every file checked by its hash.

$(STAMP):
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with the venv module among: $(PYTHONS)." \
		"Debian: apt-get install python3 python3-venv. Or name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Installing into .venv with $(PYTHON) (half a minute, once)"
	@$(PYTHON) -m venv --clear .venv
	@if sed -n '$(UV_LINES)p' requirements.lock | $(PIP) --only-binary uv --require-hashes -r /dev/stdin \
		&& $(TOLD) | { while read -r told; do export "$$told"; done; export UV_INDEX_STRATEGY=unsafe-best-match; \
			test -n "$$UV_CACHE_DIR" || test -O "$$HOME" -a -w "$$HOME" || export UV_NO_CACHE=1; \
			$(UV) --require-hashes -r requirements.lock && $(UV) --no-build-isolation -e .; }; \
	then :; else echo "uv can't be had here: pip installs (one to three minutes)"; $(PYTHON) -m venv --clear .venv \
		&& sed '$(UV_LINES)d' requirements.lock | $(PIP) --require-hashes -r /dev/stdin \
		&& $(PIP) --no-build-isolation -e .; fi
	@touch $@

clean:  ## Stop everything; delete .venv and .iku: the sample's bytes and its warehouse.
	@if test -n "$$IKU_STATE"; then echo "IKU_STATE is set: delete $$IKU_STATE yourself, or unset it." >&2; exit 1; fi
	@if test -e .iku/server.json; then $(MAKE) --no-print-directory venv && { $(BIN)/iku down || true; } \
		&& $(BIN)/python -c 'from iku_etl import settings; from iku_etl.warehouse import server; \
			print("deleted", server.destroy(settings.load().state))'; fi
	rm -rf .venv .iku .pytest_cache .hypothesis .ruff_cache .mypy_cache build *.egg-info

lock: $(STAMP)  ## Choose versions anew: write requirements.lock. Then: make test.
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra dev pyproject.toml \
		--output-file requirements.lock
