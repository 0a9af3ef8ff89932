# The one interface to the project: `make help` lists what it can do.
#
# PYTHON=path         the Python to make .venv with (default: the first CPython >= 3.11 on PATH)
# FILE=path ARGS=...  go on to `migstat demo`; ARGS also to pytest (`make test ARGS="-k areas"`) and to the benchmarks

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := $(if $(CI),--locked)

# Two folders for what is built: cargo and maturin set other environments, and in one folder each would build pyo3 again
# after the other. maturin refuses to choose between a conda and a virtual environment, so it sees only ours.
INSIDE := env -u CONDA_PREFIX PIP_QUIET=1 VIRTUAL_ENV="$(CURDIR)/$(VENV)"
MATURIN := $(INSIDE) $(BIN)/maturin
MATURIN_OPTIONS := $(if $(CI),--quiet) --target-dir target/maturin $(LOCKED)
WHEEL_PROFILE ?= release

# Folders too: their times tell that a file went away.
RUST := $(shell find src ! -name '.*') Cargo.toml Cargo.lock pyproject.toml
BUILT := $(VENV)/.built

.PHONY: demo test check bench bench-areas bench-ages bench-read bench-aggregate bench-double-entry docs stubs wheel fix clean help FORCE

demo: $(VENV)/.demo ## a tour on figures that come with the package; FILE=your.csv takes yours
	@$(BIN)/migstat demo $(if $(FILE),"$(FILE)") $(ARGS)

test: $(VENV)/.test ## all Python tests, and the examples in the docstrings
	@$(BIN)/python -m pytest $(ARGS)

check: check-rust check-python check-stubs docs ## all that is not a test in Python: format, lints, types, stub, Rust tests, docs

bench: $(VENV)-bench/.made ## side by side with the peers, on a release build
	@$(MAKE) --no-print-directory wheel
	@$(PIP) --python $(VENV)-bench/bin/python install --force-reinstall --no-deps dist/migstat-*.whl
	@$(VENV)-bench/bin/python benches/run.py $(ARGS)
	@$(if $(ARGS),true,$(MAKE) --no-print-directory bench-areas)

bench-areas: $(VENV)-bench/.made ## names of areas: right, wrong and how fast, beside the peers; minutes
	@$(MAKE) --no-print-directory wheel
	@$(PIP) --python $(VENV)-bench/bin/python install --force-reinstall --no-deps dist/migstat-*.whl
	@for part in accuracy speed leave_out no_areas; do \
		echo "== $$part"; $(VENV)-bench/bin/python benches/areas/$$part.py; done

bench-ages: $(VENV)-bench/.made ## age groups of a million populations beside numpy and scipy
	@$(VENV)-bench/bin/python benches/ages.py $(ARGS)

bench-read: $(VENV)-bench/.made ## a workbook and a bulk file beside pandas and polars; FILE=a bulk file of Eurostat
	@$(VENV)-bench/bin/python benches/read_workbook.py $(ARGS)
	@$(VENV)-bench/bin/python benches/read_eurostat.py \
		$(or $(FILE),$(or $(MIGSTAT_SHARED),../shared)/data/eurostat/estat_migr_imm8.tsv)

bench-aggregate: $(VENV)-bench/.made ## sums by group beside polars, DuckDB, pyarrow, numpy, C; about two hours
	@$(MAKE) --no-print-directory wheel
	@$(PIP) --python $(VENV)-bench/bin/python install --force-reinstall --no-deps dist/migstat-*.whl
	@PYTHONPATH=benches $(VENV)-bench/bin/python -m aggregate $(ARGS)

bench-double-entry: $(VENV)-bench/.made ## correction factors of 200 reporters and 30 years beside solvers
	@$(MAKE) --no-print-directory wheel
	@$(PIP) --python $(VENV)-bench/bin/python install --force-reinstall --no-deps dist/migstat-*.whl
	@$(VENV)-bench/bin/python benches/double_entry.py $(ARGS)

docs: $(VENV)/.docs ## docs/_build/html, its notebooks run; a warning is an error
	@$(BIN)/python -m sphinx --fresh-env --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

stubs: $(BUILT) ## write python/migstat/_core.pyi anew from the Rust sources
	@$(INSIDE) $(BIN)/python tools/stubs.py --write -- --profile ci $(MATURIN_OPTIONS)

wheel: $(VENV)/.made ## dist/*.whl, optimised (WHEEL_PROFILE=ci: quicker to build)
	@rm -f dist/migstat-*.whl
	@$(MATURIN) build --profile $(WHEEL_PROFILE) --out dist $(MATURIN_OPTIONS)

fix: $(VENV)/.lint ## put right what a machine can: format, lints, stub
	@cargo fmt
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .
	@$(MAKE) --no-print-directory stubs

clean: ## remove all that make has made
	rm -rf .venv .venv-* dist target docs/_build docs/jupyter_execute python/migstat/_core*.so
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find python tests tools benches docs -name __pycache__ -prune -exec rm -rf {} +

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

# ---- the parts of check

.PHONY: check-rust check-python check-stubs

check-rust: $(VENV)/.made
	cargo fmt --check
	cargo clippy --quiet $(LOCKED) --all-targets -- -D warnings
	PYO3_PYTHON="$(CURDIR)/$(BIN)/python" cargo clippy --quiet $(LOCKED) --all-targets --features python -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet $(LOCKED) --no-deps --document-private-items
	cargo test --quiet $(LOCKED)

check-python: $(VENV)/.lint
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

check-stubs: $(BUILT)
	@$(INSIDE) $(BIN)/python tools/stubs.py -- --profile ci $(MATURIN_OPTIONS)

# ---- the environment

$(VENV)/.made:
	@sh tools/rust.sh
	@python=$$(sh tools/python.sh) && echo "migstat: making $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --group build
	@touch $@

$(BUILT): $(RUST) $(if $(wildcard python/migstat/_core*.so),,FORCE) | $(VENV)/.made
	@sh tools/rust.sh
	@echo "migstat: building (minutes the first time, then seconds)"
	@$(MATURIN) develop --profile ci $(MATURIN_OPTIONS)
	@touch $@

# The package is already there, so that its name with an extra installs what the extra adds.
$(VENV)/.demo: wanted = 'migstat[plot]'
$(VENV)/.test: wanted = 'migstat[all]' --group test
$(VENV)/.lint: wanted = 'migstat[all]' --group test --group lint
$(VENV)/.docs: wanted = 'migstat[all]' --group docs
$(VENV)/.demo $(VENV)/.test $(VENV)/.lint $(VENV)/.docs: pyproject.toml | $(BUILT)
	@echo "migstat: installing $(wanted)"
	@$(PIP) install $(wanted)
	@touch $@

$(VENV)-bench/.made: pyproject.toml | $(VENV)/.made
	@$(MAKE) --no-print-directory wheel
	@$(BIN)/python -m venv --without-pip $(VENV)-bench
	@$(PIP) --python $(VENV)-bench/bin/python install "$$(echo dist/migstat-*.whl)[all]" --group bench
	@touch $@
