PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
PACKAGES := instances reductions attention solvers hardlab

SEED ?= 0
COUNT ?= 20

# Python and pytest keep what they compile, whatever the shell says: without it each process compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test quick check unit fmt docs drawn exhaustive mutants test-peers test-web test-docs test-rest browser bench clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: $(VENV)/installed  ## the main job: a formula through the chain to attention and back
	$(BIN)/hardlab run instances/examples/random-20-sat.cnf --explain
	@echo
	@echo "hardlab is installed in $(VENV): call it as $(BIN)/hardlab, or as hardlab after 'source $(BIN)/activate'."

quick: check  ## in a minute: the linters, and the first case and the last of each test that takes less than a quarter of a second
	$(BIN)/python -m pytest -q -n 2 --few -m "not slow and not exhaustive and not web and not peers and not docs"

test: check unit  ## everything that must hold before a commit

check: $(VENV)/installed-dev  ## the linters: ruff, mypy --strict, the contracts of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) tests benchmarks docs
	$(BIN)/lint-imports

fmt: $(VENV)/installed-dev  ## format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

unit: $(VENV)/installed-dev  ## the tests of `make test`
	$(BIN)/python -m pytest -q -n 2 -m "not exhaustive and not web and not peers and not docs"

exhaustive: $(VENV)/installed-dev  ## the long forms of what make test takes samples of, and every law on all 17,902 tiny formulas
	$(BIN)/python -m pytest -q -n 2 -m exhaustive -o faulthandler_timeout=0

mutants: $(VENV)/installed-dev  ## small faults planted at random, and those that no test notices: SEED=0 COUNT=20, minutes long
	$(BIN)/python -m tests.mutants --seed $(SEED) --count $(COUNT)

test-peers: $(VENV)/installed-dev  ## comparisons with attention of other libraries, which it installs
	$(PIP) -e '.[peers]'
	$(BIN)/python -m pytest -q -n 2 -m peers

browser: $(VENV)/installed-dev
	@command -v chromium > /dev/null || { echo "chromium is not on PATH: install the Debian package chromium"; exit 1; }
	$(PIP) -e '.[web]'

test-web: browser  ## reports and the site in a real browser, through playwright, which it installs
	$(BIN)/python -m pytest -q -n 2 -m web

docs: $(VENV)/installed-dev  ## the site, built strictly into build/site: open build/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build -f docs/mkdocs.yml

test-docs: $(VENV)/installed-dev  ## the commands that pages show are run, and the site is built, strictly and with faults
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m docs -o faulthandler_timeout=0

test-rest: browser  ## all that make test leaves out, each once: exhaustive, test-peers, test-docs, test-web
	$(PIP) -e '.[peers]'
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "exhaustive or peers or docs or web" -o faulthandler_timeout=0

drawn: $(VENV)/installed-dev  ## what the program writes and draws itself: the map of rooms, words, errata, figures, the notebook
	$(BIN)/python -m docs.site.rooms
	$(BIN)/python -m docs.site.words
	$(BIN)/python -m docs.site.seen
	$(BIN)/python -m docs.site.training
	$(BIN)/hardlab verify -q --errata docs/pages/explanation/errata.md
	$(BIN)/hardlab study transition -q --from docs/pages/explanation/transition.jsonl --figure docs/pages/explanation/transition.svg
	$(BIN)/hardlab study regimes -q --from docs/pages/explanation/regimes.jsonl --figure docs/pages/explanation/regimes.svg
	$(BIN)/hardlab study frontier -q --max-m 64 -o docs/pages/explanation/frontier.jsonl --figure docs/pages/explanation/frontier.svg
	$(BIN)/hardlab report docs/pages/assets/answers.json -q --figure docs/pages/assets/answers.svg
	$(BIN)/python -m docs.site.libraries
	$(BIN)/python -m docs.site.notebook

bench: $(VENV)/installed-dev  ## the measured claims, beside their peers
	$(PIP) -e '.[bench]'
	$(BIN)/python -m benchmarks.hamming_search_vs_faiss
	$(BIN)/python -m benchmarks.bounded_attention_vs_sdpa
	$(BIN)/python -m benchmarks.exact_attention_vs_sdpa
	$(BIN)/python -m benchmarks.causal_and_backward_vs_sdpa
	$(BIN)/python -m benchmarks.causal_and_window_sums
	$(BIN)/python -m benchmarks.gradients_vs_sdpa
	$(BIN)/python -m benchmarks.outliers_vs_exact
	$(BIN)/python -m benchmarks.low_dimension_vs_sdpa
	$(BIN)/python -m benchmarks.low_rank_vs_exact
	$(BIN)/python -m benchmarks.kde_vs_sklearn
	$(BIN)/python -m benchmarks.auto_against_best
	$(BIN)/python -m benchmarks.sweep_overhead
	$(BIN)/python -m benchmarks.start_up

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "hardness-lab needs Python 3.11 or newer; this is $$($(PYTHON) --version): set PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) -e '.[dev]'
	touch $@

clean:  ## take away the environment and all caches
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
