# The tests.  `make test` runs the rings one after another (tests/README.md).
#
# A unit test links against archives, so that it takes only what it uses; one that plays a module itself
# (test_console plays sys.h) simply defines its functions.

SAN      := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TEST_STD := $(STD) $(WARN) -Wno-missing-prototypes

# What of init/ the supervisor's world (tests/fake) stands in for, or that is a program of its own.
INIT_ALONE := init/sys.c init/main.c init/early.c init/net.c init/crash.c init/helper_wire.c
TEST_INIT  := $(filter-out $(INIT_ALONE),$(INIT_SRC)) tests/fake/sys_fake.c
TEST_ASM   := $(filter-out assembler/main.c,$(HOST_SRC))
TEST_FEED  := $(filter-out services/feeder/main.c,$(wildcard services/feeder/*.c))

UNIT_ASM  := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/assembler/test_*.c))
UNIT_INIT := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/init/test_*.c))
UNIT_FEED := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/feeder/test_*.c))
UNIT_MUSL := $(UNIT_INIT:build/tests/unit/%=build/tests/musl/%)
# A fuzz target is a file (tests/fuzz/fuzz.h); its corpus is replayed in the unit ring.
FUZZ      := $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZ_ASM  := erofs layer pe system
UNIT_FUZZ := $(FUZZ:%=build/tests/unit/fuzz/test_%)
UNIT      := $(UNIT_ASM) $(UNIT_INIT) $(UNIT_FEED) $(UNIT_MUSL) $(UNIT_FUZZ)

build/tests/san/%.o: %.c | build/host-all build/host-test build/host-formats
	@mkdir -p $(@D)
	$(call say,CC)gcc $(TEST_STD) $(SAN) -I/usr/include/libnl3 $(DEPS) -c -o $@ $<

build/tests/asm.a: $(TEST_ASM:%.c=build/tests/san/%.o)
build/tests/init.a: $(TEST_INIT:%.c=build/tests/san/%.o)
build/tests/feeder.a: $(TEST_FEED:%.c=build/tests/san/%.o)
build/tests/%.a:
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(UNIT_ASM): build/tests/unit/%: build/tests/san/tests/unit/%.o build/tests/asm.a
	@mkdir -p $(@D)
	$(call say,LD)gcc $(SAN) -o $@ $^ $$(pkg-config --libs $(HOST_LIBS)) -lcmocka

$(UNIT_INIT): build/tests/unit/%: build/tests/san/tests/unit/%.o build/tests/init.a
	@mkdir -p $(@D)
	$(call say,LD)gcc $(SAN) -o $@ $^ -lnl-3 -ljansson -lsodium -lcmocka

$(UNIT_FEED): build/tests/unit/%: build/tests/san/tests/unit/%.o build/tests/feeder.a
	@mkdir -p $(@D)
	$(call say,LD)gcc $(SAN) -o $@ $^ -levent_extra -levent_core -lcmocka

# Of libnl the targets need the headers only; they play it.
build/tests/san/tests/fuzz/%.o build/fuzz/obj/tests/fuzz/%.o: TEST_STD += -isystem $(call sysroot,x86_64)/include/libnl3
build/tests/san/tests/fuzz/wire.o build/fuzz/obj/tests/fuzz/wire.o: | $(call sysroot,x86_64)/bin/cc

# Which half of the tree a target is about: its archive and libraries.
fuzz_half = $(if $(filter $(1),$(FUZZ_ASM)),asm,init)
fuzz_libs = $(if $(filter $(1),$(FUZZ_ASM)),$$$$(pkg-config --libs $(HOST_LIBS)),-lnl-3 -ljansson -lsodium)

define fuzz_rules
build/tests/unit/fuzz/test_$(1): build/tests/san/tests/fuzz/$(1).o build/tests/san/tests/fuzz/replay.o build/tests/$(call fuzz_half,$(1)).a
	@mkdir -p $$(@D)
	$$(call say,LD)gcc $(SAN) -o $$@ $$^ $(call fuzz_libs,$(1))

build/fuzz/fuzz_$(1): build/fuzz/obj/tests/fuzz/$(1).o build/fuzz/$(call fuzz_half,$(1)).a
	$$(call say,LD)clang $$(FUZZ_SAN) -fsanitize=fuzzer -o $$@ $$^ $(call fuzz_libs,$(1))
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rules,$(f))))

# The same tests of init and lib with the libc of the device.
MUSL_OBJ := $(TEST_INIT:%.c=build/x86_64/obj/%.o)
build/tests/musl/init.a: $(MUSL_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(UNIT_MUSL): build/tests/musl/%: build/x86_64/obj/tests/unit/%.o build/tests/musl/init.a
	@mkdir -p $(@D)
	$(call say,LD)$(call sysroot,x86_64)/bin/cc -static-pie -o $@ $^ -lnl-3 -ljansson -lsodium -lcmocka

# Programs of the tests that run on the device.
DEVICE_TESTS := $(patsubst tests/%.c,build/x86_64/tests/%,$(wildcard tests/bench/*.c tests/host/*.c tests/ns/*.c tests/board/*.c))
$(DEVICE_TESTS): build/x86_64/tests/%: build/x86_64/obj/tests/%.o
	@mkdir -p $(@D)
	$(call say,LD)$(call sysroot,x86_64)/bin/cc $(DEVICE_LDFLAGS) -o $@ $^

TEST_READY := build/host-test build/host-run build/host-formats build/nanny $(foreach m,$(MACHINES),$(DEVICE_$(m))) $(DEVICE_TESTS)

# A newer QEMU than the host's, in a folder (tests/qemu/bin starts it from there).
build/tests/qemu/ready: tests/qemu/packages packages.lock | build/nanny
	@rm -rf $(@D)
	build/nanny unpack --arch amd64 $$(grep -v '^#' $<) $(@D)
	@touch $@

# Only the board ring starts a machine of these.
TEST_BOARDS := $(if $(filter unit docs host ns,$(RING)),,build/tests/qemu/ready $(DEVICE_armv7l) $(DEVICE_s390x))

.PHONY: test bench soak acceptance check-linuxkit
test: $(TEST_READY) $(TEST_BOARDS) $(UNIT) ## every test; RING=unit, docs, host, ns or board and T=NAME choose
	@tests/run $(RING) $(T)

check-linuxkit: build/nanny ## nanny check over the LinuxKit systems of DIR=, such as a clone of linuxkit/linuxkit
	@tests/check-linuxkit $(DIR)

soak: $(TEST_READY) $(TEST_BOARDS) ## hundreds of thousands of kills and orphans; hours
	KILLS=100000 REAL_KILLS=10000 ORPHANS=200000 LIMIT=86400 tests/run ns kill
	SOAK=1 CUTS=100 LIMIT=14400 tests/run board
	MODEL_STEPS=1000000000 build/tests/musl/init/test_model

acceptance: $(TEST_READY) ## LinuxKit's own test cases out of its checkout: LINUXKIT=DIR
	@$(if $(LINUXKIT),tests/linuxkit/run $(LINUXKIT),echo "skip acceptance: LINUXKIT=DIR names no checkout of linuxkit/linuxkit")

bench: $(TEST_READY) ## print the figures of the README, with how they were measured
	@tests/bench/run

# ------------------------------------------------------------------ fuzzing

FUZZ_SAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_COV := -fsanitize=fuzzer-no-link
SECONDS  ?= 60

# What the world does is nothing to find out about.
build/fuzz/obj/tests/fake/%.o: FUZZ_COV := -O2

build/fuzz/obj/%.o: %.c | build/host-all build/host-fuzz
	@mkdir -p $(@D)
	$(call say,CC)clang $(TEST_STD) -I/usr/include/libnl3 $(FUZZ_SAN) $(FUZZ_COV) $(DEPS) -c -o $@ $<

build/fuzz/init.a: $(TEST_INIT:%.c=build/fuzz/obj/%.o)
build/fuzz/asm.a: $(TEST_ASM:%.c=build/fuzz/obj/%.o)
build/fuzz/%.a:
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

.PHONY: fuzz
.SECONDARY: $(FUZZ:%=build/fuzz/obj/tests/fuzz/%.o)
fuzz: build/host-fuzz $(FUZZ:%=build/fuzz/fuzz_%) ## fuzz what reads from elsewhere; SECONDS=60 each, T=NAME chooses
	@tests/fuzz/run $(SECONDS) $(T)

.PHONY: boot.svg
boot.svg: $(TEST_READY) ## draw the README's picture from a boot in QEMU
	tests/bench/boot-svg $@

-include $(wildcard build/tests/san/*/*.d build/tests/san/*/*/*.d build/tests/san/*/*/*/*.d)
-include $(wildcard build/x86_64/obj/tests/*/*.d build/x86_64/obj/tests/*/*/*.d)
-include $(wildcard build/fuzz/obj/*/*.d build/fuzz/obj/*/*/*.d)
-include $(wildcard build/x86_64/obj/tests/*/*.d build/x86_64/obj/tests/*/*/*.d)
