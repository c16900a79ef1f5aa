# make demo    the sandbox in the browser, no tokens, no servers   (PORT=8080)
# make install the program in .venv, for `linezero init` and what follows
# make test    the tests             make check   lint, types, import rules
# make test-moved  the tests on another date, in another time zone   (MOMENT=2028-02-29T23:58 ZONE=Asia/Kathmandu)
# make test-long   the tests that take minutes
# make test-busy   the tests three times, on a machine that is busy
# make bench   speed and memory beside a bare echo bot (4 minutes)
# make bench-killed  what is lost and doubled when the service is killed (15 minutes)
# make bench-outage  what arrives after Telegram was out of reach, beside the first release (10 minutes)
# make bench-growth  a store of a million messages beside an empty one, both databases (25 minutes)
# make bench-claims  what waiting work costs those who do not wait (3 minutes)
# make bench-storage  decisions a second each store keeps (1 minute)
# make bench-journal  what the journal costs: the same days with it and without (5 minutes)
# make bench-faq  line 0 beside the usual methods (minutes; needs ../shared/data/intents)
# make bench-mail  quote cutting beside the public libraries (needs ../shared/corpora/mail)
# make bench-mail-backlog  5,000 waiting letters taken in (3 minutes; needs Dovecot)
# make fuzz    20,000 mutated mails: nothing raises, nothing hangs (minutes)
# make docs    what the program writes about its settings (docs/settings.md, JSON Schemas)
# make cases   which acceptance cases have a test (needs ../shared; CASES="A3 F5": which tests)
# make lock    refresh the dependency locks after an edit of pyproject.toml
.DEFAULT_GOAL := help
.PHONY: help demo install test test-moved test-long test-busy check format lock bench bench-killed bench-storage bench-journal bench-claims bench-faq bench-mail bench-mail-backlog fuzz docs cases clean bench-outage bench-growth

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
# Certificates of the system: a company's mirror may be signed by its own.
export UV_SYSTEM_CERTS := true
LOCK := $(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --quiet

help:
	@sed -n 's/^# //p' Makefile

# The two environments share one folder; a stamp says which lock it was made from.
$(BIN)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names another one."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv; else echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

define install
	@echo "Installing what $(1) names into $(VENV) …"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/run.stamp: requirements/run.txt pyproject.toml $(BIN)/uv
	$(call install,requirements/run.txt)

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml $(BIN)/uv
	$(call install,requirements/dev.txt)

$(VENV)/bench.stamp: requirements/bench.txt pyproject.toml $(BIN)/uv
	$(call install,requirements/bench.txt)

install: $(VENV)/run.stamp

demo: $(VENV)/run.stamp
	@$(BIN)/linezero demo --port $(PORT)

test: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n 2 -m "not long" $(ONLY)

# By the commit unless given; every process of the suite is moved: see tests/moved.py.
test-moved: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.moved $(if $(MOMENT),--moment $(MOMENT)) $(if $(ZONE),--zone $(ZONE)) -- -n 2 -m "not long" $(ONLY)

test-long: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n 2 -m long --timeout 900 $(ONLY)

# Four processes that do nothing but compute, on whatever processors there are.
test-busy: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.busy -- -n 2 -m "not long" $(ONLY)

check: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/dev.stamp
	@$(BIN)/python -m config.documentation

lock: $(BIN)/uv
	$(LOCK) pyproject.toml --group build --output-file requirements/run.txt
	$(LOCK) pyproject.toml --group dev --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --extra semantic --group bench --output-file requirements/bench.txt
	echo 'uv>=0.13' | $(LOCK) - --output-file requirements/uv.txt

bench: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.end_to_end

bench-killed: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.killed

cases: $(VENV)/dev.stamp
	@$(BIN)/python tests/project/cases.py $(CASES)

bench-faq: $(VENV)/bench.stamp
	@OMP_NUM_THREADS=1 nice -n 15 $(BIN)/python -m benchmarks.faq

bench-storage: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.storage

bench-journal: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.journal

bench-claims: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.claims

bench-mail: $(VENV)/bench.stamp
	@nice -n 15 $(BIN)/python -m benchmarks.quotes

bench-mail-backlog: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.mail_backlog

fuzz: $(VENV)/dev.stamp
	@nice -n 15 $(BIN)/python -m benchmarks.mail_fuzz

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis

bench-outage: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.outage

bench-growth: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks.growth
