# nanny: `make help` lists the targets.
#
# One graph.  The host tool build/nanny comes first: it also fetches the pinned packages that the
# device's toolchain is made of.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

VERSION  := 0.1.0
MACHINES := x86_64 aarch64
# Machines whose sysroot is built, and compiler installed, only when something for them is asked for.
MORE     := armv7l s390x
CACHE    := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/nanny
TOOLS    := assembler/toolchain

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wswitch-enum -Wformat=2 -Wundef
STD  := -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
DEPS  = -MMD -MP -MF $(@:.o=.d)
# A word and the file; V=1 shows the whole command.
say   = $(if $(V),,@printf '%-4s %s\n' $(1) $@ && )

.DEFAULT_GOAL := all

# ------------------------------------------------------------------ host packages

# A stamp for each need: nothing is asked of dpkg again until the table changes.
build/host-%: $(TOOLS)/host-packages $(TOOLS)/install.sh
	@$(TOOLS)/install.sh $(TOOLS)/host-packages $*
	@mkdir -p build && touch $@

# ------------------------------------------------------------------ build/nanny

HOST_LIBS := libfyaml libarchive jansson liblz4 libsodium nettle
HOST_SRC  := $(wildcard assembler/*.c) $(wildcard lib/*.c)
HOST_OBJ  := $(HOST_SRC:%.c=build/host/%.o)

build/host/%.o: %.c | build/host-all
	@mkdir -p $(@D)
	$(call say,CC)gcc $(STD) $(WARN) -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 $(DEPS) -c -o $@ $<

build/nanny: $(HOST_OBJ)
	$(call say,LD)gcc -o $@ $^ $$(pkg-config --libs $(HOST_LIBS))

# ------------------------------------------------------------------ for the device

DEBIAN_x86_64  := amd64
DEBIAN_aarch64 := arm64
DEBIAN_armv7l  := armhf
DEBIAN_s390x   := s390x

# The pins and recipes of a sysroot are its key: another key, another folder, all of them cached.
sysroot_key = $(shell { grep -E '^(musl-dev|linux-libc-dev) $(DEBIAN_$(1)) |^(libnl3|jansson|libevent|libsodium|cmocka) source ' \
	packages.lock; cat $(TOOLS)/sysroot.sh; } | sha256sum | cut -c1-12)
$(foreach m,$(MACHINES) $(MORE),$(eval SYSROOT_$(m) := $(CACHE)/sysroot/$(m)-$(call sysroot_key,$(m))))
sysroot = $(SYSROOT_$(1))

# static-pie: addresses differ from boot to boot; relro and an unexecutable stack.
# For armv7l gcc asks for glibc's loader all the same.
DEVICE_CFLAGS  := $(STD) $(WARN) -Os -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong \
	-fno-asynchronous-unwind-tables -fomit-frame-pointer
DEVICE_LDFLAGS := -static-pie -Wl,--no-dynamic-linker -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--build-id=none -s

# What only the helpers and nannyctl run is linked last, after what PID 1 needs of the libraries, and so lies
# together: the kernel maps what is around a page that is touched, and PID 1 shall not hold what is never its own.
INIT_APART := $(wildcard init/helper_*.c init/nannyctl*.c) $(patsubst %,init/%.c, active banner boot_files bundle button child data dm efi efi_boot \
	efi_option footer_read limits modalias modload mount_opt mounts names partition pi_boot programs pstore reset_file slot_loader \
	slot_name slot_store slots volumes) $(filter-out lib/text.c lib/verb.c, \
	$(wildcard lib/*.c))
INIT_FIRST := $(filter-out $(INIT_APART),$(wildcard init/*.c lib/*.c))
INIT_SRC   := $(INIT_FIRST) $(INIT_APART)
SERVICES := $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard services/*/*.c)))))

# What a board's firmware merges into the kernel's device tree.
WITH_TREES  := aarch64 armv7l
OVERLAY_SRC := $(wildcard boards/*/boot/*.dts)
OVERLAYS    := $(notdir $(OVERLAY_SRC:.dts=.dtbo))

init_LIBS   := -lnl-route-3 -lnl-3 -ljansson -lsodium
feeder_LIBS := -levent_extra -levent_core
logwrite_LIBS := -ljansson

define machine_rules
$(call sysroot,$(1))/bin/cc: | build/nanny $(if $(filter $(1),$(MORE)),build/host-$(1))
	$(TOOLS)/sysroot.sh build/nanny $(1) $(call sysroot,$(1))

build/$(1)/obj/%.o: %.c | $(call sysroot,$(1))/bin/cc
	@mkdir -p $$(@D)
	$$(call say,CC)$(call sysroot,$(1))/bin/cc $$(DEVICE_CFLAGS) -I$(call sysroot,$(1))/include/libnl3 $$(DEPS) -c -o $$@ $$<

build/$(1)/init: $(INIT_SRC:%.c=build/$(1)/obj/%.o)
	$$(call say,LD)$(call sysroot,$(1))/bin/cc $$(DEVICE_LDFLAGS) -o $$@ $(INIT_FIRST:%.c=build/$(1)/obj/%.o) -lnl-3 -lc \
		$(INIT_APART:%.c=build/$(1)/obj/%.o) $(init_LIBS)

# LGPL-2.1 §6: what is needed to link init against another libnl.
build/$(1)/relink.tar: build/$(1)/init $(TOOLS)/relink.txt
	@rm -rf build/$(1)/relink && mkdir -p build/$(1)/relink
	cp $(INIT_SRC:%.c=build/$(1)/obj/%.o) $(TOOLS)/relink.txt $(call sysroot,$(1))/lib/libnl-3.a \
		$(call sysroot,$(1))/lib/libnl-route-3.a $(call sysroot,$(1))/lib/libjansson.a \
		$(call sysroot,$(1))/lib/libsodium.a build/$(1)/relink/
	tar -C build/$(1) --sort=name --owner=0 --group=0 --mtime=@0 -cf $$@ relink

DEVICE_$(1) := build/$(1)/init $(SERVICES:%=build/$(1)/%) $(if $(filter $(1),$(WITH_TREES)),$(OVERLAYS:%=build/$(1)/%))
endef

define service_rules
build/$(1)/$(2): $(patsubst %.c,build/$(1)/obj/%.o,$(wildcard services/$(2)/*.c))
	$$(call say,LD)$(call sysroot,$(1))/bin/cc $$(DEVICE_LDFLAGS) -o $$@ $$^ $($(2)_LIBS)
endef

define overlay_rules
build/$(1)/$(2): $(filter %/$(2:.dtbo=.dts),$(OVERLAY_SRC))
	@mkdir -p $$(@D)
	$$(call say,DTC)dtc -q -I dts -O dtb -o $$@ $$<
endef

$(foreach m,$(MACHINES) $(MORE),$(eval $(call machine_rules,$(m))))
$(foreach m,$(WITH_TREES),$(foreach o,$(OVERLAYS),$(eval $(call overlay_rules,$(m),$(o)))))
$(foreach m,$(MACHINES) $(MORE),$(foreach s,$(SERVICES),$(eval $(call service_rules,$(m),$(s)))))

# ------------------------------------------------------------------ targets

.PHONY: all help run device lock relink-kit clean format format-check
all: build/nanny $(foreach m,$(MACHINES),$(DEVICE_$(m))) ## the host tool, and init and services for x86_64 and aarch64

help: ## this list
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build/host-run build/nanny $(DEVICE_x86_64) ## build configs/goat-feeder.yml and boot it in QEMU on this terminal
	@build/nanny run --board qemu-x86_64 --output build/images --forward feeder=0:80 $(RUN) configs/goat-feeder.yml

device: $(DEVICE_$(MACHINE)) ## init and services for MACHINE=x86_64, aarch64, armv7l or s390x

lock: build/host-all ## refresh packages.lock: the newest version of every pinned package
	$(TOOLS)/lock.sh packages.lock

relink-kit: $(foreach m,$(MACHINES),build/$(m)/relink.tar) ## objects and libraries to link init anew (LGPL-2.1)

format: ## clang-format over the C files
	@clang-format -i $(ALL_C)

format-check: ## is every C file as clang-format would have it?
	@clang-format --dry-run -Werror $(ALL_C)

clean: ## remove build/; the cache outside stays
	rm -rf build

ALL_C = $(wildcard init/*.[ch] lib/*.[ch] assembler/*.[ch] services/*/*.[ch] tests/unit/*/*.[ch] tests/fake/*.[ch] tests/fuzz/*.[ch] tests/bench/*.c)

include tests/rules.mk

-include $(HOST_OBJ:.o=.d)
-include $(foreach m,$(MACHINES) $(MORE),$(INIT_SRC:%.c=build/$(m)/obj/%.d))
-include $(foreach m,$(MACHINES) $(MORE),$(patsubst %.c,build/$(m)/obj/%.d,$(wildcard services/*/*.c)))
