PYTHON ?= python3
BIN := .venv/bin
DATA ?= ../shared/data

.DEFAULT_GOAL := help
.PHONY: help chat test check format bench slow serve snapshots picture wheel clean

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.venv/run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[server]'
	@touch $@

.venv/dev: .venv/run
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[server,train]' --group dev
	@touch $@

chat: .venv/run  ## Talk with the agent (ARGS='--source camera:0 --user me')
	@$(BIN)/python tui.py $(ARGS)

test: .venv/dev  ## Run the tests
	$(BIN)/python -m pytest -n auto -q $(ARGS)

check: .venv/dev  ## Lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --warnings
	$(BIN)/lint-imports

format: .venv/dev  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev  ## Measure speed, memory and accuracy (DATA=folder of labelled data)
	EMPATHY_DATA=$(DATA) $(BIN)/python -m tests.benchmarks $(ARGS)

slow: .venv/dev  ## Run the slow tests
	$(BIN)/python -m pytest -q -m slow

serve: .venv/dev  ## Serve the graph with langgraph dev
	LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev --no-browser

snapshots: .venv/dev  ## Take the TUI's snapshots anew; read the difference before you commit it
	$(BIN)/python -m pytest -q tests/test_tui_snapshots.py --snapshot-update

picture: .venv/dev  ## Draw the README's screenshot anew
	$(BIN)/python -m empathy_agent.tui.picture examples/chat.svg

wheel: .venv/dev  ## Build the wheel
	$(BIN)/python -m build --wheel

clean:  ## Remove what was made
	rm -rf .venv build dist *.egg-info
