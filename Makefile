# Each target calls a script, which installs missing tools and prints what it does.
.PHONY: help run test test-all build screens visual dist dev lint fmt fault abuse bench
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Build and run a demo clinic; print the address and the sign-ins
	@scripts/run.sh

test: ## Run the checks that every change must pass (15 minutes when everything is built)
	@scripts/test.sh

test-all: ## Also run the checks that take long, before an issue is closed
	@scripts/test.sh all

fault: ## Check the promises under killed servers and broken networks, two minutes each (ARGS='--seed 7')
	@scripts/fault.sh $(ARGS)

abuse: ## Check what an honest patient notices while others abuse the server
	@scripts/abuse.sh

bench: ## Measure a release build against this machine's limits (ARGS='--only closed')
	@scripts/bench.sh $(ARGS)

screens: ## Take screenshots of every page into target/screens
	@scripts/screens.sh

visual: ## Take the reference screenshots of the tests again
	@scripts/visual.sh

build: ## Build a release in dist/
	@scripts/build.sh release

dist: ## Pack a release into one archive for a bare Debian 12
	@scripts/dist.sh

dev: ## Rebuild and reload on every change
	@scripts/dev.sh

lint: ## Check format, modules, Clippy with warnings as errors, and dependencies (deny.toml)
	@scripts/lint.sh all
	@scripts/deny.sh

fmt: ## Format the Rust code
	@cargo fmt --all
