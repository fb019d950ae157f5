# The commands of Doorstep. `make demo` shows it, `make test` proves it.

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo demo-check test lint messages requirements figures bench-parse bench-polls bench-claims bench-learn bench-messages bench-latency arrivals faults clean

CORPUS ?= ../shared/corpus

install: $(VENV)/installed ## the environment that Doorstep runs in
	@$(PYTHON) -m tracker.catalogues

demo: $(VENV)/installed-dev ## the whole of Doorstep with pretend carriers and phones; Ctrl-C stops it
	@$(PYTHON) -m tracker.catalogues
	@$(PYTHON) manage.py demo

demo-check: $(VENV)/installed-dev ## the same unattended: one line a step, exit 0 only if all happened
	@$(PYTHON) -m tracker.catalogues
	@$(PYTHON) manage.py demo --check

test: $(VENV)/installed-dev ## everything that can run here; the rest is skipped with its reason
	@$(PYTHON) -m tracker.catalogues
	@$(PYTHON) -m pytest -n auto --dist loadfile $(TESTS)

lint: $(VENV)/installed-dev ## style, import directions, forgotten migrations
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/lint-imports --no-cache
	@SANDBOX=1 $(PYTHON) manage.py makemigrations --check --dry-run

messages: ## collect the strings to translate into locale/ (needs gettext)
	@SANDBOX=1 $(PYTHON) manage.py makemessages --all --no-obsolete --no-wrap --add-location file --ignore .venv --ignore var --ignore tests

requirements: $(VENV)/installed-dev ## pin requirements.in and requirements-dev.in
	@$(VENV)/bin/pip-compile -q --no-header --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	@$(VENV)/bin/pip-compile -q --no-header --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements-dev.in

figures: $(VENV)/installed-dev ## lines by app, function lengths, corpus verdicts, cost of a tracking page
	@$(PYTHON) -m benchmarks.figures

bench-parse: $(VENV)/installed-dev ## replies parsed a second beside karrio's, on the payloads of CORPUS=folder
	@$(PYTHON) -m benchmarks.parse $(CORPUS)

bench-polls: $(VENV)/installed-dev ## polls a second beside the sandbox, many accounts, a dead neighbour, memory
	@$(PYTHON) -m benchmarks.polling

bench-claims: $(VENV)/installed-dev ## what claiming due work costs with 10,000 and with 2,000,000 parcels (DATABASE=postgres://…)
	@$(PYTHON) -m benchmarks.claims $(if $(DATABASE),--database $(DATABASE))

bench-learn: $(VENV)/installed-dev ## seconds to learn from a million closed parcels, and what of it is reading them (DATABASE=postgres://…)
	@$(PYTHON) -m benchmarks.learning $(if $(DATABASE),--database $(DATABASE))

bench-messages: $(VENV)/installed-dev ## messages planned and written a second of one core (needs PostgreSQL)
	@$(PYTHON) -m benchmarks.messages.planning

bench-latency: $(VENV)/installed-dev ## from a callback at the door to the provider, 50 a second (PostgreSQL, RabbitMQ)
	@$(PYTHON) -m benchmarks.messages.latency

arrivals: $(VENV)/installed-dev ## every message in every language, by every channel, seen at its provider (some minutes)
	@$(PYTHON) -m tracker.catalogues
	@$(PYTHON) -m benchmarks.messages.arrivals

faults: $(VENV)/installed-dev ## 20,000 changes while workers and the broker are killed: every message once (the same)
	@$(PYTHON) -m benchmarks.messages.faults

clean:
	rm -rf $(VENV) var static_root

$(VENV)/bin/pip:
	@python=$$(sh .ci/python) && "$$python" -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/pip
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) -r requirements-dev.txt
	@touch $@
