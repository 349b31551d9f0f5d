# make book   the book, in _build/html/index.html (PROFILE=paper for the size of the study)
# make pdf    the book that was made as one PDF, to print (needs Chromium)
# make test   the tests
# make site   the built book in a browser without network (make shots: pictures of its pages)
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

.PHONY: book pdf test site shots lab bench fetch lint lock install clean help
.DEFAULT_GOAL := help

help:
	@sed -n '1,8p' Makefile | sed 's/^# \{0,1\}//'

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
	@echo "Installing the packages of requirements.lock: once, 350 MB to fetch, a minute or more"
	@$(BIN)/python -m pip install --quiet --no-compile --requirement requirements.lock
	@# pip would compile on one core, and the tests of every package too.
	@$(BIN)/python -m compileall -q -j 0 -x '/tests/' $(VENV)/lib >/dev/null 2>&1 || true
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@# What other programs know as python3, the kernel of any notebook, is called transdx here.
	@$(BIN)/python -m ipykernel install --prefix $(VENV) --name python3 --display-name transdx >/dev/null
	@touch $(READY)

book: $(READY)
	@$(BIN)/transdx book $(if $(WORLD),--world $(WORLD)) --profile $(PROFILE) --seed $(SEED) \
		--effects $(EFFECTS) $(if $(DATA),--data "$(DATA)") $(FLAGS)

pdf: $(READY)
	@$(BIN)/transdx pdf $(FLAGS)

# Files side by side; more of them at once would want the memory of as many cohorts.
test: $(READY)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(FLAGS)

# A browser for each core, and all that looks at a page in one.
BROWSERS := -n auto --dist loadgroup

# Chromium is the system's, or the program that CHROMIUM names; npm brings axe-core.
site: $(READY)
	@$(BIN)/python -m pytest tests/site --site _build/html -rs $(BROWSERS) $(FLAGS)

shots: $(READY)
	@$(BIN)/python -m pytest tests/site/shots.py --site _build/html $(BROWSERS) $(FLAGS)
	@echo "the pictures are in _build/shots"

lab: $(READY)
	@# From above the notebooks, which lead to the prose beside them.
	@$(BIN)/jupyter lab --notebook-dir . --LabApp.default_url=/lab/tree/notebooks $(FLAGS)

bench: $(READY)
	@$(BIN)/python benchmarks/association.py $(FLAGS)

# All open data and maps, for the time without network.
fetch: $(READY)
	@$(BIN)/transdx fetch

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
	rm -rf _build content/_build results book/chapters data/simulated-*
