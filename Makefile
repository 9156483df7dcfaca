# The commands of this project. `make` alone lists them.

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ringkey
# Outside the checkout: a second checkout builds in minutes, not in half an hour.
export CARGO_TARGET_DIR ?= $(CACHE)/target
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Flags of the environment would displace those of .cargo/config.toml, without which nothing compiles.
unexport RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS
# Queries are checked against app/.sqlx, so that building needs no database. `make sqlx` renews it.
export SQLX_OFFLINE := true

RINGKEY := $(CARGO_TARGET_DIR)/release/ringkey
SAY := tools/say

.PHONY: help
help: ## this list
	@echo "Ringkey:"
	grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: run
run: build ## install what is missing, build, and serve on http://127.0.0.1:3000
	exec $(RINGKEY) serve

.PHONY: dev
dev: tools ## serve a debug build that is rebuilt and reloaded on every change
	cargo leptos watch --split

.PHONY: test
test: tools browser ## run every check and every test
	@results=$$(mktemp)
	trap 'wait; rm -f "$$results"' EXIT
	# Beside what follows: much of either is done by one processor alone.
	$(MAKE) --no-print-directory site &
	site=$$!
	$(MAKE) --no-print-directory lint
	$(SAY) "Testing the rules, and the server over HTTP on a Postgres of its own (first time about 5 minutes)"
	cargo tests --no-run
	wait "$$site"
	cargo tests --lib --bins 2>&1 | tee "$$results"
	tools/test-http 2>&1 | tee -a "$$results"
	$(MAKE) --no-print-directory program
	$(SAY) "Testing in a browser, on a desk and on a phone"
	RINGKEY=$(RINGKEY) tools/playwright | tee -a "$$results"
	$(SAY) "All of it"
	grep -E '^test result: |^[0-9]+ passed, ' "$$results"

.PHONY: faults
faults: tools ## break everything around Ringkey, again and again (about 10 minutes; the short form is part of make test)
	@tools/install test
	$(SAY) "Stopping, hanging, filling and killing what Ringkey needs"
	RINGKEY_FAULTS=long cargo tests --test http -- --test-threads=1 faults:: batch_faults:: gateways_faults:: outbox_

.PHONY: lint
lint: tools ## format, clippy on both sides
	@$(SAY) "Checking format and lints (first time about 5 minutes)"
	cargo fmt --check
	cargo lints
	cargo clippy -p app --features hydrate --target wasm32-unknown-unknown -- -D warnings

.PHONY: build
build: site ## build the one file that is an installation
	@$(MAKE) --no-print-directory program

.PHONY: program
program:
	@$(SAY) "Building the program with its assets inside (first time about 7 minutes)"
	cargo build --release -p server
	echo "$(RINGKEY)"

.PHONY: site
site: tools
	@$(SAY) "Building the browser's side (first time about 4 minutes)"
	cargo leptos build --release --frontend-only --split --precompress
	tools/wasm-size

.PHONY: bench
bench: browser build ## measure what users wait for at a million accounts, each figure beside its limit (about 20 minutes)
	@installed=tools/bench/node_modules/.package-lock.json
	if [ ! -e $$installed ] || [ tools/bench/package-lock.json -nt $$installed ]; then
	    $(SAY) "Installing what only the measurement needs (about half a minute)"
	    (cd tools/bench && npm ci --no-audit --no-fund --loglevel=error)
	fi
	tools/install bench
	RINGKEY=$(RINGKEY) node tools/bench/main.mjs

.PHONY: sip
sip: build ## run a SIP server (Kamailio) on the development database, on 127.0.0.1 until Ctrl-C
	@tools/install sip
	RINGKEY=$(RINGKEY) exec tools/sip

.PHONY: seed
seed: build ## fill the development database with 20 groups and 2,000 accounts
	$(RINGKEY) seed --groups 20 --accounts 2000

.PHONY: screenshots
screenshots: browser build ## take the pictures under docs/screenshots
	RINGKEY=$(RINGKEY) SCREENSHOTS=1 tools/playwright

.PHONY: sqlx
sqlx: tools ## renew app/.sqlx after a change of SQL
	@tools/sqlx

.PHONY: tools
tools:
	@tools/install build

.PHONY: browser
browser:
	@tools/install test
