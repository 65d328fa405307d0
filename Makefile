PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
PACKAGES := instances reductions attention solvers hardlab

.PHONY: run quick test check unit exhaustive test-peers test-web bench clean

run: $(VENV)/installed  ## the main job: a formula through the chain to attention and back
	$(BIN)/hardlab run instances/examples/random-20-sat.cnf

quick: check  ## within a minute: the linters, and the tests that take less than half a second each
	$(BIN)/python -m pytest -q -n 2 -m "not slow and not exhaustive and not web and not peers"

test: check unit  ## everything that must hold before a commit

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) tests benchmarks
	$(BIN)/lint-imports

unit: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -n 2 -m "not exhaustive and not web and not peers"

exhaustive: $(VENV)/installed-dev  ## all of what make test takes samples of, and every law on all 17,902 tiny formulas
	$(BIN)/python -m pytest -q -n 2 -m exhaustive

test-peers: $(VENV)/installed-dev  ## comparisons with attention of other libraries, which it installs
	$(PIP) -e '.[peers]'
	$(BIN)/python -m pytest -q -m peers

test-web: $(VENV)/installed-dev  ## the HTML report in a real browser, through playwright, which it installs
	@command -v chromium > /dev/null || { echo "chromium is not on PATH: install the Debian package chromium"; exit 1; }
	$(PIP) -e '.[web]'
	$(BIN)/python -m pytest -q -m web

bench: $(VENV)/installed-dev  ## the measured claims, beside their peers
	$(PIP) -e '.[bench]'
	$(BIN)/python -m benchmarks.hamming_search_vs_faiss
	$(BIN)/python -m benchmarks.bounded_attention_vs_sdpa
	$(BIN)/python -m benchmarks.exact_attention_vs_sdpa
	$(BIN)/python -m benchmarks.auto_against_best
	$(BIN)/python -m benchmarks.sweep_overhead

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "hardness-lab needs Python 3.11 or newer; this is $$($(PYTHON) --version): set PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
