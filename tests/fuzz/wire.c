/*
 * runtime.json, as helper_wire reads it: interfaces and bindNS.  libnl and the kernel are played
 * here; no link is made.
 */
#include <libgen.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "folder.h"

static int fuzz_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const void *data)
{
	(void)type;
	(void)flags;
	(void)data;
	/* The namespace, or the file itself below it, and that private. */
	MUST(*target && (!source || strncmp(source, "/proc/77/ns/", 12) == 0 ||
				strcmp(source, target) == 0));
	return 0;
}

static int fuzz_umount2(const char *path, int flags)
{
	(void)flags;
	MUST(*path);
	return 0;
}

static int fuzz_nanosleep(const struct timespec *pause, struct timespec *rest)
{
	(void)pause;
	(void)rest;
	return 0;
}

static int fuzz_open(const char *path, int flags, ...)
{
	(void)flags;
	MUST(*path);
	return 1000000; /* no fd; closing it does nothing */
}

static int fuzz_setns(int fd, int kind)
{
	(void)fd;
	MUST(kind == CLONE_NEWNET);
	return 0;
}

static int fuzz_mkdirs(const char *path)
{
	(void)path;
	return 0;
}

#define mount         fuzz_mount
#define umount2       fuzz_umount2
#define open          fuzz_open
#define nanosleep     fuzz_nanosleep
#define setns         fuzz_setns
#define bundle_mkdirs fuzz_mkdirs
#include "../../init/helper_wire.c"

struct nl_sock {
	int unused;
};

struct rtnl_link {
	int unused;
};

struct nl_sock *nl_socket_alloc(void)
{
	return calloc(1, sizeof(struct nl_sock));
}

void nl_socket_free(struct nl_sock *sk)
{
	free(sk);
}

int nl_connect(struct nl_sock *sk, int protocol)
{
	(void)protocol;
	MUST(sk);
	return 0;
}

const char *nl_geterror(int error)
{
	(void)error;
	return "no";
}

struct rtnl_link *rtnl_link_alloc(void)
{
	return calloc(1, sizeof(struct rtnl_link));
}

void rtnl_link_put(struct rtnl_link *l)
{
	free(l);
}

int rtnl_link_get_kernel(struct nl_sock *sk, int i, const char *name, struct rtnl_link **ret)
{
	(void)i;
	MUST(sk && name);
	if (strlen(name) > 15)
		return -NLE_OBJ_NOTFOUND;
	*ret = rtnl_link_alloc();
	return 0;
}

char *rtnl_link_get_type(struct rtnl_link *l)
{
	static char veth[] = "veth";

	MUST(l);
	return veth;
}

int rtnl_link_set_type(struct rtnl_link *l, const char *type)
{
	MUST(l && type);
	return *type == '!' ? -NLE_OPNOTSUPP : 0;
}

void rtnl_link_set_name(struct rtnl_link *l, const char *name)
{
	MUST(l && name);
}

void rtnl_link_set_ns_pid(struct rtnl_link *l, pid_t pid)
{
	MUST(l && pid == 77);
}

int rtnl_link_add(struct nl_sock *sk, struct rtnl_link *l, int flags)
{
	(void)flags;
	MUST(sk && l);
	return 0;
}

int rtnl_link_delete(struct nl_sock *sk, const struct rtnl_link *l)
{
	MUST(sk && l);
	return 0;
}

int rtnl_link_change(struct nl_sock *sk, struct rtnl_link *l, struct rtnl_link *change, int flags)
{
	(void)flags;
	MUST(sk && l && change);
	return 0;
}

int rtnl_link_veth_add(struct nl_sock *sk, const char *name, const char *peer, pid_t pid)
{
	(void)pid;
	MUST(sk && *name && *peer);
	return 0;
}

#undef open
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = HELPER_WIRE, pid[] = "77";
	char bundle[96];
	char *argv[] = {name, bundle, pid, NULL};
	FILE *real = stderr;

	folder_put("runtime.json", data, size);
	snprintf(bundle, sizeof(bundle), "%s/c", fuzz_folder);
	stderr = fopen("/dev/null", "w");
	MUST(stderr);
	(void)helper_wire(3, argv);
	(void)fclose(stderr);
	stderr = real;
	return 0;
}
