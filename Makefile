# make demo   set up, fetch the collections, run the main experiment into runs/demo
# make test   set up, then every check and test
# make experiments   every other experiment into runs/experiments, then docs/results.md from what they found
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := runs/demo
# The main experiment is what `make demo` runs; the completed one needs a checkpoint that has to be made first.
LONGEST := families tuxpaint_to_openclipart renaming
EXPERIMENTS := $(LONGEST) $(filter-out openclipart_to_tuxpaint %_completed $(LONGEST), \
	$(patsubst experiments/configs/%.yaml,%,$(wildcard experiments/configs/*.yaml)))

# One thread pool at a time: two OpenMP runtimes that spin on two cores cost ten times.
export OMP_WAIT_POLICY ?= passive
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo experiments test browser check format docs bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

# The CPU build of torch goes in first; the constraint keeps it.
$(BIN)/.ready: pyproject.toml .ci/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { echo "no venv module: installing it"; rm -rf $(VENV); \
		apt-get update -q && apt-get install -qy python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install -q -c .ci/constraints.txt torch
	$(BIN)/python -m pip install -q -c .ci/constraints.txt -e '.[bundled,kg,lora,serve,dev]'
	@touch $@

demo: $(BIN)/.ready ## fetch the data, pretrain on Open Clip Art, refine and search Tux Paint
	$(BIN)/python -m experiments.run experiments/configs/openclipart_to_tuxpaint.yaml --out $(RUN)

# Two at a time on one thread each are quicker than one at a time on two.
experiments: $(BIN)/.ready ## run all other experiments, going on where they stopped, and write docs/results.md
	@mkdir -p runs/experiments
	@$(MAKE) --no-print-directory -j 2 $(EXPERIMENTS:%=experiment-%)
	$(BIN)/python docs/generate.py

experiment-%: $(BIN)/.ready
	@echo "$*: running; tail -f runs/experiments/$*.log"
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1 \
		$(BIN)/python -m experiments.run experiments/configs/$*.yaml --out runs/experiments/$* \
		> runs/experiments/$*.log 2>&1 || { tail -n 3 runs/experiments/$*.log; exit 1; }
	@echo "$*: done"

test: $(BIN)/.ready browser check ## the environment if missing, then every check

# The page is tested in a real browser; where none can be installed, those tests are skipped and say so.
browser:
	@{ command -v chromium && command -v chromedriver; } >/dev/null || { echo "no chromium with its driver: installing them"; \
		{ apt-get update -q && apt-get install -qy --no-install-recommends chromium chromium-driver; } >/dev/null 2>&1 \
		|| echo "chromium cannot be installed here: the tests of the page are skipped"; }

check: $(BIN)/.ready ## ruff, mypy --strict, import-linter, pytest with doctests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

format: $(BIN)/.ready ## let ruff rewrite what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(BIN)/.ready ## write the pages that are generated from the code
	$(BIN)/python docs/generate.py

bench: $(BIN)/.ready ## the benchmarks, each a ratio measured in one run
	$(BIN)/python -m experiments.benchmarks.image_encoding
	$(BIN)/python -m experiments.benchmarks.text_query $(RUN)
	$(BIN)/python -m experiments.benchmarks.ranking $(RUN)
	$(BIN)/python -m experiments.benchmarks.incremental $(RUN)
	$(BIN)/python -m experiments.benchmarks.index_search $(RUN)
	$(BIN)/python -m experiments.benchmarks.serve_load $(RUN)
	$(BIN)/python -m experiments.benchmarks.pretraining
	$(BIN)/python -m experiments.benchmarks.kg_import

clean: ## remove the environment and the runs (the data cache stays)
	rm -rf $(VENV) runs
