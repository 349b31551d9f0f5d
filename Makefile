# make book   the book, in _build/html/index.html (PROFILE=paper for the size of the study)
# make test   the tests
# make lab    JupyterLab on the notebooks
# make bench  time and memory of the association at the size of the study
#
# The first of them makes .venv from requirements.lock; it needs Python 3.11 or later, and make.

PROFILE ?= quick
WORLD ?=
SEED ?= 1
DATA ?=
EFFECTS ?= study
FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# A name on the PATH may be a shim without an interpreter behind it, so each is tried.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python3.14 python; do \
	$$name -I -c '$(NEW_ENOUGH)' >/dev/null 2>&1 \
	&& $$name -I -c 'import sys; print(sys.executable)' && break; done)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What the packages are is said by the lock, what the figures look like by the package: nothing that
# the user has installed or set elsewhere takes part.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONWARNINGS MPLBACKEND MATPLOTLIBRC

.PHONY: book test lab bench lint lock install clean help
.DEFAULT_GOAL := help

help:
	@sed -n '1,6p' Makefile | sed 's/^# \{0,1\}//'

install: $(READY)

$(READY): requirements.lock pyproject.toml
	@if [ ! -x $(BIN)/python ] && [ -z "$(PYTHON)" ]; then \
		echo "transdx needs Python 3.11 or later, found: $$(python3 --version 2>/dev/null || echo none)." \
		"Install one, or name it: make PYTHON=/path/to/python3.13" >&2; exit 1; fi
	@if [ ! -x $(BIN)/python ]; then echo "Making $(VENV) with $(PYTHON)"; "$(PYTHON)" -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "This Python cannot make environments; on Debian and Ubuntu:" \
		"apt install $$("$(PYTHON)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; \
		exit 1; }; fi
	@$(BIN)/python -c '$(NEW_ENOUGH)' || { \
		echo "$(VENV) was made with $$($(BIN)/python --version), which is too old: remove it and run make again" >&2; exit 1; }
	@echo "Installing the packages of requirements.lock: once, 300 MB to fetch, a minute or more"
	@$(BIN)/python -m pip install --quiet --no-compile --requirement requirements.lock
	@# pip would compile on one core, and the tests of every package too.
	@$(BIN)/python -m compileall -q -j 0 -x '/tests/' $(VENV)/lib >/dev/null 2>&1 || true
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

book: $(READY)
	@$(BIN)/transdx book $(if $(WORLD),--world $(WORLD)) --profile $(PROFILE) --seed $(SEED) \
		--effects $(EFFECTS) $(if $(DATA),--data "$(DATA)") $(FLAGS)

test: $(READY)
	@$(BIN)/python -m pytest $(FLAGS)

lab: $(READY)
	@$(BIN)/python -m ipykernel install --prefix $(VENV) --name transdx --display-name transdx >/dev/null
	@$(BIN)/jupyter lab --notebook-dir notebooks $(FLAGS)

bench: $(READY)
	@$(BIN)/python benchmarks/association.py $(FLAGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Resolves pyproject.toml afresh, for the oldest Python and all later ones at once: one version of
# each package, with a marker where only some machines need it.
lock:
	@rm -rf _build/lock && mkdir -p _build && "$(PYTHON)" -m venv _build/lock
	@_build/lock/bin/python -m pip install --quiet uv
	@_build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11.0 \
		--fork-strategy fewest --no-annotate --no-header --extra dev pyproject.toml \
		--output-file requirements.lock
	@rm -rf _build/lock; echo "requirements.lock now has $$(wc -l < requirements.lock) packages"

# Keeps .venv, and any data that transdx did not make.
clean:
	rm -rf _build results book/chapters data/simulated-*
