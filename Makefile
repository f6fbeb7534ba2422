# `make gate` and `make test` need python3 (3.11 or newer) and make; they create the rest.

PYTHON ?= python3
PYTEST_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: gate test prove bench fuzz lint docs clean

gate: $(STAMP)
	@$(BIN)/pv gate

test: $(STAMP)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

prove: $(STAMP)
	$(BIN)/pv prove --workers 2

bench: $(STAMP)
	@over=0; for file in checkpoint fused_head gguf_files quantize transformer proof; do \
	  $(BIN)/python benchmarks/$$file.py || over=1; done; exit $$over

fuzz: $(STAMP)
	$(BIN)/python -m falsifiers.gguf_fuzz --count 1000000

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

docs: $(STAMP)
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/transcript.py

clean:
	rm -rf $(VENV) .pv

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: '$(PYTHON)' is missing or older than 3.11; try: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "error: '$(PYTHON) -m venv' failed; on Debian: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[jax,lint,test]'
	@touch $@
