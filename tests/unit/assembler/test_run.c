#include "world.h"

#include <signal.h>
#include <time.h>

#include "../../../assembler/console.h"
#include "../../../assembler/qemu.h"

/* A program that is started instead of QEMU. */
static struct world *with_qemu(struct desk *t, const char *script)
{
	struct world *w = world_open(t);
	const char *path = desk_file(t, "bin/qemu-fake", script);
	const char *before = getenv("PATH");

	assert_int_equal(chmod(path, 0755), 0);
	if (!strstr(before, t->dir))
		assert_int_equal(
			setenv("PATH", arena_printf(t->a, "%s:%s", desk_path(t, "bin"), before), 1),
			0);
	(void)desk_file(t, "out/n-kernel", "k");
	(void)desk_file(t, "out/n-initrd.img", "i");
	(void)desk_file(t, "out/n-cmdline", "quiet console=ttyS0");
	return w;
}

static int run(struct world *w, const char *const more[], const char **ret_said)
{
	char *argv[16] = {(char *)"run"};
	int n = 1;

	for (; *more; more++)
		argv[n++] = (char *)*more;
	argv[n++] = (char *)desk_path(w->desk, "out/n");
	return world_verb(w, verb_run_image, argv, ret_said);
}

static bool is_alive(struct desk *t)
{
	pid_t pid = (pid_t)strtol(text_of(t, "pid"), NULL, 10);

	return pid > 0 && kill(pid, 0) == 0;
}

static const char *script(struct desk *t, const char *lines)
{
	return arena_printf(t->a, "#!/bin/sh\necho $$ >%s\n%s\n", desk_path(t, "pid"), lines);
}

static void a_text_that_is_seen_ends_the_machine(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "echo 'it is ready now'; exec sleep 100"));
	const char *said;

	assert_int_equal(run(w, (const char *[]){"--expect", "is ready", NULL}, &said), 0);
	assert_false(is_alive(t));
}

static void a_text_may_come_in_pieces(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t,
		script(t, "for c in r r e ad y; do printf $c; sleep 0.05; done; exec sleep 100"));
	const char *said;

	assert_int_equal(
		run(w, (const char *[]){"--expect", "ready", "--timeout", "20", NULL}, &said), 0);
}

static void time_that_is_up_is_a_failure(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "echo read y; exec sleep 100"));
	const char *said;

	assert_int_equal(
		run(w, (const char *[]){"--expect", "ready", "--timeout", "1", NULL}, &said),
		EXIT_FAILED);
	assert_non_null(strstr(said, "\"ready\" was not seen in 1 s"));
	assert_false(is_alive(t));
}

static void a_machine_that_will_not_end_is_killed(void **state)
{
	struct desk *t = *state;
	struct world *w =
		with_qemu(t, script(t, "trap '' TERM; echo ready; while :; do sleep 0.2; done"));
	const char *said;

	assert_int_equal(run(w, (const char *[]){"--expect", "ready", NULL}, &said), 0);
	assert_false(is_alive(t));
}

static void a_machine_that_ends_early_is_a_failure(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "echo panic; exit 3"));
	const char *said;

	assert_int_equal(run(w, (const char *[]){"--expect", "ready", NULL}, &said), EXIT_FAILED);
	assert_non_null(strstr(said, "ended (status 3) before it said \"ready\""));
}

static void the_console_is_kept_in_a_file(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "echo one; echo ready; exec sleep 100"));
	const char *said;

	assert_int_equal(run(w,
				 (const char *[]){"--expect", "ready", "--console",
					 desk_path(t, "console"), NULL},
				 &said),
		0);
	assert_non_null(strstr(text_of(t, "console"), "one\n"));
}

/* SIGTERM at us ends the machine too. */
static void an_interrupt_leaves_no_machine_behind(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "echo started; exec sleep 100"));
	const char *said;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(run(w, (const char *[]){"--expect", "never", "--timeout", "3600", NULL},
			&said));
	for (int i = 0; i < 500 && access(desk_path(t, "pid"), F_OK) < 0; i++)
		(void)usleep(10000);
	(void)usleep(100000);
	assert_int_equal(kill(pid, SIGTERM), 0);
	(void)alarm(60); /* instead of the hour */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)alarm(0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_false(is_alive(t));
}

/* Without --expect QEMU takes our place. */
static void the_exit_status_is_qemus_own(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "exit 42"));
	const char *said;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(run(w, (const char *[]){NULL}, &said));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static const char *command(struct desk *t, const struct qemu *q)
{
	const char **argv = qemu_command(t->a, q);
	const char *text = "";

	assert_non_null(argv);
	for (; *argv; argv++)
		text = arena_printf(t->a, "%s%s|", text, *argv);
	return text;
}

static void the_command_has_the_boards_arguments_and_the_forwards(void **state)
{
	static const char *args[] = {"-m", "64M"};
	const struct board b = {
		.name = "b", .machine = "none", .qemu = {"qemu-x", args, 2, "virtio-net-pci"}};
	const struct forward f[] = {{"page", 8080, 80}, {NULL, 2222, 22}};
	struct qemu q = {.board = &b,
		.base = "out/n",
		.cmdline = "a b",
		.forward = f,
		.n_forward = 2,
		.is_terminal = true,
		.log = "a,b"};
	struct desk *t = *state;

	assert_string_equal(command(t, &q),
		"qemu-x|-m|64M|-nodefaults|-no-reboot|-display|none|-kernel|out/n-kernel|"
		"-initrd|out/n-initrd.img|-append|a b|"
		"-netdev|user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,"
		"hostfwd=tcp:127.0.0.1:2222-:22|-device|virtio-net-pci,netdev=net0|"
		"-chardev|stdio,id=console,mux=on,signal=off,logfile=a,,b|"
		"-serial|chardev:console|-mon|chardev=console|");
}

/* As a card's file is started: the program in the firmware's place, the network card that is there
 * anyway. */
static void a_board_may_have_its_own_words_for_firmware_and_network(void **state)
{
	static const char *disk[] = {"-drive", "if=sd,%"};
	static const struct board b = {.name = "b",
		.machine = "none",
		.qemu = {.binary = "qemu-x",
			.netdev = "nic",
			.disk = disk,
			.n_disk = 2,
			.is_bios = true}};
	const struct qemu q = {.board = &b,
		.format = format_find(FORMAT_DISK),
		.base = "n",
		.kernel = "n-u.bin",
		.card = "n-card.qcow2"};
	const char *line = command(*state, &q);

	assert_non_null(
		strstr(line, "|-bios|n-u.bin|-drive|if=sd,format=qcow2,file=n-card.qcow2|"));
	assert_non_null(strstr(line, "|-netdev|user,id=net0|-net|nic,netdev=net0|"));
}

static const char *command_of(struct desk *t, const char *format)
{
	static const struct board b = {
		.name = "b", .machine = "x86_64", .qemu = {.binary = "qemu-x"}};
	const struct qemu q = {
		.board = &b, .format = format_find(format), .base = "n", .cmdline = "quiet"};

	assert_non_null(q.format);
	return command(t, &q);
}

static void a_format_is_started_as_its_firmware_would(void **state)
{
	struct desk *t = *state;
	const char *line = command_of(t, "kernel+squashfs");

	assert_non_null(strstr(line, "-initrd|n-root-initrd.img|-append|quiet root=/dev/vda "
				     "rootfstype=squashfs|"));
	assert_non_null(strstr(line, "file=n-squashfs.img,readonly=on|"));
	line = command_of(t, "iso-bios");
	assert_null(strstr(line, "-kernel"));
	assert_non_null(strstr(line, "file=n.iso,readonly=on|-device|ide-cd,drive=boot"));
	assert_null(strstr(line, "-bios"));
	line = command_of(t, "dynamic-vhd");
	assert_non_null(strstr(line, "format=vpc,file=n.vhd,snapshot=on|"));
}

static void a_tar_cannot_be_started(void **state)
{
	struct desk *t = *state;
	static const struct board b = {
		.name = "b", .machine = "none", .qemu = {.binary = "qemu-x"}};
	const struct qemu q = {.board = &b, .format = format_find("tar"), .base = "n"};
	struct caught c = caught_begin();
	const char **argv = qemu_command(t->a, &q);

	assert_non_null(strstr(caught_end(t, c), "QEMU cannot start the format tar"));
	assert_null(argv);
}

static void a_file_has_the_format_of_its_name(void **state)
{
	static const char *const files[][3] = {{"a/n-efi.iso", "iso-efi", "a/n"},
		{"n.iso", "iso-bios", "n"}, {"n-efi.qcow2", "qcow2-efi", "n"},
		{"n-efi-efi.img", "raw-efi", "n-efi"}, {"n-bios.img", "raw-bios", "n"}};
	struct desk *t = *state;
	const char *base;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_string_equal(format_of_file(t->a, files[i][0], &base)->name, files[i][1]);
		assert_string_equal(base, files[i][2]);
	}
	assert_null(format_of_file(t->a, "n-kernel", &base));
	assert_null(format_of_file(t->a, ".iso", &base));
}

static void a_card_goes_where_the_board_says(void **state)
{
	static const char *disk[] = {"-drive", "if=sd,%"};
	const struct board b = {.name = "b",
		.machine = "none",
		.qemu = {.binary = "qemu-x", .disk = disk, .n_disk = 2}};
	const struct qemu q = {.board = &b,
		.format = format_find(FORMAT_DISK),
		.card = "a,b.qcow2",
		.kernel = "u-boot.bin"};

	assert_string_equal(command(*state, &q),
		"qemu-x|-nodefaults|-no-reboot|-display|none|-kernel|u-boot.bin|"
		"-drive|if=sd,format=qcow2,file=a,,b.qcow2|-chardev|stdio,id=console|"
		"-serial|chardev:console|");
}

static void a_board_without_a_network_forwards_nothing(void **state)
{
	struct board b = {.name = "b", .machine = "none", .qemu = {.binary = "qemu-x"}};
	const struct forward f = {NULL, 1, 2};
	struct qemu q = {.board = &b, .base = "n", .cmdline = "", .forward = &f, .n_forward = 1};
	struct desk *t = *state;
	struct caught c = caught_begin();
	const char **argv = qemu_command(t->a, &q), **no_qemu;

	b.qemu.binary = NULL;
	q.n_forward = 0;
	no_qemu = qemu_command(t->a, &q);
	assert_non_null(strstr(caught_end(t, c), "has no network"));
	assert_null(argv);
	assert_null(no_qemu);
}

static void forwards_are_ports_with_or_without_a_name(void **state)
{
	static const char *const bad[] = {"", ":", "80", "1:", ":1", "1:0", "65536:1", "1:65536",
		"=1:2", "a=", "1:2x", "x:2", "-1:2", "1:2:3"};
	struct desk *t = *state;
	struct forward f;

	assert_int_equal(forward_parse(t->a, "8080:80", &f), 0);
	assert_null(f.name);
	assert_int_equal(f.host, 8080);
	assert_int_equal(f.guest, 80);
	assert_int_equal(forward_parse(t->a, "feeder=0:80", &f), 0);
	assert_string_equal(f.name, "feeder");
	assert_int_equal(forward_choose(&f), 0);
	assert_in_range(f.host, 1, 65535);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (forward_parse(t->a, bad[i], &f) == 0)
			fail_msg("'%s' is taken for a forward", bad[i]);
}

static void usage_errors_exit_with_two(void **state)
{
	struct desk *t = *state;
	struct world *w = with_qemu(t, script(t, "exit 0"));
	const char *said;

	assert_int_equal(run(w, (const char *[]){"--timeout", "soon", NULL}, &said), 2);
	assert_int_equal(run(w, (const char *[]){"--timeout", "0", NULL}, &said), 2);
	assert_int_equal(run(w, (const char *[]){"--forward", "80", NULL}, &said), 2);
	assert_int_equal(run(w, (const char *[]){"--expect", "", NULL}, &said), 2);
	assert_int_equal(run(w, (const char *[]){"--nonsense", NULL}, &said), 2);
	assert_int_equal(run(w, (const char *[]){"--board", "nosuch", NULL}, &said), 2);
	assert_int_equal(run(w, (const char *[]){"other", NULL}, &said), 2);
	assert_int_equal(unlink(desk_path(t, "out/n-cmdline")), 0);
	assert_int_equal(run(w, (const char *[]){NULL}, &said), 1);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_text_that_is_seen_ends_the_machine),
		IN_A_FOLDER(a_text_may_come_in_pieces),
		IN_A_FOLDER(time_that_is_up_is_a_failure),
		IN_A_FOLDER(a_machine_that_will_not_end_is_killed),
		IN_A_FOLDER(a_machine_that_ends_early_is_a_failure),
		IN_A_FOLDER(the_console_is_kept_in_a_file),
		IN_A_FOLDER(an_interrupt_leaves_no_machine_behind),
		IN_A_FOLDER(the_exit_status_is_qemus_own),
		IN_A_FOLDER(the_command_has_the_boards_arguments_and_the_forwards),
		IN_A_FOLDER(a_board_may_have_its_own_words_for_firmware_and_network),
		IN_A_FOLDER(a_format_is_started_as_its_firmware_would),
		IN_A_FOLDER(a_tar_cannot_be_started),
		IN_A_FOLDER(a_file_has_the_format_of_its_name),
		IN_A_FOLDER(a_card_goes_where_the_board_says),
		IN_A_FOLDER(a_board_without_a_network_forwards_nothing),
		IN_A_FOLDER(forwards_are_ports_with_or_without_a_name),
		IN_A_FOLDER(usage_errors_exit_with_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
