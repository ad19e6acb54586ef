# `make demo` shows Trice at work, `make test` tests it, `make bench` measures it. `make help` lists all targets.

PREFIX  ?= /usr/local
DESTDIR ?=
SWIFT   ?= swift
STRIP   ?= strip
# Where shells look for completions below PREFIX, and systemd for units; distributions have places of their own.
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
SYSTEMD_UNITS   ?= $(PREFIX)/lib/systemd/system
LINT     = Sources Tests Package.swift
RELEASE  = --configuration release --static-swift-stdlib
BIN     ?= .build/bin

export PATH := /opt/swift/usr/bin:$(PATH)

.DEFAULT_GOAL := build
.PHONY: help packages build install install-built uninstall deb rpm tarball packages-test release site doctest recording demo graph lint format unit test test-user bench chaos vm soak clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 17

packages: ## install the Debian packages that Trice needs (.ci/packages)
	@.ci/install-packages

build: packages ## build the static release binary into .build/bin
	$(SWIFT) build $(RELEASE) --product trice
	$(SWIFT) build $(RELEASE) --product trice-init
	$(SWIFT) build $(RELEASE) --product trice-remote
	$(SWIFT) build $(RELEASE) --product trice-ssh
	@mkdir -p $(BIN)
	@for program in trice trice-init trice-remote trice-ssh; do \
	    $(STRIP) -o $(BIN)/$$program.new "$$($(SWIFT) build $(RELEASE) --show-bin-path)/$$program" && \
	    mv $(BIN)/$$program.new $(BIN)/$$program || exit 1; \
	done
	@.ci/build-record --swift $(SWIFT) >$(BIN)/build.json.new && mv $(BIN)/build.json.new $(BIN)/build.json

install: build install-built ## install into PREFIX (/usr/local)

install-built: ## install what is in BIN (.build/bin) already, without building
	install -D -m 755 $(BIN)/trice $(DESTDIR)$(PREFIX)/bin/trice
	install -D -m 755 $(BIN)/trice-init $(DESTDIR)$(PREFIX)/libexec/trice/trice-init
	install -D -m 755 $(BIN)/trice-remote $(DESTDIR)$(PREFIX)/libexec/trice/trice-remote
	install -D -m 755 $(BIN)/trice-ssh $(DESTDIR)$(PREFIX)/libexec/trice/trice-ssh
	install -D -m 644 $(BIN)/build.json $(DESTDIR)$(PREFIX)/libexec/trice/build.json
	install -D -m 644 docs/envfile.schema.json $(DESTDIR)$(PREFIX)/share/trice/envfile.schema.json
	find templates -type f ! -name index.html ! -name index.new -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/trice/{} \;
	for page in docs/man/*.[15]; do \
	    directory=$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}; \
	    install -d -m 755 $$directory && gzip -9n <$$page >$$directory/$${page##*/}.gz || exit 1; \
	done
	install -d -m 755 $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(ZSH_COMPLETIONS) \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	# The script is read, not run: it needs no interpreter's line.
	$(BIN)/trice completion bash | sed '1{/^#!/d}' >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/trice
	$(BIN)/trice completion zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_trice
	$(BIN)/trice completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/trice.fish
	install -d -m 755 $(DESTDIR)$(SYSTEMD_UNITS)
	sed 's|@PREFIX@|$(PREFIX)|' .packaging/systemd/trice@.service >$(DESTDIR)$(SYSTEMD_UNITS)/trice@.service

uninstall: ## remove what `make install` installed
	rm -f $(DESTDIR)$(PREFIX)/bin/trice $(DESTDIR)$(SYSTEMD_UNITS)/trice@.service
	rm -rf $(DESTDIR)$(PREFIX)/libexec/trice $(DESTDIR)$(PREFIX)/share/trice
	for page in docs/man/*.[15]; do \
	    rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}.gz || exit 1; \
	done
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/trice $(DESTDIR)$(ZSH_COMPLETIONS)/_trice \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/trice.fish

deb: build ## build trice_VERSION_ARCH.deb into .build/packages
	@.packaging/deb

rpm: build ## build trice-VERSION-1.ARCH.rpm into .build/packages
	@.packaging/rpm

tarball: build ## build trice-VERSION-linux-ARCH.tar.gz with an install script into .build/packages
	@.packaging/tarball

packages-test: build ## build the packages twice, compare them, and install and remove them in a Debian root
	@.packaging/reproducible
	@.packaging/test-deb
	@.packaging/test-rpm
	@.packaging/test-tarball
	@.packaging/test-release

release: ## check, build, package, sum up and tag; VERSION=1.2.0 [KEY=ssh-private-key]
	@.packaging/release "$(VERSION)" $(if $(KEY),--key $(KEY))

site: packages ## build the documentation into .build/site, and check its links
	@.ci/site

doctest: build ## run the shell sessions of README.md and docs/; ARGS=docs/start.md runs one page, ARGS=--update rewrites them
	@.ci/prepare-host
	@.ci/doctest $(ARGS)

recording: build ## record the session of README.md as docs/session.svg
	@.ci/prepare-host
	@.ci/record

demo: build ## bring templates/hello up and fetch its page
	@.ci/demo

graph: ## print which module imports which, by layers; fail on a cycle or a wrong import
	@.ci/graph

lint: ## check format, imports and lengths of the sources and the paths in the documentation; warnings are errors
	@.ci/check-time-limits
	$(SWIFT) format lint --strict --parallel --recursive $(LINT)
	@.ci/graph >/dev/null
	@.ci/graph --sizes
	@.ci/check-docs

format: ## format the sources
	$(SWIFT) format format --in-place --parallel --recursive $(LINT)

unit: ## run the tests that need neither root nor the binary, in a minute once built
	$(SWIFT) build --build-tests
	@.ci/unit

test: packages build lint ## build, lint and run every test; ARGS='--filter NAME' runs a part
	@.ci/test $(ARGS)

test-user: build ## run scenarios as a user without root; ARGS=--all runs all of them, ARGS='SUITE…' some
	$(SWIFT) build --build-tests
	@.ci/test-user $(ARGS)

bench: build ## compare with the bare OCI runtime, other pullers and other builders; ARGS=--enforce fails when a limit is missed
	$(SWIFT) build $(RELEASE) --product trice-bench
	@.ci/prepare-host
	@TRICE_BINARY=$(CURDIR)/$(BIN)/trice TRICE_BENCH_IMAGES="$${TRICE_BENCH_IMAGES:-$(CURDIR)/.build/bench-images}" \
	    "$$($(SWIFT) build $(RELEASE) --show-bin-path)/trice-bench" $(ARGS)

chaos: build ## kill processes of Trice at random moments and see whether the next commands repair it; ARGS="[supervisor] KILLS SEED"
	$(SWIFT) build --product trice-chaos
	@.ci/prepare-host
	@TRICE_BINARY=$(CURDIR)/$(BIN)/trice "$$($(SWIFT) build --show-bin-path)/trice-chaos" $(ARGS)

vm: build ## tests in a virtual machine, on a disk that remembers its writes, and with ten users; ARGS="cuts|rooms|users|full|user|doctor …"
	@.ci/prepare-host
	@TRICE_BINARIES="$${TRICE_BINARIES:-$(CURDIR)/$(BIN)}" Tests/Machine/run build
	@TRICE_BINARIES="$${TRICE_BINARIES:-$(CURDIR)/$(BIN)}" Tests/Machine/run $(ARGS)

soak: build ## bring ten environments with three networks each up and down side by side; ARGS=SECONDS (300)
	@.ci/prepare-host
	@TRICE_BINARY=$(CURDIR)/$(BIN)/trice TRICE_SOAK_SECONDS="$(or $(ARGS),300)" \
	    $(SWIFT) test --filter SideBySideTests

clean: ## remove the build directory
	rm -rf .build
