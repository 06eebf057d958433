# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The door to the project. Everything that is generated goes to .work/; the checkout and the home folder stay clean.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/sh

WORK := $(CURDIR)/.work
VENV := $(WORK)/venv
BIN := $(VENV)/bin
ROOT := $(WORK)/tree
TREE := $(ROOT)/ansible_collections/telephony/outbound
TOOLS := scripts
REQUIREMENTS := requirements.txt dev-requirements.txt tests/integration/requirements.txt
ARGS ?=

# The Python to build the environment with: the newest one that really runs (a name on the PATH may be an empty
# promise), is new enough and can make virtual environments. `make PYTHON=/path/to/python3.13` takes another one.
# An environment that is there keeps its own.
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
usable = $(firstword $(foreach p,$(1),$(shell $(p) -c '$(USABLE)' >/dev/null 2>&1 && command -v $(p))))
# pyenv has all its Pythons behind stand-ins, most of which run only where pyenv was told so: look behind them.
PYENVS := $(wildcard $(addsuffix /versions/*/bin,$(PYENV_ROOT) $(patsubst %/shims,%,$(filter %/shims,$(subst :, ,$(PATH))))))
python = $(call usable,python$(1) $(wildcard $(addsuffix /python$(1),$(PYENVS))))
OWN = $(call usable,$(shell cat "$(WORK)/python" 2>/dev/null))
FOUND = $(or $(OWN),$(call python,3.13),$(call python,3.12),$(call python,3.11),$(call usable,python3))
# The integration target in which all systems are torn down: `make test` tries it with the oldest ansible-core.
TOUR := role_campaign_teardown

# With CORE=2.18 the environment has that ansible-core, and besides only what the tests need. ansible-test then runs in it.
CORE ?=

# `make test-all` has ansible-test make an environment with only what the tests say that they need; to `make test` the one
# of the oldest ansible-core is that.
SEPARATE := $(if $(CORE),,$(if $(ALL),--venv))

# How every tool is called: without the user's home folder, settings and caches.
WITH := "$(CURDIR)/$(TOOLS)/with.sh" "$(WORK)"
IN_TREE := cd "$(TREE)" && $(WITH)
PYTEST := env PYTHONPATH="$(ROOT)" python -m pytest -o cache_dir="$(WORK)/cache/pytest"
# Most tests wait for something, so six at a time suit two processors. Whichever has nothing left takes over from the others:
# tests that follow each other are alike, and the long ones would end up with one.
SHARED := -p xdist --dist worksteal
PARALLEL := $(SHARED) -n 6
# What only repeats a kind of test is left to `make test-all`; with ARGS, what they name runs.
SELECT := $(if $(ALL)$(strip $(ARGS)),,-m "not exhaustive")
# Tracing takes a quarter of the time, so `make test-all` does it; the environment of CORE has no tool for it.
COVERAGE := $(if $(CORE),,$(if $(ALL),-p pytest_cov --cov=plugins --cov-branch --cov-report=term --cov-fail-under=95))
# Half of the time of ansible-test sanity goes into what `make lint` holds too, by ruff, yamllint and antsibull-changelog.
REPEATED := $(if $(ALL)$(strip $(ARGS)),,$(addprefix --skip-test ,pylint pep8 yamllint changelog))
# What pytest compiles is kept: it is done once, or else each worker does it at the same time.
COMPILE = $(IN_TREE) $(PYTEST) --collect-only -qq $(UNITS) > /dev/null || true
# Files or folders in ARGS are run in place of all.
UNITS := $(if $(filter tests/%,$(ARGS)),,tests/unit tests/behavior tests/security)
# Under the names they are imported by: plugins from the folder above ansible_collections, the sandbox from its own.
MYPY := --config-file "$(TREE)/pyproject.toml"
VERSION = $(shell "$(BIN)/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'ARGS="..." goes to the tool behind a target: paths or options of pytest, names of integration targets.'
	@echo 'WORK=/another/folder with any of them takes that in place of .work; PYTHON=/path/to/python3 another interpreter.'

# --- the environment and the tree ------------------------------------------------------------------------------------

ifdef PYTHON
# Another interpreter than the environment was made with: make it anew.
ifneq ($(shell command -v $(PYTHON)),$(shell cat "$(WORK)/python" 2>/dev/null))
.PHONY: $(WORK)/setup.done
endif
else
PYTHON = $(FOUND)
endif

$(WORK)/setup.done: $(REQUIREMENTS) $(TOOLS)/setup.py
	@python="$(PYTHON)"; test -n "$$python" || { \
		echo 'No Python 3.11 or later with venv and ensurepip was found on the PATH. Say where one is: make PYTHON=/path/to/python3' >&2; \
		exit 1; }; \
	"$$python" $(TOOLS)/setup.py --work "$(WORK)" $(addprefix --core ,$(CORE)) && command -v "$$python" > "$(WORK)/python" && touch "$@"

.PHONY: setup
setup: $(WORK)/setup.done ## the environment in .work/venv, once; a minute or more, then a check of a second
	@"$(BIN)/python" -c 'import platform, importlib.metadata as m; \
		print("ready: Python", platform.python_version() + ", ansible-core", m.version("ansible-core"))'

.PHONY: tree
tree: $(WORK)/setup.done ## bring .work/tree up to date, the copy that the tools work on
ifndef KEEP_TREE
	@"$(BIN)/python" $(TOOLS)/sync_tree.py "$(TREE)"
endif

# --- the parts of `make test` ----------------------------------------------------------------------------------------

.PHONY: test test-all
test: tree ## what has to pass before a change is taken: lint to build, three parts at a time
	@exec $(WITH) python $(TOOLS)/run_parts.py "$(WORK)/logs" "$(MAKE)" EXCEPT=$(TOUR)
test-all: tree ## the same with branch coverage and all that only repeats a kind: modules, examples, versions; when there is the time
	@exec $(WITH) python $(TOOLS)/run_parts.py "$(WORK)/logs" "$(MAKE)" ALL=1

LINTS := lint-python lint-format lint-types lint-yaml lint-ansible lint-changelog lint-licences lint-words
.PHONY: lint $(LINTS)
lint: tree ## style, types, licenses, changelog: all of the lint-* targets
	@$(MAKE) --no-print-directory --keep-going KEEP_TREE=1 $(LINTS)
lint-python: tree ## ruff
	@$(IN_TREE) ruff check --quiet --output-format=concise .
lint-format: tree ## the format, by ruff
	@$(IN_TREE) ruff format --quiet --diff .
lint-types: tree ## mypy
	@cd "$(ROOT)" && $(WITH) mypy $(MYPY) ansible_collections/telephony/outbound/plugins
	@$(IN_TREE) sh -c 'cd extensions/eda/plugins/event_filter && mypy $(MYPY) .'
	@$(IN_TREE) sh -c 'cd scripts && mypy $(MYPY) .'
	@$(IN_TREE) sh -c 'test ! -d roles/sandbox/files || { cd roles/sandbox/files && mypy $(MYPY) .; }'
lint-yaml: tree ## yamllint
	@$(IN_TREE) yamllint --strict .
lint-ansible: tree ## ansible-lint
	@$(IN_TREE) ansible-lint -q --nocolor --offline --profile production --strict
lint-changelog: tree ## the changelog fragments
	@$(IN_TREE) antsibull-changelog lint
lint-licences: tree ## copyright and license of every file, by reuse
	@$(IN_TREE) reuse lint --lines && echo 'reuse: every file has a copyright and a licence'
lint-words: tree ## names that no file may contain
	@$(IN_TREE) python scripts/forbidden_strings.py

# What is looked at is a copy that antsibull-docs makes for itself; where it finds the tree too, it takes paths of both for
# one, and fails whenever the name of its folder happens to end in an underscore.
.PHONY: docs-lint
docs-lint: tree ## documentation of modules, plugins and roles, with all references
	@$(IN_TREE) env ANSIBLE_COLLECTIONS_PATH="$(WORK)/home" antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .

.PHONY: docs
docs: tree ## the documentation site in .work/docs, with its links, its search and its look on a phone
	@$(WITH) python $(TOOLS)/docs.py "$(WORK)/docs"
	@$(IN_TREE) env DOCS_SITE="$(WORK)/docs/build/html" $(PYTEST) -q -rs tests/browser/test_docs_site.py

.PHONY: unit
unit: tree ## unit, behavior and security tests; ARGS="tests/unit/sandbox" or ARGS="-k retry" runs some
	@$(if $(CORE)$(strip $(ARGS)),,$(COMPILE))
	@$(IN_TREE) $(PYTEST) $(if $(CORE)$(if $(strip $(ARGS)),,all),-q $(PARALLEL) $(COVERAGE)) $(SELECT) $(UNITS) $(ARGS)

.PHONY: quick
quick: tree ## style, types and the unit tests of what changed since the last commit; seconds
	@$(MAKE) --no-print-directory --keep-going KEEP_TREE=1 lint-python lint-format lint-types lint-words
	@tests="$$("$(BIN)/python" $(TOOLS)/quick.py)"; test -z "$$tests" || { $(IN_TREE) $(PYTEST) -q $$tests; }

.PHONY: contracts
contracts: tree ## what must hold across files
	@test -d tests/contracts && exit 0; echo 'SKIPPED: there is no tests/contracts yet'
	@test -d tests/contracts || exit 0; $(IN_TREE) $(PYTEST) $(SHARED) -n 3 $(SELECT) -q tests/contracts $(ARGS)

.PHONY: sanity
sanity: tree ## ansible-test sanity; what make lint holds too, such as pylint, only with ALL=1
	@$(WITH) shellcheck --version >/dev/null || { echo 'shellcheck is missing: the shell scripts would go unchecked' >&2; exit 1; }
	@! ls tests/sanity/ignore* 2>/dev/null || { echo 'This project has no sanity ignore files' >&2; exit 1; }
	@$(IN_TREE) ansible-test sanity --color no --python $(VERSION) $(REPEATED) $(ARGS)

.PHONY: integration
integration: tree ## ansible-test integration; ARGS="NAME" runs one target
	@ls -d tests/integration/targets/*/ >/dev/null 2>&1 || echo 'SKIPPED: there are no targets in tests/integration/targets yet'
	@ls -d tests/integration/targets/*/ >/dev/null 2>&1 || exit 0; \
		$(IN_TREE) scripts/integration.sh $(SEPARATE) --color no --python $(VERSION) $(addprefix --exclude ,$(EXCEPT)) $(ARGS)

# npm is called without $(WITH): it needs the settings that this machine reaches its packages with. What is not installed
# is skipped test by test, and named. For tests in $(1): their packages, and where node finds them.
packages = if command -v node >/dev/null && command -v npm >/dev/null; then \
		mkdir -p "$(WORK)/$(1)" && cp tests/$(1)/package*.json "$(WORK)/$(1)/"; \
		(cd "$(WORK)/$(1)" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); \
		export NODE_PATH="$(WORK)/$(1)/node_modules"; \
	else unset NODE_PATH; fi

.PHONY: browser
browser: tree ## the report of a teardown in a headless browser; needs chromium or chrome, and looks at more with npm and pdftotext
	@set -e; $(call packages,browser); $(IN_TREE) $(PYTEST) -q -rs tests/browser $(ARGS)

.PHONY: interop
interop: tree ## against servers that others wrote: CometD, nginx, HAProxy, Varnish, as far as they are installed
	@set -e; $(call packages,interop); $(IN_TREE) $(PYTEST) $(PARALLEL) -q -rs tests/interop $(ARGS)

# The engines have an environment of their own; like npm, pip needs the settings that this machine reaches its packages with.
ENGINES := $(WORK)/engines-venv
$(ENGINES)/setup.done: tests/engines/requirements.txt $(WORK)/setup.done
	@"$(BIN)/python" -m venv "$(ENGINES)" \
		&& PIP_CACHE_DIR="$(WORK)/cache/pip" "$(ENGINES)/bin/python" -m pip install -qq -r tests/engines/requirements.txt && touch "$@"

.PHONY: engines
engines: tree ## rulebooks and events in ansible-rulebook; needs Java 17 or later, and PostgreSQL for the queue
	@$(MAKE) --no-print-directory "$(ENGINES)/setup.done" || echo 'the engines could not be installed' >&2
	@$(IN_TREE) env ENGINES_VENV="$(ENGINES)" $(PYTEST) -q -rs tests/engines $(ARGS)

# Every combination has a folder of its own, with its environment and its tree: nothing that this call of make was told
# is meant for theirs.
NOX = $(WITH) env -u KEEP_TREE -u EXCEPT -u ARGS -u PYTHON -u CORE MAKEFLAGS= MAKE="$(MAKE)" WORK="$(WORK)" nox
.PHONY: matrix oldest
matrix: $(WORK)/setup.done ## unit and integration tests with every supported ansible-core and every Python at hand
	@$(NOX) --sessions matrix
oldest: $(WORK)/setup.done ## what touches Ansible, and one teardown of all systems, with the oldest ansible-core and Python at hand
	@$(NOX) --sessions oldest

# The Pythons at hand, for noxfile.py.
.PHONY: pythons
pythons:
	@echo $(OWN) $(foreach version,3.11 3.12 3.13 3.14,$(call python,$(version)))

.PHONY: build
build: tree ## the tarball in .work/dist, installed elsewhere and checked as users get it
	@cd "$(WORK)" && $(WITH) python "$(TREE)/scripts/build.py" --tree "$(TREE)" --work "$(WORK)"

# --- the rest --------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: tree ## see the collection at work against the sandbox on this machine
	@mkdir -p "$(WORK)/demo" && cd "$(WORK)/demo" && ANSIBLE_DEPRECATION_WARNINGS=false \
		ANSIBLE_PYTHON_INTERPRETER="$(BIN)/python" \
		$(WITH) ansible-playbook telephony.outbound.demo $(ARGS)

.PHONY: release
release: $(WORK)/setup.done ## from what is committed: the same tarball twice, provenance, bill of materials, notes, checksums in .work/dist
	@$(WITH) python $(TOOLS)/release.py --work "$(WORK)"

.PHONY: new-vendor
new-vendor: $(WORK)/setup.done ## NAME=acme writes the files of a new vendor that are not there yet, and lists what is missing; ACTION=queue_clear
	@"$(BIN)/python" $(TOOLS)/new_vendor.py "$(NAME)" $(addprefix --action ,$(ACTION))

.PHONY: modules-page
modules-page: tree ## the table of the modules in the documentation, from what they say themselves
	@$(WITH) python $(TOOLS)/modules_page.py docs/docsite/rst/guide_modules.rst

.PHONY: public-interface
public-interface: tree ## the page of all names that playbooks may rely on, before a release
	@$(WITH) python $(TOOLS)/public_interface.py docs/docsite/rst/guide_public_interface.rst

.PHONY: changelog
changelog: tree ## turn the fragments into the next entry of CHANGELOG.md
	@cd "$(TREE)" && $(WITH) antsibull-changelog release $(ARGS)
	@cp "$(TREE)/CHANGELOG.md" . && cp "$(TREE)/changelogs/changelog.yaml" changelogs/ && rm -f changelogs/fragments/*.yml

.PHONY: mutants
mutants: tree ## small changes to the core that no unit test notices; an hour at most; ARGS="retry redact" for some files
	@$(WITH) python $(TOOLS)/mutants.py --tree "$(ROOT)" --work "$(WORK)" $(ARGS)

# The proxy has an environment of its own; like npm, pip needs the settings that this machine reaches its packages with.
MITMDUMP := $(WORK)/chaos-venv/bin/mitmdump
.PHONY: chaos
chaos: tree ## the fault suite: every fault, thousands of targets, interrupts; more than an hour
	@test -x "$(MITMDUMP)" || { "$(BIN)/python" -m venv "$(WORK)/chaos-venv" \
		&& PIP_CACHE_DIR="$(WORK)/cache/pip" "$(WORK)/chaos-venv/bin/python" -m pip install -qq -r tests/chaos/requirements.txt; } \
		|| echo 'mitmproxy could not be installed' >&2
	@$(IN_TREE) env PYTHONPATH="$(ROOT)" python -m ansible_collections.telephony.outbound.tests.chaos \
		--venv "$(WORK)/chaos-venv" $(ARGS)

.PHONY: bench
bench: tree ## the speed measurements
	@$(IN_TREE) env PYTHONPATH="$(ROOT)" python tests/benchmarks/run.py $(ARGS)

.PHONY: clean
clean: ## remove .work/
	rm -rf "$(WORK)"
