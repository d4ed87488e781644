# Thin: each target calls a script, which installs what it lacks and says what it does.
.PHONY: help run test test-all build screens visual dist dev lint fmt fault abuse bench
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Build and run a demo clinic; prints the address and the sign-ins
	@scripts/run.sh

test: ## What must hold of every change (15 minutes when all is built)
	@scripts/test.sh

test-all: ## All of that, and what takes long: before an issue is called resolved
	@scripts/test.sh all

fault: ## Two minutes of killed servers and broken networks, judged (ARGS='--seed 7')
	@scripts/fault.sh $(ARGS)

abuse: ## What an honest patient feels while others abuse the server, judged
	@scripts/abuse.sh

bench: ## Measure a release build against this machine's limits (ARGS='--only closed')
	@scripts/bench.sh $(ARGS)

screens: ## Take pictures of every page into target/screens
	@scripts/screens.sh

visual: ## Take the pictures anew that the tests compare with
	@scripts/visual.sh

build: ## Make a release in dist/
	@scripts/build.sh release

dist: ## Pack a release as one archive, for a bare Debian 12
	@scripts/dist.sh

dev: ## Rebuild and reload on every change
	@scripts/dev.sh

lint: ## Format check, Clippy with warnings as errors, and what is built in (deny.toml)
	@scripts/lint.sh all
	@scripts/deny.sh

fmt: ## Format the Rust code
	@cargo fmt --all
