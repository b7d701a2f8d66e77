# Everything runs in a virtual environment of its own, .venv, which these targets make when it is needed.
PYTHON ?= python3
PORT ?= 8080
ARGS ?=
PYTEST_ARGS ?=
BIN := .venv/bin
# One worker more than cores: tests of processes wait as much as they compute.
PARALLEL = -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --maxprocesses 8 --dist worksteal
# Tests that wait for a database server more than they compute.
WAITING := -n 4 --dist worksteal
# Some images forbid Python to keep what it has compiled; every process would compile the whole project again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test mutants soak lint lint-specs screenshots docs new-vendor demo bench bench-scale format clean

serve: .venv/installed                ## serve all vendors: make serve PORT=18080 ARGS="--pace 600"
	@exec $(BIN)/bodydouble serve --port $(PORT) $(ARGS)

# First all tests, those of the vendors in the tests' own process and with states in files; then those once more, over HTTP; then
# what uses a state once more, on PostgreSQL, and what is about PostgreSQL. What starts processes has chosen its database itself.
ON_POSTGRESQL := $(addprefix tests/mock_server/,store delivery control services vendors test_clock.py test_laws.py test_laws_of_changes.py)
# What uses a browser runs by itself: the browser's driver keeps an event loop, which other tests need for themselves.
test: .venv/installed-test            ## run all tests
	@$(BIN)/python -m tests.support.chromium
	$(BIN)/python -m pytest $(PARALLEL) $(or $(PYTEST_ARGS),--ignore=tests/browser)
	$(if $(PYTEST_ARGS),,$(BIN)/python -m pytest $(PARALLEL) tests/browser)
	$(if $(PYTEST_ARGS),,$(BIN)/python -m pytest $(PARALLEL) --server tests/mock_server/vendors)
	$(if $(PYTEST_ARGS),,$(BIN)/python -m pytest $(WAITING) --postgresql -m "not process and not long and not generated" $(ON_POSTGRESQL))

# Faults that a proxy plants in front of the mock server, one at a time: the share of them that `bodydouble check` finds.
mutants: .venv/installed-test         ## plant faults: make mutants ARGS="--vendor guiji --kind PAGES"
	$(BIN)/python -m tests.mutants $(ARGS)

# The processes of servers on SQLite and on PostgreSQL, killed under load, and PostgreSQL restarted: what is lost.
soak: .venv/installed-test            ## kill servers a thousand times: make soak ARGS="--kills 100 --engine postgresql"
	$(BIN)/python -m tests.soak $(ARGS)

lint: .venv/installed-lint            ## check formatting, rules, types, imports and words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/python docs/words.py

# The recommended rules, warnings included; and what JavaScript reads is compared with what Python does.
SPEC_TOOLS := tests/specs/tools
lint-specs: .venv/installed-test      ## lint the specifications with Spectral and Redocly (needs npm)
	npm install --prefix $(SPEC_TOOLS) --no-package-lock --no-audit --no-fund --silent
	npm run --prefix $(SPEC_TOOLS) --silent spectral
	REDOCLY_TELEMETRY=off npm run --prefix $(SPEC_TOOLS) --silent redocly
	$(BIN)/python -m pytest tests/specs/tools/javascript_reads_the_same.py

screenshots: .venv/installed-test     ## make pictures of the main pages, in docs/images
	@$(BIN)/python -m tests.support.chromium
	$(BIN)/python -m docs.screenshots

docs: .venv/installed-test            ## write the generated parts of the documentation, and the site into build/site
	$(BIN)/python docs/architecture_table.py
	$(BIN)/python docs/coverage.py
	$(BIN)/python docs/readme.py
	$(BIN)/python docs/table_statements.py
	$(BIN)/bodydouble docs build/site

new-vendor: .venv/installed-test       ## make a vendor from the template: make new-vendor NAME=acme-cloud
	@$(BIN)/python templates/new_vendor.py "$(NAME)"

demo: .venv/installed                 ## play the main job and print it as a timeline
	@exec $(BIN)/python examples/demo.py

bench: .venv/installed-test           ## measure beside Prism, Flask and a reference (needs wrk and npm)
	@exec $(BIN)/python -m bench $(ARGS)

bench-scale: .venv/installed-test     ## lists, counts and quotas with a million tasks of each vendor: ARGS="--tasks 100000 guiji"
	@exec $(BIN)/python -m bench.scale $(ARGS)

format: .venv/installed-lint          ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:                                ## remove the virtual environment and all caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Debian keeps ensurepip in a package of its own; installing python3-venv"; \
	  apt-get install -y python3-venv && $(PYTHON) -m venv .venv; } || { rm -rf .venv; \
	  echo "No virtual environment could be made. As root: apt-get install python3-venv"; exit 1; }

# uv installs in seconds what takes pip most of a minute. It does not read pip's settings, so it is told the index that
# they name. Where it gets nowhere all the same (a proxy, a certificate), pip does it: the newest, if it can be had, takes
# half as long as Debian's. Neither compiles: most of what is installed is never imported, and the rest is compiled, and
# kept, when it is.
PIP := $(BIN)/python -m pip --disable-pip-version-check
define install
@$(PIP) install --quiet --no-compile uv \
  && index=$$($(PIP) config list | sed -n "s/^[^']*[.]index-url='\(.*\)'$$/\1/p" | tail -n 1) \
  && env $${index:+UV_DEFAULT_INDEX=$$index} UV_HTTP_TIMEOUT=15 \
     $(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.$(EXTRAS)' \
  || { echo "uv could not install; pip does it"; \
       $(PIP) install --quiet --upgrade pip; \
       $(PIP) install --quiet --no-compile --editable '.$(EXTRAS)'; }
endef

.venv/installed: EXTRAS :=
.venv/installed: .venv/bin/python pyproject.toml
	@echo "installing into .venv, once"
	$(install)
	@touch $@

.venv/installed-test: EXTRAS := [test]
.venv/installed-test: .venv/bin/python pyproject.toml
	@echo "installing what the tests need into .venv, once"
	$(install)
	@touch $@ .venv/installed

.venv/installed-lint: EXTRAS := [test,lint]
.venv/installed-lint: .venv/bin/python pyproject.toml
	$(install)
	@touch $@ .venv/installed .venv/installed-test
