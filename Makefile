# Gatehouse. Every target does its own set-up on a machine that has Go, Node
# and make; `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
LINTER := 2.15.0

# Where stamps of finished set-up steps lie.
STAMPS := .cache

export CGO_ENABLED := 0

TEMPL := $(shell find views -name '*.templ' 2>/dev/null)

.PHONY: help
help: ## lists the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

.PHONY: run
run: build ## builds and serves on http://localhost:8080
	exec bin/gatehouse serve

.PHONY: build
build: generate assets ## bin/gatehouse: one static binary with everything inside
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/gatehouse ./cmd/gatehouse

.PHONY: test
test: setup build ## every test: unit, both databases, LDAP, browser
	scripts/with-services go test -timeout 20m ./...

.PHONY: lint
lint: generate assets bin/tools/golangci-lint-$(LINTER) ## formatting, vet, static analysis, generated code
	go tool templ fmt -fail .
	go vet ./...
	bin/tools/golangci-lint-$(LINTER) run --timeout 20m ./...

.PHONY: bench
bench: setup build ## the benchmarks, printed as a table; BENCH holds flags of bench/run
	go build -trimpath -o bin/bench/ ./bench/...
	POSTGRES_FSYNC=on scripts/with-services bin/bench/run $(BENCH)

.PHONY: generate
generate: $(STAMPS)/generate ## Go code from the templates

$(STAMPS)/generate: $(TEMPL) scripts/generate go.mod | $(STAMPS)
	scripts/generate
	touch $@

.PHONY: assets
assets: $(STAMPS)/assets ## static/dist: what browsers load

$(STAMPS)/assets: $(STAMPS)/npm scripts/assets.mjs scripts/icons.txt $(wildcard static/src/*) | $(STAMPS)
	node scripts/assets.mjs
	touch $@

NPM := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

$(STAMPS)/npm: package.json package-lock.json | $(STAMPS)
	$(NPM) --omit=dev
	touch $@

# The clients that the tests drive come with many modules, which whoever only
# runs the server is spared.
$(STAMPS)/npm-tests: package.json package-lock.json | $(STAMPS)
	$(NPM)
	touch $@ $(STAMPS)/npm

.PHONY: setup
setup: $(STAMPS)/npm-tests generate assets ## all that the tests need, Debian packages included
	scripts/debian-packages

# The linter is a program of its own with its own dependencies: built once.
bin/tools/golangci-lint-$(LINTER):
	GOBIN=$(CURDIR)/bin/tools/new go install -trimpath github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINTER)
	mv bin/tools/new/golangci-lint $@
	rmdir bin/tools/new

$(STAMPS):
	mkdir -p $@

.PHONY: clean
clean: ## removes what the other targets made, the data excepted
	rm -rf bin $(STAMPS) node_modules
	find static/dist -type f ! -name .keep -delete
	find . -name '*_templ.go' -not -path './node_modules/*' -delete
