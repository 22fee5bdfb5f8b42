# SPDX-License-Identifier: MIT
# nap's one Makefile. `make help` lists the targets; V=1 shows commands, SAN=1 builds with ASan and
# UBSan (into build-san), SAN=fuzz with libFuzzer's eyes as well (into build-fuzz), WERROR=1 makes warnings errors, SHARED=1 links nap itself with shared libraries;
# T="NAME..." picks the tests of `make check`.

VERSION := 0.1
prefix ?= /usr
bindir ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
mandir ?= $(prefix)/share/man
sysconfdir ?= /etc
# systemd's directories: where pkg-config says, for /usr; below other prefixes it looks in these, too.
systemd_dir = $(or $(if $(filter /usr,$(prefix)),$(shell $(PKG_CONFIG) --variable=$(1) systemd 2>/dev/null)),$(prefix)/lib/systemd/$(2))
systemdsystemunitdir ?= $(call systemd_dir,systemdsystemunitdir,system)
systemdsystemgeneratordir ?= $(call systemd_dir,systemdsystemgeneratordir,system-generators)
systemdsystempresetdir ?= $(call systemd_dir,systemdsystempresetdir,system-preset)
# Completions: the same; where zsh looks is Debian's own choice there.
bashcompletiondir ?= $(or $(if $(filter /usr,$(prefix)),$(shell $(PKG_CONFIG) --variable=completionsdir bash-completion 2>/dev/null)),$(prefix)/share/bash-completion/completions)
zshcompletiondir ?= $(prefix)/share/zsh/$(if $(and $(filter /usr,$(prefix)),$(wildcard /etc/debian_version)),vendor-completions,site-functions)
fishcompletiondir ?= $(or $(if $(filter /usr,$(prefix)),$(shell $(PKG_CONFIG) --variable=completionsdir fish 2>/dev/null)),$(prefix)/share/fish/vendor_completions.d)

comma := ,
CC ?= cc
PKG_CONFIG ?= pkg-config
B := build$(if $(SAN),-$(if $(filter fuzz,$(SAN)),fuzz,san))
Q := $(if $(V),,@)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-missing-field-initializers $(if $(WERROR),-Werror)
# Can the compiler do it? $(call can,FLAGS)
can = $(shell $(CC) -O2 -Werror -include limits.h $(1) -S -x c -o - /dev/null >/dev/null 2>&1 && echo '$(1)')
FORTIFY := -U_FORTIFY_SOURCE $(or $(call can,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
# CET of x86, or what arm64 has for it; the kernel makes use of it where the C library is built so, too.
BRANCHES := $(or $(call can,-fcf-protection=full),$(call can,-mbranch-protection=standard))
HARDEN := -fstack-protector-strong -fstack-clash-protection $(BRANCHES)
CFLAGS ?= -O2 -g
LDFLAGS ?=
ALL_CPPFLAGS := -D_GNU_SOURCE -I. -I$(B) -DNAP_VERSION='"$(VERSION)"' \
	-DNAP_BINDIR='"$(bindir)"' -DNAP_LIBEXECDIR='"$(libexecdir)/nap"' $(CPPFLAGS)
ALL_CFLAGS := -std=gnu17 $(WARN) $(CFLAGS) -fPIE $(HARDEN) $(if $(SAN),,$(FORTIFY))
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
ifdef SAN
SANITIZERS ?= address,undefined
ALL_CFLAGS += -fsanitize=$(SANITIZERS) -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	$(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer-no-link)
ALL_LDFLAGS += -fsanitize=$(SANITIZERS)
endif

# The start path pays for every shared library it maps, libc included: linked statically, a start takes
# 0.3 ms less of 3.5. What needs more than the C library lives in the other programs. And fewer segments
# are fewer mappings to copy for every child: 3 %.
NAP_LDFLAGS := $(filter-out -pie,$(ALL_LDFLAGS)) \
	$(if $(SAN)$(SHARED),-pie,-static-pie -Wl$(comma)-z$(comma)noseparate-code -Wl$(comma)-z$(comma)pack-relative-relocs)
NAP_LIBS := -ljansson -lcap -lseccomp
IMAGE_LIBS = -larchive -lcrypto -ljansson -lzstd -llzma -lz -lpthread $(if $(ISAL),-lisal)
# ISA-L exists for x86-64 and arm64; zlib does its work elsewhere.
ISAL := $(call can,-include isa-l.h)
ALL_CPPFLAGS += $(if $(ISAL),-DHAVE_ISAL)

# Who owns what: image/ is cut in two, see image/image.h.
LIB_SRC := $(wildcard lib/*.c)
MAN := $(wildcard man/*.[1-8])
STORE_SRC := $(wildcard $(addprefix image/,store.c ref.c find.c names.c config.c record.c \
	staging.c image.c gc.c))
LOAD_SRC := $(filter-out $(STORE_SRC),$(wildcard image/*.c))
CMD_IMAGE_SRC := cmd/image-main.c cmd/load.c
CMD_SHARED_SRC := cmd/verbs.c cmd/settings.c cmd/complete.c
BUS_SRC := cmd/bus-main.c unitgen/transient.c unitgen/unit-list.c $(wildcard unitgen/bus-*.c)
GENERATOR_SRC := $(filter-out $(BUS_SRC),$(wildcard unitgen/*.c)) $(LIB_SRC)
MKSECCOMP_SRC := runtime/mkseccomp.c
STUB_SRC := runtime/stub.c runtime/stub-health.c
NAP_SRC := $(LIB_SRC) $(STORE_SRC) $(filter-out $(MKSECCOMP_SRC) $(STUB_SRC),$(wildcard runtime/*.c)) $(wildcard runtime/oci/*.c) \
	$(wildcard net/*.c) $(filter-out $(BUS_SRC) unitgen/generator.c,$(wildcard unitgen/*.c)) \
	$(filter-out $(CMD_IMAGE_SRC) $(BUS_SRC),$(wildcard cmd/*.c))
IMAGE_SRC := $(LIB_SRC) $(wildcard $(STORE_SRC)) $(LOAD_SRC) $(CMD_SHARED_SRC) $(CMD_IMAGE_SRC)
obj = $(patsubst %.c,$(B)/%.o,$(1))

UNITS := $(patsubst unitgen/systemd/%.in,$(B)/%,$(wildcard unitgen/systemd/*.in))

.PHONY: all check unit attacks faults hostile lint analyze valgrind bench demo install uninstall clean help
all: $(B)/nap $(B)/nap-image $(B)/nap-bus $(B)/nap-generator $(UNITS) ## build everything

$(B)/nap: $(call obj,$(NAP_SRC))
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(NAP_LDFLAGS) -o $@ $^ $(NAP_LIBS)

$(B)/nap-bus: $(call obj,$(BUS_SRC) $(LIB_SRC))
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lsystemd -ljansson

$(B)/nap-image: $(call obj,$(IMAGE_SRC))
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(IMAGE_LIBS)

# systemd waits for the generator at boot and at each reload.
$(B)/nap-generator: $(call obj,$(GENERATOR_SRC))
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(NAP_LDFLAGS) -o $@ $^ -ljansson

# The packaged units. From the template of services whole units are made as well.
$(UNITS): $(B)/%: unitgen/systemd/%.in Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  GEN  $@")
	$(Q)sed 's|@bindir@|$(bindir)|' $< >$@
$(B)/app-service.h: $(B)/app@.service
	$(Q){ echo 'static const char app_service[] = {'; \
		od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '0};'; } >$@.tmp && mv $@.tmp $@
$(B)/unitgen/unit.o: $(B)/app-service.h

# The default seccomp program is compiled here, so that a start only loads it.
$(B)/mkseccomp: $(call obj,$(MKSECCOMP_SRC) $(addprefix runtime/,seccomp-profile.c seccomp-reader.c \
	seccomp-includes.c seccomp-rules.c seccomp-names.c seccomp-calls.c bpf.c) $(LIB_SRC))
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(NAP_LIBS)
$(B)/seccomp-default.h: $(B)/mkseccomp runtime/seccomp-default.json
	$(if $(V),,@echo "  GEN  $@")
	$(Q)$< runtime/seccomp-default.json >$@.tmp && mv $@.tmp $@
$(B)/runtime/seccomp.o: $(B)/seccomp-default.h

# The stubs are programs of their own, carried inside nap as bytes.
STUB_FLAGS := -std=gnu17 $(WARN) -Os -ffreestanding -fno-stack-protector -fno-pie \
	-fno-asynchronous-unwind-tables -nostdlib -static -s \
	-Wl,--build-id=none,-z,noseparate-code,-z,norelro,-z,noexecstack,-n
$(B)/stub $(B)/stub-health: $(B)/%: runtime/%.c $(wildcard runtime/stub-*.h) runtime/health.h runtime/reaper.h Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  STUB $@")
	$(Q)$(CC) $(STUB_FLAGS) -o $@ $<
$(B)/stub.h $(B)/stub-health.h: $(B)/%.h: $(B)/%
	$(Q){ echo 'static const unsigned char $(subst -,_,$(notdir $<))_program[] = {'; \
		od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '};'; } >$@.tmp && mv $@.tmp $@
$(B)/runtime/prepare.o: $(B)/stub.h
$(B)/runtime/health.o: $(B)/stub-health.h
$(B)/tests/unit/test-health.o: $(B)/stub-health.h

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $<")
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

.SECONDARY: # objects of the unit tests are kept
# Unit tests: tests/unit/test-FILE.c, each linked with what it tests and everything below that.
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test-*.c))
UNIT_OBJ := $(call obj,$(filter-out cmd/main.c,$(NAP_SRC)) $(LOAD_SRC))
$(B)/tests/unit.a: $(UNIT_OBJ)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/tests/test-%: $(B)/tests/unit/test-%.o $(B)/tests/unit.a
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(NAP_LIBS) $(IMAGE_LIBS)

# Fuzz targets: tests/fuzz/fuzz-NAME.c, linked with libFuzzer, or with what replays their corpora.
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_DRIVER := $(call obj,tests/fuzz/setup.c $(if $(filter fuzz,$(SAN)),,tests/fuzz/replay.c))
$(B)/tests/fuzz-%: $(B)/tests/fuzz/fuzz-%.o $(FUZZ_DRIVER) $(B)/tests/unit.a
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer) -o $@ $^ \
		$(NAP_LIBS) $(IMAGE_LIBS)

# What installs packages builds in a second make: this one has looked for the libraries already.
check: ## run every test (as root), installing what they need
	@tests/deps.sh test
	@+$(MAKE) --no-print-directory all unit
	@B=$(abspath $(B)) tests/run $(T)

# It changes registers.
INJECT := $(if $(filter x86_64,$(shell uname -m)),$(B)/tests/inject)
$(INJECT): $(B)/tests/faults/inject.o
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -lseccomp

unit: $(UNIT) $(FUZZ) $(INJECT)

faults: ## fail every system call of nap's verbs once in every way (as root; an hour; goes on where it was)
	@tests/deps.sh test
	@+$(MAKE) --no-print-directory all $(INJECT)
	@B=$(abspath $(B)) tests/faults/run

attacks: ## run the races of tests/attacks ROUNDS (20,000) times each (as root, hours)
	@tests/deps.sh test
	@+$(MAKE) --no-print-directory all
	@for u in auto host; do B=$(abspath $(B)) USERNS=$$u ROUNDS=$(or $(ROUNDS),20000) STARTERS=4 TEST_TIMEOUT=14400 tests/run 38-attacks || exit; done

lint: all ## refuse what the rules of the house forbid
	@B=$(B) tests/lint.sh

hostile: all ## load every wicked archive: as built, under the sanitizers, on a small disk (as root)
	@+$(MAKE) --no-print-directory SAN=1 all
	@tests/hostile/all.sh $(abspath build) $(abspath build-san)

analyze: all ## let gcc -fanalyzer and clang-tidy look at every source file
	@tests/deps.sh analyze
	@B=$(B) tests/analyze.sh

# System calls that valgrind does not know are made by this, preloaded.
$(B)/tests/valgrind-calls.so: tests/valgrind/calls.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -O2 -fno-stack-protector -fPIC -shared -o $@ $<

valgrind: ## run the unit tests under valgrind (as root)
	@tests/deps.sh valgrind
	@+$(MAKE) --no-print-directory unit $(B)/tests/valgrind-calls.so
	@B=$(abspath $(B)) tests/valgrind.sh $(T)

bench: ## measure load and start against the floor and the peers (as root)
	@tests/deps.sh bench
	@+$(MAKE) --no-print-directory all
	@tests/corpus/make.sh $(B)/tests/corpus busybox stack stack1 node
	@for t in $(sort $(wildcard tests/bench/*.sh)); do B=$(abspath $(B)) $$t || exit; done

fuzz: ## run each fuzz target for FUZZ_SECONDS (60), or those of T="NAME..."
	@tests/deps.sh test
	@+$(MAKE) --no-print-directory SAN=fuzz CC=clang fuzzers
	@B=$(abspath build-fuzz) tests/fuzz/run $(T)
.PHONY: fuzz fuzzers
fuzzers: $(FUZZ)

demo: ## build, load, run and show a small image on a fresh Debian (as root)
	@tests/deps.sh build demo
	@+$(MAKE) --no-print-directory all
	@tests/demo.sh $(abspath $(B))/nap

FIREWALL_DROP_INS := $(addsuffix .service.d/50-nap.conf,nftables firewalld)
man_link = ln -sf ../man$(subst .,,$(suffix $(2)))/$(2) $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1));
install: all ## install below $(DESTDIR)$(prefix)
	install -D -m 755 $(B)/nap $(DESTDIR)$(bindir)/nap
	ln -sf nap $(DESTDIR)$(bindir)/nap-oci
	install -D -m 755 $(B)/nap-image $(DESTDIR)$(libexecdir)/nap/nap-image
	install -D -m 755 $(B)/nap-bus $(DESTDIR)$(libexecdir)/nap/nap-bus
	install -D -m 644 runtime/seccomp-default.json $(DESTDIR)$(prefix)/share/nap/seccomp.json
	$(foreach m,$(MAN),install -D -m 644 $(m) $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m));)
	$(foreach m,$(shell find man -type l),$(call man_link,$(m),$(shell readlink $(m))))
	install -D -m 755 $(B)/nap-generator $(DESTDIR)$(systemdsystemgeneratordir)/nap-generator
	install -D -m 644 $(B)/app@.service $(DESTDIR)$(systemdsystemunitdir)/app@.service
	install -D -m 644 unitgen/systemd/app@.socket $(DESTDIR)$(systemdsystemunitdir)/app@.socket
	install -D -m 644 $(B)/nap-net.service $(DESTDIR)$(systemdsystemunitdir)/nap-net.service
	$(foreach d,$(FIREWALL_DROP_INS),install -D -m 644 $(B)/firewall.conf $(DESTDIR)$(systemdsystemunitdir)/$(d);)
	install -D -m 644 unitgen/systemd/85-nap.preset $(DESTDIR)$(systemdsystempresetdir)/85-nap.preset
	install -d $(DESTDIR)$(sysconfdir)/nap/apps
	install -D -m 644 cmd/completions/nap.bash $(DESTDIR)$(bashcompletiondir)/nap
	install -D -m 644 cmd/completions/_nap $(DESTDIR)$(zshcompletiondir)/_nap
	install -D -m 644 cmd/completions/nap.fish $(DESTDIR)$(fishcompletiondir)/nap.fish

uninstall: ## remove what install installed
	rm -f $(addprefix $(DESTDIR)$(bindir)/,nap nap-oci)
	rm -rf $(DESTDIR)$(libexecdir)/nap $(DESTDIR)$(prefix)/share/nap
	rm -f $(DESTDIR)$(systemdsystemgeneratordir)/nap-generator $(DESTDIR)$(systemdsystempresetdir)/85-nap.preset
	rm -f $(addprefix $(DESTDIR)$(systemdsystemunitdir)/,app@.service app@.socket nap-net.service $(FIREWALL_DROP_INS))
	rm -f $(addprefix $(DESTDIR),$(bashcompletiondir)/nap $(zshcompletiondir)/_nap $(fishcompletiondir)/nap.fish)
	rm -f $(foreach m,$(MAN),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))

clean: ## remove what was built
	rm -rf build build-*

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.* ## /  \1\t/p' Makefile

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
