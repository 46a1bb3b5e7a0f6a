#include "said.h"

#include "../../../assembler/boot.h"

static const char minimal[] = "arch: arm64\nkernel: {package: linux, file: /boot/vmlinuz-*}\n"
			      "console: ttyAMA0\n";

static const struct board *load(struct desk *t, const char *text)
{
	(void)desk_file(t, "boards/it/board.yml", text);
	return board_load(t->a, t->d, desk_path(t, "boards"), "it");
}

static void what_is_not_said_has_a_default(void **state)
{
	struct desk *t = *state;
	const struct board *b = load(t, minimal);

	assert_silent(t);
	assert_string_equal(b->name, "it");
	assert_string_equal(b->machine, "aarch64");
	assert_string_equal(b->kernel_file, "boot/vmlinuz-*");
	assert_null(b->kernel_suite);
	assert_string_equal(b->cmdline, "");
	assert_int_equal(b->n_modules, 0);
	assert_int_equal(b->n_init, 2);
	assert_string_equal(b->init[0], "nanny/init");
	assert_string_equal(b->init[1], "nanny/runc");
	assert_null(b->qemu.binary);
	assert_null(b->qemu.netdev);
	assert_null(b->boot.how);
	assert_null(b->button.gpio);
	assert_null(b->reset_file);
	assert_false(b->has_rtc);
	assert_false(b->kexec_safe);
	assert_int_equal(b->kernel_at.line, 2);
	assert_int_equal(b->kernel_at.col, 19);
}

static void everything_can_be_said(void **state)
{
	struct desk *t = *state;
	const struct board *b =
		load(t, "arch: amd64\nkernel: {package: linux, suite: later, file: k}\n"
			"console: ttyS0\n"
			"modules:\n- one\n- two\ncmdline: quiet\ninit: [a/b]\n"
			"watchdog: {module: dog, timeout: 15s}\n"
			"reset-ram: {address: 0x1000_0000, size: 256k}\nled: ACT\n"
			"factory-reset: {gpio: pinctrl-bcm2835 17, hold: 3s, file: reset.txt}\n"
			"qemu: {binary: qemu, args: [-m, \"512\"], netdev: e1000}\n");

	assert_silent(t);
	assert_string_equal(b->machine, "x86_64");
	assert_string_equal(b->kernel_suite, "later");
	assert_int_equal(b->n_modules, 5);
	assert_string_equal(b->modules[0], "dog");
	assert_string_equal(b->modules[1],
		"ramoops mem_address=0x10010000 mem_size=196608 record_size=32768 console_size=0 "
		"ftrace_size=0 pmsg_size=0 ecc=1");
	assert_string_equal(b->modules[2], "ledtrig-timer");
	assert_string_equal(b->modules[4], "two");
	assert_int_equal(b->modules_at[4].line, 6);
	assert_string_equal(b->cmdline, "quiet memmap=262144$0x10000000");
	assert_string_equal(b->watchdog.device, "/dev/watchdog0");
	assert_int_equal(b->watchdog.timeout_ms, 15000);
	assert_int_equal(b->reset_ram, 0x10000000);
	assert_string_equal(b->led, "ACT");
	assert_string_equal(b->button.gpio, "pinctrl-bcm2835 17");
	assert_string_equal(b->button.level, "low");
	assert_int_equal(b->button.hold_ms, 3000);
	assert_string_equal(b->reset_file, "reset.txt");
	assert_int_equal(b->n_init, 1);
	assert_string_equal(b->init[0], "a/b");
	assert_int_equal(b->qemu.n_args, 2);
	assert_string_equal(b->qemu.args[1], "512");
	assert_string_equal(b->qemu.netdev, "e1000");
}

static void a_disk_can_be_said(void **state)
{
	struct desk *t = *state;
	const struct board *b = load(
		t, arena_printf(t->a,
			   "%sboot: {how: u-boot, files: it/boot, device-trees: [a/b.dtb], "
			   "u-boot: [a=1, b=2], environment: 16k}\n"
			   "disk: {table: mbr, boot: 12m, card: 1g}\nrtc: true\nkexec: true\n"
			   "qemu: {binary: qemu, disk: [-drive, \"if=sd,%%\"], kernel: u.bin}\n",
			   minimal));

	assert_silent(t);
	assert_ptr_equal(b->boot.how, boot_find("u-boot"));
	assert_string_equal(b->boot.files, "it/boot");
	assert_string_equal(b->boot.trees[0], "a/b.dtb");
	assert_int_equal(b->boot.n_variables, 2);
	assert_int_equal(b->boot.environment, 16 * 1024);
	assert_int_equal(b->disk.table, DISK_MBR);
	assert_int_equal(b->disk.boot.bytes, 12 << 20);
	assert_int_equal(b->disk.boot.at.line, 5);
	assert_int_equal(b->disk.data.bytes, 16 << 20);
	assert_int_equal(b->disk.card.bytes, 1 << 30);
	assert_true(b->has_rtc);
	assert_true(b->kexec_safe);
	assert_string_equal(b->qemu.disk[1], "if=sd,%");
	assert_string_equal(b->qemu.kernel, "u.bin");
	assert_false(b->qemu.is_bios);
}

static void qemu_may_be_given_a_program_as_firmware(void **state)
{
	struct desk *t = *state;
	const struct board *b =
		load(t, arena_printf(t->a, "%sqemu: {binary: qemu, bios: u.bin}\n", minimal));

	assert_silent(t);
	assert_string_equal(b->qemu.kernel, "u.bin");
	assert_true(b->qemu.is_bios);
}

static void no_init_images_can_be_meant(void **state)
{
	struct desk *t = *state;

	assert_int_equal(load(t, arena_printf(t->a, "%sinit: []\n", minimal))->n_init, 0);
}

static void a_wrong_board_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"arch: amd64\nkernel: {package: x}\nconsole: c\n", "needs the key 'file'"},
		{"arch: mips\nkernel: {package: x, file: y}\nconsole: c\n",
			"'arch' cannot be 'mips': it is one of amd64, arm64, armhf, s390x"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\ndisk: {boot: 8}\n",
			"'boot' must be a string, not a number: write \"8\""},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\ndisk: {boot: 8k}\n",
			"'boot': '8k' is no whole number of MiB, such as 64m"},
		{"arch: x86_64\nconsole: c\n", "the file needs the key 'kernel'"},
		{"arch: amd64\nkernel: {package: x, file: ../y}\nconsole: c\n",
			"must not hold '..'"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\nmodule: [x]\n",
			"did you mean 'modules'?"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\nmodules: [a b]\n",
			"'modules[0]': 'a b' is no name"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\nwatchdog: {timeout: "
		 "1ms}\n",
			"'timeout': '1ms' is no time of at least a second, such as 15s"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "reset-ram: {address: 0x10001000, size: 64k}\n",
			"'address': 0x10001000 is no multiple of 64k (0x10000)"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "reset-ram: {address: 0x10000000, size: 65k}\n",
			"'size': '65k' is no multiple of 64k, such as 256k"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "factory-reset: {gpio: 17}\n",
			"must be a string"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "factory-reset: {gpio: pinctrl x}\n",
			"'gpio': 'pinctrl x' is not a GPIO chip's label and the number of its "
			"line, such as 'pinctrl-bcm2835 17'"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "factory-reset: {gpio: pinctrl 7, hold: 10ms}\n",
			"'hold': '10ms' is no time of at least a second"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "factory-reset: {file: factory-reset}\n",
			"'file': 'factory-reset' is not a file's name of up to 8 letters"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "factory-reset: {}\n",
			"4:16: factory-reset needs a 'gpio', a 'file' or both"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "factory-reset: {file: r, hold: 3s}\n",
			"'hold' is of a button, and there is no 'gpio'"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "boot: {how: syslinux}\n",
			"4:13: 'how: syslinux' starts a partition of an MBR: the disk needs "
			"'table: "
			"hybrid'"},
		{"arch: amd64\nkernel: {package: x, file: y}\nconsole: c\n"
		 "qemu: {binary: q, args: [a], netdev: n, kernel: k, bios: b}\n",
			"4:52: QEMU starts one of 'kernel' and 'bios': keep one"},
	};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		desk_again(t);
		assert_null(load(t, rows[i].text));
		assert_said(t, rows[i].said);
	}
}

static void an_unknown_board_names_those_there_are(void **state)
{
	static const char *const names[] = {"that", "", "..", "../boards/it"};
	struct desk *t = *state;

	(void)desk_file(t, "boards/it/board.yml", minimal);
	(void)desk_file(t, "boards/other/board.yml", minimal);
	(void)desk_file(t, "boards/none/readme", "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		desk_again(t);
		assert_null(board_load(t->a, t->d, desk_path(t, "boards"), names[i]));
		assert_said(t, arena_printf(t->a, "there is no board '%s'; there are: it, other",
				       names[i]));
	}
}

static void the_boards_of_this_tree_are_good(void **state)
{
	static const char *const names[] = {"qemu-x86_64", "qemu-arm64"};
	struct desk *t = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(board_load(t->a, t->d, "boards", names[i]));
	assert_silent(t);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		T(what_is_not_said_has_a_default),
		T(everything_can_be_said),
		T(a_disk_can_be_said),
		T(qemu_may_be_given_a_program_as_firmware),
		T(no_init_images_can_be_meant),
		T(a_wrong_board_is_refused),
		T(an_unknown_board_names_those_there_are),
		T(the_boards_of_this_tree_are_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
