#include "qemu.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

static int parse_port(const char *text, size_t n, int *ret)
{
	char digits[6] = "";
	long port;

	if (n == 0 || n >= sizeof(digits) || strspn(text, "0123456789") < n)
		return -EINVAL;
	memcpy(digits, text, n);
	port = strtol(digits, NULL, 10);
	if (port > 65535)
		return -EINVAL;
	*ret = (int)port;
	return 0;
}

int forward_parse(struct arena *a, const char *text, struct forward *ret)
{
	const char *equals = strchr(text, '=');
	const char *host = equals ? equals + 1 : text;
	const char *colon = strchr(host, ':');
	struct forward f = {0};

	if (!colon || equals == text || parse_port(host, (size_t)(colon - host), &f.host) < 0 ||
		parse_port(colon + 1, strlen(colon + 1), &f.guest) < 0 || f.guest == 0)
		return -EINVAL;
	if (equals)
		f.name = arena_strndup(a, text, (size_t)(equals - text));
	*ret = f;
	return 0;
}

int forward_choose(struct forward *f)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd, r = 0;

	if (f->host != 0)
		return 0;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		r = -errno;
	else
		f->host = ntohs(at.sin_port);
	(void)close(fd);
	return r;
}

/*
 * Intel's or AMD's.  A kernel that is a guest itself may have a /dev/kvm that makes do without, and
 * ordinary kernels do not run on that.
 */
static bool has_x86_extensions(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[8192];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strncmp(line, "flags", 5) == 0 &&
			(strstr(line, " vmx ") || strstr(line, " svm "));
	if (f)
		(void)fclose(f);
	return found;
}

bool qemu_has_kvm(const char *machine)
{
	struct utsname u;
	int kvm, vm, cpu;

	if (uname(&u) < 0 || strcmp(u.machine, machine) != 0)
		return false;
	if (strcmp(machine, "x86_64") == 0 && !has_x86_extensions())
		return false;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return false;
	vm = ioctl(kvm, KVM_GET_API_VERSION, 0) == KVM_API_VERSION ? ioctl(kvm, KVM_CREATE_VM, 0)
								   : -1;
	cpu = vm >= 0 ? ioctl(vm, KVM_CREATE_VCPU, 0) : -1;
	if (cpu >= 0)
		(void)close(cpu);
	if (vm >= 0)
		(void)close(vm);
	(void)close(kvm);
	return cpu >= 0;
}

/* A command line that grows. */
struct words {
	struct arena *arena;
	const char **word;
	size_t n;
};

static void add(struct words *w, const char *a, const char *b)
{
	w->word[w->n++] = a;
	if (b)
		w->word[w->n++] = b;
}

static void add_network(struct words *w, const struct qemu *q)
{
	const char *net = "user,id=net0";

	if (!q->board->qemu.netdev)
		return;
	for (size_t i = 0; i < q->n_forward; i++)
		net = arena_printf(w->arena, "%s,hostfwd=tcp:127.0.0.1:%d-:%d", net,
			q->forward[i].host, q->forward[i].guest);
	add(w, "-netdev", net);
	add(w, strcmp(q->board->qemu.netdev, "nic") == 0 ? "-net" : "-device",
		arena_printf(w->arena, "%s,netdev=net0", q->board->qemu.netdev));
}

/* A comma in a file's name is written twice inside an option. */
static const char *escape(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, 2 * strlen(path) + 1), *p = out;

	for (; *path; path++) {
		*p++ = *path;
		if (*path == ',')
			*p++ = ',';
	}
	return out;
}

static void add_console(struct words *w, const struct qemu *q)
{
	const char *chardev = "stdio,id=console";

	/* signal=off: Ctrl-C is the guest's. */
	if (q->is_terminal)
		chardev = "stdio,id=console,mux=on,signal=off";
	if (q->is_terminal && q->log)
		chardev =
			arena_printf(w->arena, "%s,logfile=%s", chardev, escape(w->arena, q->log));
	add(w, "-chardev", chardev);
	add(w, "-serial", "chardev:console");
	if (q->is_terminal)
		add(w, "-mon", "chardev=console");
}

/* An option that is a file; what the guest writes is gone when it ends, the output stays as built.
 */
static const char *drive(struct words *w, const struct qemu *q, size_t output, const char *kind)
{
	const char *path =
		arena_printf(w->arena, "%s%s", q->base, q->format->output[output].suffix);

	return arena_printf(
		w->arena, "if=none,id=boot,format=%s,file=%s", kind, escape(w->arena, path));
}

static void add_kernel(
	struct words *w, const struct qemu *q, const char *initrd, const char *cmdline)
{
	add(w, "-kernel", arena_printf(w->arena, "%s-kernel", q->base));
	add(w, "-initrd", arena_printf(w->arena, "%s%s", q->base, initrd));
	add(w, "-append", cmdline);
}

static void add_root(struct words *w, const struct qemu *q)
{
	add_kernel(w, q, "-root-initrd.img",
		arena_printf(
			w->arena, "%s root=/dev/vda rootfstype=%s", q->cmdline, q->format->kind));
	add(w, "-drive", arena_printf(w->arena, "%s,readonly=on", drive(w, q, 1, "raw")));
	add(w, "-device", "virtio-blk-pci,drive=boot");
}

static void add_disk(struct words *w, const struct qemu *q)
{
	add(w, "-drive", arena_printf(w->arena, "%s,snapshot=on", drive(w, q, 0, q->format->kind)));
	add(w, "-device", "virtio-blk-pci,drive=boot");
}

/* A machine that is no PC has no CD drive; there the ISO is what it is on a USB stick. */
static void add_cd(struct words *w, const struct qemu *q)
{
	add(w, "-drive", arena_printf(w->arena, "%s,readonly=on", drive(w, q, 0, "raw")));
	add(w, "-device",
		strcmp(q->board->machine, "x86_64") == 0 ? "ide-cd,drive=boot"
							 : "virtio-blk-pci,drive=boot");
}

static int add_firmware(struct words *w, const struct qemu *q)
{
	static const struct {
		const char *machine, *path, *package;
	} firmware[] = {
		{"x86_64", "/usr/share/ovmf/OVMF.fd", "ovmf"},
		{"aarch64", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "qemu-efi-aarch64"},
	};

	for (size_t i = 0; i < sizeof(firmware) / sizeof(firmware[0]); i++) {
		if (strcmp(firmware[i].machine, q->board->machine) != 0)
			continue;
		if (access(firmware[i].path, R_OK) < 0)
			return say_error("%s is not there; it is in the Debian package %s",
				firmware[i].path, firmware[i].package);
		add(w, "-bios", firmware[i].path);
		return 0;
	}
	return say_error("there is no EFI for %s", q->board->machine);
}

/* The board's words, with the file in the place of '%'. */
static void add_card(struct words *w, const struct qemu *q)
{
	if (q->kernel)
		add(w, q->board->qemu.is_bios ? "-bios" : "-kernel", q->kernel);
	for (size_t i = 0; i < q->board->qemu.n_disk; i++) {
		const char *word = q->board->qemu.disk[i], *here = strchr(word, '%');

		if (here)
			word = arena_printf(w->arena, "%.*sformat=qcow2,file=%s%s",
				(int)(here - word), word, escape(w->arena, q->card), here + 1);
		add(w, word, NULL);
	}
}

static int add_boot(struct words *w, const struct qemu *q)
{
	switch (q->format ? q->format->boot : BOOT_INITRD) {
	case BOOT_NONE:
		return say_error("QEMU cannot start the format %s", q->format->name);
	case BOOT_INITRD:
		add_kernel(w, q, "-initrd.img", q->cmdline);
		return 0;
	case BOOT_ROOT:
		add_root(w, q);
		return 0;
	case BOOT_CD:
		add_cd(w, q);
		break;
	case BOOT_DISK:
		add_disk(w, q);
		break;
	case BOOT_CARD:
		add_card(w, q);
		break;
	}
	return q->format->is_efi ? add_firmware(w, q) : 0;
}

const char **qemu_command(struct arena *a, const struct qemu *q)
{
	const struct board *b = q->board;
	struct words w = {.arena = a};

	if (!b->qemu.binary) {
		(void)say_error("QEMU cannot be the board %s", b->name);
		return NULL;
	}
	if (q->n_forward > 0 && !b->qemu.netdev) {
		(void)say_error(
			"the board %s has no network in QEMU, nothing can be forwarded", b->name);
		return NULL;
	}
	w.word = arena_alloc(a, (b->qemu.n_args + b->qemu.n_disk + 32) * sizeof(*w.word));
	add(&w, b->qemu.binary, NULL);
	if (qemu_has_kvm(b->machine)) {
		add(&w, "-accel", "kvm");
		add(&w, "-accel", "tcg");
	}
	for (size_t i = 0; i < b->qemu.n_args; i++)
		add(&w, b->qemu.args[i], NULL);
	add(&w, "-nodefaults", "-no-reboot");
	add(&w, "-display", "none");
	if (add_boot(&w, q) < 0)
		return NULL;
	add_network(&w, q);
	add_console(&w, q);
	return w.word;
}
