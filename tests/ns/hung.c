/*
 * A file system that stops answering, as one on a dead disk or a lost server does.
 *
 * hung serve FOLDER    mounts it there: a folder with a folder "sub" and a file "file"; after
 *                      SIGUSR1 requests are taken and never answered
 * hung cover FOLDER    mounts a tmpfs there
 * hung look FILE       looks at a file: hangs, and cannot be killed, once the answers have stopped
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	ROOT = 1,
	SUB,
	FILE_,
	BUFFER = 256 * 1024,
};

static volatile sig_atomic_t silent;

static void fall_silent(int sig)
{
	(void)sig;
	silent = 1;
}

static int failed(const char *what)
{
	fprintf(stderr, "hung: cannot %s: %s\n", what, strerror(errno));
	return 1;
}

static struct fuse_attr attr_of(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node, .mode = node == FILE_ ? S_IFREG | 0644 : S_IFDIR | 0755, .nlink = 1};
}

static void answer(int fd, const struct fuse_in_header *in, int error, void *body, size_t size)
{
	struct fuse_out_header out = {.error = error, .unique = in->unique};
	struct iovec v[2] = {{&out, sizeof(out)}, {body, error ? 0 : size}};

	out.len = (uint32_t)(sizeof(out) + v[1].iov_len);
	(void)!writev(fd, v, 2);
}

static void answer_lookup(int fd, const struct fuse_in_header *in, const char *name)
{
	uint64_t node = strcmp(name, "sub") == 0 ? SUB : strcmp(name, "file") == 0 ? FILE_ : 0;
	/* Valid for no time: every walk through here asks again. */
	struct fuse_entry_out e = {.nodeid = node, .attr = attr_of(node)};

	answer(fd, in, node ? 0 : -ENOENT, &e, sizeof(e));
}

static void take(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096};
	struct fuse_attr_out attr = {.attr = attr_of(in->nodeid)};

	if (silent)
		return;
	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer_lookup(fd, in, (const char *)(in + 1));
		break;
	case FUSE_GETATTR:
		answer(fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break; /* expect no answer */
	default:
		answer(fd, in, -ENOSYS, NULL, 0);
	}
}

static int serve(const char *folder)
{
	static char buf[BUFFER] __attribute__((aligned(8)));
	char options[64];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return failed("open /dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mkdir(folder, 0755) < 0 || mount("hung", folder, "fuse", 0, options) < 0)
		return failed("mount");
	(void)signal(SIGUSR1, fall_silent);
	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno != EINTR && errno != ENOENT)
			return failed("read a request");
		if (n > 0)
			take(fd, (const struct fuse_in_header *)buf);
	}
}

static int cover(const char *folder)
{
	return mount("cover", folder, "tmpfs", 0, NULL) < 0 ? failed("mount a tmpfs") : 0;
}

static int look(const char *file)
{
	struct stat st;

	return stat(file, &st) < 0 ? failed("look at the file") : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *);
	} verbs[] = {{"serve", serve}, {"cover", cover}, {"look", look}};

	for (size_t i = 0; argc == 3 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return verbs[i].run(argv[2]);
	}
	return 2;
}
