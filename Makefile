# One environment for every target; it is rebuilt when the pinned requirements are newer than it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo test soak mutants check bench clean

install: $(STAMP)

$(STAMP): requirements-dev.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# `make demo SCRIPT=1` is the unattended form: make hands SCRIPT on through the environment.
demo: install
	$(BIN)/python app.py demo

# Every test, on all cores; branch coverage below 95% fails. The proofs run one by one and without it: they measure.
test: install
	$(BIN)/python -m pytest -n auto --dist loadfile --ignore=tests/reliability --cov --cov-report=
	$(BIN)/python -m pytest tests/reliability

# The proofs of tests/reliability with their long counts, under an hour; `make test` runs the quick form.
soak: install
	SOAK=1 $(BIN)/python -m pytest tests/reliability

# Mutants of authorisation, policy, the life of a change and the audit trail, half an hour or more:
# how many the tests find, and the names of the others. See docs/mutants.md.
mutants: install
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results --all true | $(BIN)/python -m tests.mutants

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Side by side with bare Bolt, and on a grown database beside a new one: some ten minutes; BENCH_QUICK=1 for a
# first look, BENCH=growth (or other scenes) for a part. See docs/benchmarks.md.
bench: install
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage mutants
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
