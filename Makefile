# One environment: what the bot needs, and on top of it what tests or mutants need, once a target asks for it. It is
# built anew when pinned requirements are newer than it, or when PYTHON is given and is another Python.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled modules are kept, whatever this shell says: tests start many processes.
unexport PYTHONDONTWRITEBYTECODE
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
MUTANTS := $(VENV)/.mutants
PAYLOADS := $(VENV)/payloads
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: install demo test test-fast test-pythons soak mutants check bench screenshots clean

install: $(RUNTIME)

$(RUNTIME): $(wildcard requirements*.txt)
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r requirements.txt
	touch $@

$(DEV): $(RUNTIME)
	$(PIP) -r requirements-dev.txt
	touch $@

$(MUTANTS): $(DEV)
	$(PIP) -r requirements-mutants.txt
	touch $@

ifeq ($(origin PYTHON),command line)
ifneq ($(shell ($(PYTHON) -V) 2>&1),$(shell ($(BIN)/python -V) 2>&1))
.PHONY: $(RUNTIME)
endif
endif

# A workspace in the browser, with the bot in it. `make demo SCRIPT=1` is the unattended form: make hands SCRIPT on
# through the environment.
demo: install
	$(BIN)/python app.py demo

# Every test, on all cores; branch coverage below 95% fails. Two runs, since coverage that is switched off and on
# again between tests breaks threads now and then ("another trace function is being installed"). A third one has the
# proofs of several bots to itself: they wait for leases of five seconds, which a busy machine makes longer. What all sent to
# the simulated Slack is compiled at the end as literals of Slack's TypeScript types, where Node is there.
test: $(DEV)
	rm -rf $(PAYLOADS)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not no_cover" --cov --cov-report=
	$(BIN)/python -m pytest -n auto --dist worksteal -m no_cover --ignore=tests/reliability/replicas
	$(BIN)/python -m pytest -n 2 tests/reliability/replicas
	$(BIN)/python -m tests.block_types $(PAYLOADS)

test: export RECORD_PAYLOADS = $(PAYLOADS)

# The unit tests, for the loop while coding: no process, no whole bot, no property test. About a minute on two cores.
test-fast: $(DEV)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not no_cover" --ignore=tests/scenarios --ignore=tests/reliability \
	    --ignore=tests/terminal --ignore=tests/test_isolation.py --ignore=tests/test_wording.py \
	    --ignore=tests/sandbox/continuity/test_openapi.py

# The unit tests, on each Python from 3.11 to 3.14 that is on the PATH, in an environment of its own.
test-pythons:
	@for version in 3.11 3.12 3.13 3.14; do \
	    python$$version -V 2>/dev/null || { echo "python$$version: not on this machine"; continue; }; \
	    $(MAKE) VENV=.venv-$$version PYTHON=python$$version test-fast || exit 1; \
	done

# The proofs of tests/reliability with their long counts, under an hour; `make test` runs the quick form.
soak: $(DEV)
	SOAK=1 $(BIN)/python -m pytest tests/reliability tests/grammar

# Mutants of authorisation, policy, the life of a change and the audit trail, half an hour or more:
# how many the tests find, and the names of the others. See docs/mutants.md.
mutants: $(MUTANTS)
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results --all true | $(BIN)/python -m tests.mutants

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Side by side with bare Bolt, and on a grown database beside a new one: some ten minutes; BENCH_QUICK=1 for a
# first look, BENCH=growth (or other scenes) for a part. See docs/benchmarks.md.
bench: $(DEV)
	$(BIN)/python -m bench

# The pictures of README, docs/demo.md and docs/messages.md, taken of the running demo with Chromium. Look at each before it is committed.
screenshots: $(DEV)
	$(BIN)/python -m tests.browser.screenshots
	$(BIN)/python -m tests.browser.messages

clean:
	rm -rf $(VENV) .venv-* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage mutants
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
