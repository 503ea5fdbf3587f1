# SPDX-License-Identifier: MIT
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BOARD ?= esp32-devkit
READY := $(VENV)/.ready
WASM := tests/wasm/node_modules/.package-lock.json

.PHONY: demo test check stage wasm bench budget sizes coverage golden truth protocols soak dist format lock clean

demo: $(READY)
	$(BIN)/surefoot demo

test: stage $(if $(shell command -v npm),wasm)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/pyright -p firmware --typeshedpath "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	$(BIN)/lint-imports

stage: $(READY)
	$(BIN)/python -m surefoot.resources build/device --board $(BOARD)

# The 32-bit MicroPython of the proofs; needs node 20 and npm.
wasm: $(WASM)

$(WASM): tests/wasm/package-lock.json
	npm ci --prefix tests/wasm --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $(WASM)

bench: $(READY)
	$(BIN)/python tests/bench.py
	$(BIN)/python tests/bench_measures.py
	$(BIN)/python tests/bench_gait.py

budget: $(READY)
	$(BIN)/python tests/budget.py

sizes: $(READY)
	$(BIN)/python tests/sizes.py

coverage: stage
	$(BIN)/python tests/covered.py

golden: $(READY)
	$(BIN)/python tests/golden.py

truth: stage
	$(BIN)/python tests/truth.py tests/TRUTH.md
	$(BIN)/python tests/calibration_truth_page.py tests/CALIBRATION.md

protocols: stage
	$(BIN)/python tests/protocol_page.py
	$(BIN)/python tests/protocol_truth.py
	$(BIN)/python tests/progression_page.py

soak: stage $(if $(shell command -v npm),wasm)
	$(BIN)/python -m pytest -m soak

dist: $(READY)
	$(BIN)/python -m build --no-isolation --outdir dist .

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv on the path; everything else installs from the lock alone.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
	  --group dev --output-file requirements.lock pyproject.toml

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Surefoot needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": set PYTHON=python3.12, say") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

clean:
	rm -rf build dist out .pytest_cache .ruff_cache .hypothesis
