# Needs make and Python 3.11, 3.12 or 3.13; nothing else. Uses uv where it is installed, because it is faster.

VENV := .venv
PY := $(VENV)/bin/python

# Three worker processes on two cores, as some tests wait for browsers and other processes. A file's tests stay
# together, so its database or browser is started once; the files are taken in the order of tests/conftest.py, the
# longest first.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder

# What is compiled is kept, or each of the many processes that the tests start would compile the program again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test bench kills slack teams lock format clean

help:
	@echo "make install put the program into .venv, with all that it needs"
	@echo "make demo    start the demonstration and print its address"
	@echo "make test    run every check and test"
	@echo "make kills   kill replicas at random, KILLS=50 times each way, and count what was lost or said twice"
	@echo "make slack   play every dialogue in a fake Slack, over HTTP and through Socket Mode"
	@echo "make teams   play every dialogue in a fake Teams, and two hundred conversations at once"
	@echo "make bench   measure acknowledgements, timers and deliveries; see bench/README.md"
	@echo "make format  put the code in the standard layout"
	@echo "make lock    remake the lock files (UPGRADE=1: with the newest versions)"
	@echo "make clean   remove the virtual environment and everything generated"

install: $(VENV)/.runtime
	@echo "escalation-bot is in $(VENV)/bin; to have it found in this terminal: source $(VENV)/bin/activate"

demo: $(VENV)/.runtime
	@exec $(VENV)/bin/escalation-bot demo

test: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	@# Beside it the tests are compiled once, or each of the workers below would do that for itself.
	@$(VENV)/bin/pytest --collect-only -q >/dev/null 2>&1 & \
	echo "$(VENV)/bin/mypy"; $(VENV)/bin/mypy; outcome=$$?; wait; exit $$outcome
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/pytest $(PYTEST_ARGS)

bench: $(VENV)/.dev
	@WHAT="$(WHAT)" QUICK=$(QUICK) $(VENV)/bin/python -W ignore -m bench

# The same tests as in "make test", but at length, and with what was counted on the screen.
KILLS ?= 50
kills: $(VENV)/.dev
	KILLS=$(KILLS) AWAY=30 $(VENV)/bin/pytest -q tests/kills

# The dialogues of "make test", all of them and in both ways in which Slack tells things.
slack: $(VENV)/.dev
	SLACK_DIALOGUES=all $(VENV)/bin/pytest -q -n 2 tests/slack/test_dialogues.py

# The same for Teams, with hundreds of people who talk at once and must never see each other's words.
teams: $(VENV)/.dev
	TEAMS_DIALOGUES=all $(VENV)/bin/pytest -q -n 2 tests/teams/test_dialogues.py tests/teams/test_apart.py

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Sets PYTHON to a Python that will do ("make PYTHON=/path/to/python3.12 ..." chooses one), or stops.
# Each candidate is run, not only looked up: a version manager may list a Python that does not start.
define find_python
for PYTHON in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3 python) none; do \
	"$$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && break; \
done; \
if [ "$$PYTHON" = none ]; then \
	echo "Python 3.11, 3.12 or 3.13 is needed and was not found (python3 here: $$(python3 --version 2>&1))." >&2; \
	echo "Install one from your system's packages or python.org, then run make again;" >&2; \
	echo "if it is not on the PATH, name it: make PYTHON=/path/to/python3.12 demo" >&2; \
	exit 1; \
fi
endef

# $(1): the lock file. The second command makes the package itself importable from this folder.
# pip runs with -qq, so that only errors show.
define install
@if command -v uv >/dev/null 2>&1; then \
	uv pip install -q --python $(PY) --require-hashes -r $(1) && \
	uv pip install -q --python $(PY) --no-deps --no-build-isolation -e .; \
else \
	$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r $(1) && \
	$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .; \
fi
endef

$(PY):
	@$(find_python); \
	echo "Setting up (first run, about a minute)…" >&2; \
	if command -v uv >/dev/null 2>&1; then \
		uv venv -q --seed --python "$$PYTHON" $(VENV); \
	elif ! "$$PYTHON" -c 'import ensurepip' 2>/dev/null; then \
		echo "$$PYTHON has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	else \
		"$$PYTHON" -m venv $(VENV); \
	fi

# The stamps. The interpreter is an order-only prerequisite: it must exist, its age says nothing.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(PY)
	$(call install,requirements.lock)
	@touch $@

# The dev lock holds all of the runtime lock at the same versions, so it settles both stamps.
$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(PY)
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.runtime $@

# The dev lock comes first and the runtime lock follows it, so that a package both hold has one version.
# Nothing of the machine that ran this (index addresses, paths) is written into the files.
COMPILE = pip compile -q --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade) \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:
	@set -e; UV=uv; \
	if ! command -v uv >/dev/null 2>&1; then \
		$(find_python); \
		SCRATCH=$$(mktemp -d); trap 'rm -rf "$$SCRATCH"' EXIT; \
		"$$PYTHON" -m venv "$$SCRATCH"; \
		"$$SCRATCH/bin/python" -m pip install -qq --disable-pip-version-check uv; \
		UV="$$SCRATCH/bin/uv"; \
	fi; \
	"$$UV" $(COMPILE) pyproject.toml --extra postgres --extra pdf --extra teams requirements.in requirements-dev.in \
		-o requirements-dev.lock; \
	"$$UV" $(COMPILE) -c requirements-dev.lock pyproject.toml requirements.in -o requirements.lock
