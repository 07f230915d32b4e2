# make run and make test work on a bare machine with Python, pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# make test TEXTUAL=8.2.9: the checks on another version of Textual, in an environment of its own.
TEXTUAL ?=

# make test LOCK=1: in a new environment, the very versions that requirements-dev.lock names.
LOCK ?=

.PHONY: lock run install test test-long soak bench keys reference site screenshots clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sandbox]'
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(LOCK),--constraint requirements-dev.lock) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# Open the console on the embedded sandbox.
run: $(VENV)/.installed
	@$(BIN)/python -m compileall -q tui  # where PYTHONDONTWRITEBYTECODE is set, every start would compile anew
	$(BIN)/replicate-tui --sandbox

install: $(VENV)/.installed

# In CI a test that failed is run once more; the end of the output shows what the first run printed.
PYTEST := $(BIN)/pytest -ra $(if $(CI),--reruns 1)

# Every check: style, types, import rules, tests.
ifneq ($(TEXTUAL),)
test:
	$(MAKE) $(VENV)-textual-$(TEXTUAL)/.installed-dev VENV=$(VENV)-textual-$(TEXTUAL) TEXTUAL=
	$(VENV)-textual-$(TEXTUAL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps textual==$(TEXTUAL)
	$(MAKE) test VENV=$(VENV)-textual-$(TEXTUAL) TEXTUAL=
else
test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(PYTEST) -n 4 --dist loadfile
endif

# The checks that take longer: faults by the hundred, random runs with kills, the wheel in a clean environment, other
# clients.
test-long: $(VENV)/.installed-dev
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check playwright  # for tests/web/test_chromium.py
	$(PYTEST) -n 4 --dist loadfile -m long

# Every key in every place, and thousands of random byte strings: by hand.
soak: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist loadfile -ra -m soak

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# The README's table of keys, from the commands.
keys: $(VENV)/.installed
	$(BIN)/python docs/keys.py

# The man page, and the documentation's pages of commands and settings, from the code.
reference: $(VENV)/.installed
	$(BIN)/python docs/reference.py

# The newest versions that go together, on every platform and Python; `make lock UPGRADE=` keeps those that it has.
UPGRADE ?= --upgrade
lock: $(VENV)/.installed-dev
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev $(UPGRADE) \
	  --no-header --no-annotate --no-emit-index-url --no-emit-package replicate-tui --output-file requirements-dev.lock pyproject.toml

# The documentation as a site, in build/site.
site: $(VENV)/.installed-dev
	$(BIN)/mkdocs build --strict

screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check playwright  # for what a browser shows
	$(BIN)/python screenshots/make.py

clean:
	rm -rf $(VENV) dist build
