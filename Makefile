# smarthost: `make` builds optimised, `make demo` shows it, `make test` tests it against real servers.
PREFIX  ?= /usr/local
DESTDIR ?=
SWIFT   ?= swift
SECONDS ?= 20
RELEASE := .build/release
DEBUG   := .build/debug

.PHONY: all release debug demo test check bench fuzz install clean

all: release

release:
	@tools/prepare
	$(SWIFT) build -c release --product sendmail
	$(SWIFT) build -c release --product smarthostd
	$(SWIFT) build -c release --product smarthostctl
	$(SWIFT) build -c release --product smarthost-token

debug:
	@tools/prepare
	$(SWIFT) build

# Sets up, builds, sends a mail through a daemon of its own and shows what became of it.
demo: release
	@tools/demo $(RELEASE)

# Unit tests of every module and, where root or sudo allows a network namespace, the real servers.
test:
	@tools/prepare
	@tools/test

# What a change must pass before it is sent in.
check:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests bench fuzz
	@tools/prepare
	@tools/lint
	@tools/fuzz
	@$(MAKE) --no-print-directory test

# The parsers, fed with what a fuzzer makes up: make fuzz SECONDS=600 TARGETS="Headers Replies"
fuzz:
	@tools/prepare
	@tools/fuzz $(SECONDS) $(TARGETS)

# Ratios against peers, measured in one run.
bench: release
	$(SWIFT) build -c release --product Benchmarks
	@bench/run $(RELEASE)

install: release
	install -D -s -m 0755 $(RELEASE)/smarthostd   $(DESTDIR)$(PREFIX)/sbin/smarthostd
	install -D -s -m 0755 $(RELEASE)/smarthostctl $(DESTDIR)$(PREFIX)/bin/smarthostctl
	install -D -m 0755 $(RELEASE)/sendmail     $(DESTDIR)$(PREFIX)/lib/smarthost/sendmail
	install -D -s -m 0755 $(RELEASE)/smarthost-token $(DESTDIR)$(PREFIX)/lib/smarthost/smarthost-token
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin
	# Another mail system's commands are left alone.
	for name in sbin/sendmail bin/mailq bin/newaliases; do \
	    link=$(DESTDIR)$(PREFIX)/$$name; \
	    if [ ! -e $$link ] && [ ! -L $$link ]; then ln -s ../lib/smarthost/sendmail $$link; fi; \
	done
	# So are dkimpy's filters.
	for name in dkimsign dkimverify; do \
	    link=$(DESTDIR)$(PREFIX)/bin/$$name; \
	    if [ ! -e $$link ] && [ ! -L $$link ]; then ln -s smarthostctl $$link; fi; \
	done
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man8 docs/man/sendmail.8 docs/man/smarthostd.8 docs/man/smarthostctl.8
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man5 docs/man/smarthost.conf.5
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/doc/smarthost README.md CHANGELOG.md docs/*.md
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system deploy/systemd/smarthost.socket deploy/systemd/smarthost.service
	sed -i 's|/usr/local/|$(PREFIX)/|' $(DESTDIR)$(PREFIX)/lib/systemd/system/smarthost.service

clean:
	$(SWIFT) package clean
