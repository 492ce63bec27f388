# make          make a checkout ready (Python packages, C compiler, libraries)
# make test     the whole suite; T=pattern runs the tests whose names match
# make mesher   build Mesher, start it on an embedded PostgreSQL

SHELL := /bin/sh
.DEFAULT_GOAL := setup

# The newest Python from 3.11 on; PYTHON=path chooses another.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
RUN := .venv/bin/python
WORKERS ?= 2
PYTEST = $(RUN) -m pytest -n $(WORKERS) --dist loadgroup $(if $(T),-k '$(T)')

.PHONY: setup test runtime-test sanitize race fuzz mesher mesher-clean bench bench-check fresh lint clean

setup:
	@if [ -z "$(PYTHON)" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends python3 python3-venv >/dev/null \
			&& exec $(MAKE) setup; \
		fi; \
		echo 'Python 3.11 or newer is needed; type: apt-get install python3'; exit 1; \
	fi
	@$(PYTHON) tools/setup.py

test: setup
	@$(PYTEST) tests
	@$(if $(T),:,$(MAKE) --no-print-directory runtime-test)

# The runtime's own tests, quick: lists, maps, JSON and the parsers under the sanitizers, processes plain.
RUNTIME_TEST = PYTHON=$$PWD/$(RUN) runtime/tests
runtime-test: setup
	@$(RUNTIME_TEST)/data/run.sh
	@$(RUNTIME_TEST)/io/run.sh 0
	@$(RUNTIME_TEST)/sched/run.sh plain

# The programs of the suite once more, with a checking runtime under AddressSanitizer and UndefinedBehaviorSanitizer;
# processes also under ThreadSanitizer.
sanitize: setup
	@MESHPY_RUNTIME=asan $(PYTEST) tests/actors tests/cases tests/core tests/test_examples.py
	@$(RUNTIME_TEST)/sched/run.sh check thread

# Processes that do everything to each other, with the runtime under ThreadSanitizer; N times the seeds.
race: setup
	@MESHPY_RUNTIME=tsan MESHPY_FUZZ=$(N) $(PYTEST) tests/actors/test_processes.py

mesher: setup
	@exec $(RUN) tools/run_mesher.py

mesher-clean: setup
	@$(RUN) tools/run_mesher.py --clean

bench: setup
	@$(RUN) bench/run.py

# The speed of the compiler itself.
bench-check: setup
	@$(RUN) bench/check/run.py

# The property tests with fresh random choices, N times the work of the suite; the runtime's parsers under a fuzzer.
fuzz: setup
	@MESHPY_FUZZ=$(or $(N),5) $(RUN) -m pytest -n $(WORKERS) --timeout 0 $(if $(T),-k '$(T)') tests/properties
	@$(if $(T),:,$(RUNTIME_TEST)/io/run.sh 60)

# Both commands of the README on a minimal Debian of its own (root).
fresh: setup
	@$(RUN) tools/fresh.py $(if $(T),--tests '$(T)') $(if $(U),--user '$(U)')

# The linter over the Python code.
lint: setup
	@$(RUN) -m pip install -q ruff && $(RUN) -m ruff check meshpy tests tools bench

clean:
	rm -rf build/runtime* build/wheel dist
