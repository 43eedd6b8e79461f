# Rapport. `make run` builds and runs it, `make test` proves it.

export CARGO_TARGET_DIR ?= $(if $(RAPPORT_TARGET_DIR),$(RAPPORT_TARGET_DIR),$(HOME)/.cache/rapport/target)
CARGO ?= cargo
WITH_CLUSTER = $(CARGO_TARGET_DIR)/debug/rapport-test-cluster --

.PHONY: run serve test test-rust test-money-and-time test-pooler check fmt lint docs e2e bench prove fuzz try-deploy seed reset assets tools

run: tools ## build and run
	$(CARGO) run --locked -p rapport -- serve

serve: tools ## build optimised and run
	$(CARGO) run --locked --profile serve -p rapport -- serve

test: tools lint test-rust test-pooler e2e ## everything CI runs

test-rust: tools
	$(CARGO) build --locked -q -p rapport-embedded --bin rapport-test-cluster
	scripts/with-counterparts $(WITH_CLUSTER) $(CARGO) test --locked --workspace

test-money-and-time: tools ## what two at once, and any figures, may never do to money and time
	$(CARGO) build --locked -q -p rapport-embedded --bin rapport-test-cluster
	scripts/with-counterparts $(WITH_CLUSTER) $(CARGO) test --locked -p rapport-base -p identity -p projects -p deals -p timesheets -p invoicing -- at_once same_moment same_time money amounts entries::rules grid::rules payments::rules overlap timer

test-pooler: tools ## the afternoon with PgBouncer in transaction mode in between
	$(WITH_CLUSTER) scripts/through-pgbouncer $(CARGO) test --locked --workspace --test main --test house -- transaction journey::

check: ## types only
	$(CARGO) check --locked --workspace --all-targets

fmt:
	$(CARGO) fmt --all

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

docs: ## generated listings
	$(CARGO) run --locked -q -p rapport -- listings docs/generated

e2e: tools
	e2e/run

bench: tools
	bench/run

try-deploy: tools ## two nodes, proxy, pooler, primary and replica of deploy/ on this machine, and what they promise
	deploy/try

prove: tools ## bad days on purpose: what holds, and what falls short (ONLY=name, ROUNDS=20)
	prove/run

fuzz: tools ## what reads words and bytes of strangers, ten minutes each (ONLY=name, SECONDS_EACH=600)
	fuzz/run

seed: ## sample data into the workspace WORKSPACE, or the only one
	$(CARGO) run --locked -q -p rapport -- demo seed $(WORKSPACE)

reset:
	$(CARGO) run --locked -q -p rapport -- demo reset $(WORKSPACE)

assets: ## styles and scripts into platform/ui/dist
	npm install --no-save --ignore-scripts --no-audit --no-fund
	node platform/ui/build.mjs

tools: ## what the machine still needs
	@scripts/tools
