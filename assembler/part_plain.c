/* kernel, initrd and command line, in files of their own or in a tar. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cpio.h"
#include "io.h"
#include "tar.h"

static int failed(const char *path, int r)
{
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

int part_kernel(struct product *p, const char *path, int fd)
{
	const struct tree *boot = p->kernel->boot;

	return failed(path, io_write_inode(fd, boot, tree_get(boot, "kernel")));
}

int part_cmdline(struct product *p, const char *path, int fd)
{
	return failed(path, io_write(fd, p->cmdline, strlen(p->cmdline)));
}

static int append_file(int fd, const char *path)
{
	int in = open(path, O_RDONLY | O_CLOEXEC), r;

	if (in < 0)
		return failed(path, -errno);
	r = io_copy(in, fd);
	(void)close(in);
	return failed(path, r);
}

static int write_segments(struct product *p, int fd)
{
	const struct layout *l = p->layout;
	struct cpio_segment *s = arena_alloc(p->arena, l->n_segments * sizeof(*s));
	int r;

	for (size_t i = 0; i < l->n_segments; i++)
		s[i] = (struct cpio_segment){l->segment[i].tree, l->segment[i].what, NULL};
	r = cpio_segments(p->arena, s, l->n_segments);
	for (size_t i = 0; r >= 0 && i < l->n_segments; i++)
		r = append_file(fd, s[i].path);
	return r;
}

int part_initrd(struct product *p, const char *path, int fd)
{
	const struct tree_inode *ucode = tree_get(p->kernel->boot, "ucode");
	int r = ucode ? io_write_inode(fd, p->kernel->boot, ucode) : 0;

	return r < 0 ? failed(path, r) : write_segments(p, fd);
}

/* boot/ as LinuxKit's tools expect it in a tar. */
static int put_boot(struct product *p, struct tree *t)
{
	const struct tree_inode *ucode = tree_get(p->kernel->boot, "ucode");
	struct tree_inode kernel = *tree_get(p->kernel->boot, "kernel");
	int r;

	kernel.mode = S_IFREG | 0644;
	r = tree_put(t, "boot/kernel", &kernel);
	if (r >= 0)
		r = tree_put_file(t, "boot/cmdline", 0644, p->cmdline, strlen(p->cmdline));
	if (r >= 0 && ucode)
		r = tree_put(t, "boot/ucode.cpio", ucode);
	return r;
}

static int write_tree(struct tree *t, const char *path, int fd, int r)
{
	r = r < 0 ? failed(path, r) : tar_write(t, fd);
	tree_free(t);
	return r;
}

int part_tar(struct product *p, const char *path, int fd)
{
	struct tree *t = tree_new();
	int r = tree_graft(t, "", p->layout->merged);

	return write_tree(t, path, fd, r < 0 ? r : put_boot(p, t));
}

int part_tar_kernel_initrd(struct product *p, const char *path, int fd)
{
	static const struct {
		const char *name;
		product_make *make;
	} files[] = {
		{"cmdline", part_cmdline}, {"initrd.img", part_initrd}, {"kernel", part_kernel}};
	struct tree *t = tree_new();
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		const char *part = product_part(p, files[i].make);
		int in = part ? open(part, O_RDONLY | O_CLOEXEC) : -1;

		if (in < 0) {
			tree_free(t);
			return part ? failed(part, -errno) : -1;
		}
		r = tree_put_fd(t, files[i].name, 0644, in);
		(void)close(in);
	}
	return write_tree(t, path, fd, r);
}
