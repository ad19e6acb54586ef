# `make demo` shows Trice at work, `make test` tests it, `make bench` measures it. `make help` lists all targets.

PREFIX  ?= /usr/local
DESTDIR ?=
SWIFT   ?= swift
STRIP   ?= strip
LINT     = Sources Tests Package.swift
RELEASE  = --configuration release --static-swift-stdlib
BIN      = .build/bin

export PATH := /opt/swift/usr/bin:$(PATH)

.DEFAULT_GOAL := build
.PHONY: help packages build install uninstall demo lint format test bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

packages: ## install the Debian packages that Trice needs (.ci/packages)
	@.ci/install-packages

build: packages ## build the static release binary into .build/bin
	$(SWIFT) build $(RELEASE) --product trice
	$(SWIFT) build $(RELEASE) --product trice-init
	$(SWIFT) build $(RELEASE) --product trice-remote
	@mkdir -p $(BIN)
	@for program in trice trice-init trice-remote; do \
	    $(STRIP) -o $(BIN)/$$program.new "$$($(SWIFT) build $(RELEASE) --show-bin-path)/$$program" && \
	    mv $(BIN)/$$program.new $(BIN)/$$program || exit 1; \
	done

install: build ## install into PREFIX (/usr/local)
	install -D -m 755 $(BIN)/trice $(DESTDIR)$(PREFIX)/bin/trice
	install -D -m 755 $(BIN)/trice-init $(DESTDIR)$(PREFIX)/libexec/trice/trice-init
	install -D -m 755 $(BIN)/trice-remote $(DESTDIR)$(PREFIX)/libexec/trice/trice-remote
	install -D -m 644 docs/envfile.schema.json $(DESTDIR)$(PREFIX)/share/trice/envfile.schema.json
	find templates -type f ! -name index.html ! -name index.new -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/trice/{} \;

uninstall: ## remove what `make install` installed
	rm -f $(DESTDIR)$(PREFIX)/bin/trice
	rm -rf $(DESTDIR)$(PREFIX)/libexec/trice $(DESTDIR)$(PREFIX)/share/trice

demo: build ## bring templates/hello up and fetch its page
	@.ci/demo

lint: ## check the format of the sources and the paths in the documentation; warnings are errors
	$(SWIFT) format lint --strict --parallel --recursive $(LINT)
	@.ci/check-docs

format: ## format the sources
	$(SWIFT) format format --in-place --parallel --recursive $(LINT)

test: packages build lint ## build, lint and run every test
	@.ci/test

bench: build ## compare with the bare OCI runtime, other pullers and other builders; ARGS=--enforce fails when a limit is missed
	$(SWIFT) build $(RELEASE) --product trice-bench
	@.ci/prepare-host
	@TRICE_BINARY=$(CURDIR)/$(BIN)/trice TRICE_BENCH_IMAGES="$${TRICE_BENCH_IMAGES:-$(CURDIR)/.build/bench-images}" \
	    "$$($(SWIFT) build $(RELEASE) --show-bin-path)/trice-bench" $(ARGS)

clean: ## remove the build directory
	rm -rf .build
