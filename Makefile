# `make` alone lists what there is. PYTHON picks another interpreter: make PYTHON=python3.12 setup

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# Byte code is cached: without it every run compiles SymPy anew, ten times slower.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup tex exam test clean

help:
	@echo 'make exam    the four variants of examples/midterm.toml, with keys and solutions, in output/midterm/'
	@echo 'make test    every check: format, lint, types, imports, tests'
	@echo 'make setup   .venv with problemgen and its tools, at the pinned versions'
	@echo 'make tex     the LaTeX packages the PDFs need'
	@echo 'make clean   remove .venv and every cache; output/ stays'

setup: $(READY)
	@:

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	    echo 'No $(PYTHON): install Python 3.11 or newer (Debian, Ubuntu: sudo apt-get install python3-venv),' \
	        'or name yours: make PYTHON=/path/to/python setup' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$$($(PYTHON) --version) is too old: problemgen needs 3.11 or newer." \
	        'Install one and name it: make PYTHON=python3.12 setup' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/install_tex python3-venv
	@echo "Setting up .venv with $$($(PYTHON) --version) (a minute the first time)."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

tex:
	@scripts/install_tex

exam: setup
	@scripts/install_tex; case $$? in 0) option= ;; 3) option=--tex-only ;; *) exit 1 ;; esac; \
	    $(BIN)/problemgen build examples/midterm.toml $$option

test: setup
	@scripts/install_tex || [ $$? -eq 3 ]
	@echo 'Format'  && $(BIN)/ruff format --check --quiet .
	@echo 'Lint'    && $(BIN)/ruff check --quiet .
	@echo 'Types'   && $(BIN)/mypy --no-error-summary
	@echo 'Imports' && report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }
	@echo 'Tests'   && $(BIN)/pytest -n auto

clean:
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
