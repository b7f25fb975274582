# Two commands: `make demo` sets everything up and runs the main job; `make test` sets everything up and tests it.
# Needs Debian's git, make and python3-venv with Python 3.11 or newer.

PYTHON ?= python3
SIZE ?= small
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TESTS ?= tests
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test faults-ingest faults-mail faults-checkout fuzz-parsers fuzz-till fuzz-office receipts-checkout fortnight test-spark check docs screenshots format lock golden clean bench-ingest bench-forecast bench-allocation bench-lists bench-checkout bench-figures bench-growth bench-plan bench-office ablation

help: ## what can be made
	@grep -hE '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

.venv: .venv/run.stamp ## the environment that runs the program: .venv/bin/regulars

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv  # its making was interrupted before
	$(PIP) install --quiet --require-hashes -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	touch $@

.venv/bin/uv: | .venv/bin/python
	$(PIP) install --quiet uv

demo: .venv/run.stamp ## real data to printed lists, in demo/
	$(BIN)/regulars demo --workspace demo

test: .venv/dev.stamp ## all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

faults-ingest: .venv/dev.stamp ## 200 loads killed; 1,000 store-days late, twice, split and out of order
	$(BIN)/python tests/stores/load_faults.py --store-days 1000 --kills 200

faults-mail: .venv/dev.stamp ## 10,000 e-mails to a real mail server, the sender killed 300 times
	$(BIN)/python tests/stores/mail_kills.py --lists 10000 --kills 300

faults-checkout: .venv/dev.stamp ## 200 grants x 16 lanes x 5 and 1,000 kills on both stores; long
	REGULARS_FAULTS=full $(BIN)/python -m pytest -n 1 -s tests/stores/test_till_faults.py

fuzz-parsers: .venv/dev.stamp ## every parser of foreign bytes searched for ten minutes; long
	REGULARS_FUZZ_SECONDS=600 $(BIN)/python -m pytest -n 2 tests/fuzz

fuzz-till: .venv/dev.stamp ## every till call from its OpenAPI document, as each role; long
	$(PIP) install --quiet 'schemathesis==4.*'
	cd tests && ../$(BIN)/python -m fuzz.till_calls --examples 2000

fuzz-office: .venv/dev.stamp ## ten minutes of hostile use of the back office, as every role; long
	test -f demo/regulars.toml || $(MAKE) demo
	cd tests && ../$(BIN)/python -m fuzz.office_hostile --workspace ../demo --seconds 600

receipts-checkout: .venv/dev.stamp ## a million made-up receipts against the ledger on each store, to the cent; long
	$(BIN)/python tests/stores/receipt_books.py --receipts 1000000 --store sqlite
	$(BIN)/python tests/stores/receipt_books.py --receipts 1000000 --store postgres

fortnight: .venv/dev.stamp ## a manager's fortnight in Chromium, made-up shop and demonstration, SQLite and PostgreSQL; long
	test -f demo/regulars.toml || $(MAKE) demo
	REGULARS_FORTNIGHT=$(CURDIR)/demo $(BIN)/python -m pytest tests/e2e/test_office_fortnight.py

test-spark: .venv/dev.stamp ## the SQL on Spark too; needs Java 17 (Debian: openjdk-17-jre-headless)
	$(PIP) install --quiet 'pyspark==4.3.*'
	$(BIN)/python -m pytest -m spark tests/tables

screenshots: .venv/dev.stamp demo ## the pictures of the README, the guides and the back office; needs chromium
	$(BIN)/python docs/screenshots.py demo
	$(BIN)/python docs/list_pictures.py
	$(BIN)/python tests/e2e/office_screens.py demo

check: .venv/dev.stamp docs ## style, types, layers, generated files, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.golden.regenerate --check

docs: .venv/dev.stamp ## the documentation as a site, in docs/_build/
	$(BIN)/sphinx-build -W -q -b html docs docs/_build

format: .venv/dev.stamp ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: .venv/dev.stamp ## write the generated files anew
	$(BIN)/python -m tests.golden.regenerate

lock: .venv/bin/uv ## pin every dependency by hash, without addresses
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command 'make lock' --extra demo --extra build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command 'make lock' --constraint requirements/run.txt \
	  --extra demo --extra build --extra dev pyproject.toml -o requirements/dev.txt

bench-ingest bench-forecast bench-allocation bench-lists bench-checkout: bench-%: .venv/dev.stamp ## measurements; SIZE=small or full
	$(if $(filter allocation,$*),$(PIP) install --quiet 'ortools>=9.15')
	$(if $(filter ingest,$*),$(PIP) install --quiet 'polars==2.*')
	$(if $(filter lists,$*),$(PIP) install --quiet 'reportlab==5.*' 'weasyprint==70.*')
	$(BIN)/python -m benchmarks.$*.run --size $(SIZE)

bench-figures: .venv/dev.stamp ## every figure of the forecast beside its bar and its aim; what is measured is kept
	$(PIP) install --quiet 'cornac==3.*' 'lifetimes==0.11.*'
	$(BIN)/python -m benchmarks.forecast.figures

bench-growth: .venv/dev.stamp ## what a forecast costs with 2,469, 24,690 and, in 4 of 64 buckets, 246,900 households
	$(BIN)/python -m benchmarks.forecast.growth

bench-plan: .venv/dev.stamp ## forecast to frozen plan at 40,000 households and 2,000 offers, made up from the demonstration
	test -f demo/regulars.toml || $(MAKE) demo
	$(BIN)/python -m benchmarks.allocation.end_to_end --workspace demo

bench-office: .venv/dev.stamp ## the screens of the back office, on the demonstration and on 100,000 households made up from it
	test -f demo/regulars.toml || $(MAKE) demo
	$(BIN)/python -m benchmarks.office.run --workspace demo

ablation: .venv/dev.stamp ## what timing and personal scores are worth, by simulation over the demonstration
	test -f demo/regulars.toml || $(MAKE) demo
	$(BIN)/python -m benchmarks.allocation.ablation --workspace demo

clean: ## remove what was made, but not the environment
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
