#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "../lib/text.h"
#include "bundle.h"
#include "limits.h"
#include "scan.h"

enum {
	COME_BACK_MS = 2000,
	COME_BACK_TRIES = 20,
	BINDS_MOST = 8, /* on one file; two are ours at the most */
};

struct wire {
	pid_t pid;
	struct nl_sock *sk;
};

static int nl_cannot(const char *verb, const char *link, int r)
{
	fprintf(stderr, "wire: cannot %s the link %s: %s\n", verb, link, nl_geterror(r));
	return -1;
}

/*
 * The outer end of the last run's pair: a bindNS keeps that run's namespace, and with it the pair,
 * alive.
 */
static void remove_old_pair(struct wire *w, const char *peer)
{
	struct rtnl_link *link = NULL;
	const char *type;

	if (rtnl_link_get_kernel(w->sk, 0, peer, &link) < 0)
		return;
	type = rtnl_link_get_type(link);
	if (type && strcmp(type, "veth") == 0)
		(void)rtnl_link_delete(w->sk, link); /* the add below says what is wrong */
	rtnl_link_put(link);
}

/* LinuxKit's rule: a peer without a type means veth; the peer's end stays outside. */
static int add_veth(struct wire *w, const char *name, const char *peer)
{
	int r;

	remove_old_pair(w, peer);
	r = rtnl_link_veth_add(w->sk, name, peer, getpid());
	return r < 0 ? nl_cannot("add", name, r) : 0;
}

static int add_link(struct nl_sock *sk, const char *name, const char *type)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int r = -NLE_NOMEM;

	if (link) {
		rtnl_link_set_name(link, name);
		r = rtnl_link_set_type(link, type);
		if (r == 0)
			r = rtnl_link_add(sk, link, NLM_F_CREATE | NLM_F_EXCL);
	}
	rtnl_link_put(link);
	return r < 0 ? nl_cannot("add", name, r) : 0;
}

/*
 * A card that was in the last run's namespace comes back when the kernel has taken that apart,
 * which may be some time after its last process has ended.
 */
static int find_link(struct wire *w, const char *name, struct rtnl_link **ret_link)
{
	const struct timespec pause = {0, COME_BACK_MS / COME_BACK_TRIES * 1000000L};
	int r = 0;

	for (int i = 0; i < COME_BACK_TRIES; i++) {
		r = rtnl_link_get_kernel(w->sk, 0, name, ret_link);
		if (r >= 0 || (r != -NLE_NODEV && r != -NLE_OBJ_NOTFOUND))
			break;
		(void)nanosleep(&pause, NULL);
	}
	return r;
}

static int move_link(struct wire *w, const char *name)
{
	struct rtnl_link *link = NULL, *change = rtnl_link_alloc();
	int r = change ? find_link(w, name, &link) : -NLE_NOMEM;

	if (r == 0) {
		rtnl_link_set_ns_pid(change, w->pid);
		r = rtnl_link_change(w->sk, link, change, 0);
	}
	rtnl_link_put(link);
	rtnl_link_put(change);
	return r < 0 ? nl_cannot("move", name, r) : 0;
}

/* Made inside the container's namespace by a socket that was opened there. */
static int add_inside(struct wire *w, const char *name, const char *type)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = -1, r = -1;
	struct nl_sock *sk = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)w->pid);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) {
		fprintf(stderr, "wire: cannot enter the network namespace: %s\n", strerror(errno));
		goto out;
	}
	sk = nl_socket_alloc();
	r = sk ? nl_connect(sk, NETLINK_ROUTE) : -NLE_NOMEM;
	r = r < 0 ? nl_cannot("add", name, r) : add_link(sk, name, type);
	if (setns(here, CLONE_NEWNET) < 0)
		r = -1;
out:
	nl_socket_free(sk);
	if (here >= 0)
		(void)close(here);
	if (there >= 0)
		(void)close(there);
	return r;
}

static int do_interface(struct wire *w, const json_t *interface)
{
	const char *name = bundle_string(interface, "name");
	const char *type = bundle_string(interface, "add");
	const char *peer = bundle_string(interface, "peer");

	if (!*name) {
		fprintf(stderr, "wire: an interface has no name\n");
		return -1;
	}
	if (*peer && !*type)
		type = "veth";
	if (strcmp(type, "veth") == 0 && !*peer) {
		fprintf(stderr, "wire: the veth link %s has no peer\n", name);
		return -1;
	}
	if (strcmp(type, "veth") == 0)
		return add_veth(w, name, peer) < 0 ? -1 : move_link(w, name);
	if (*type && !json_is_true(json_object_get(interface, "createInRoot")))
		return add_inside(w, name, type);
	if (*type && add_link(w->sk, name, type) < 0)
		return -1;
	return move_link(w, name);
}

static int do_interfaces(struct wire *w, const json_t *runtime)
{
	json_t *list;
	size_t n = bundle_array(runtime, "interfaces", &list);
	int r = 0;

	if (!n)
		return 0;
	w->sk = nl_socket_alloc();
	if (!w->sk || nl_connect(w->sk, NETLINK_ROUTE) < 0) {
		fprintf(stderr, "wire: cannot talk to the kernel about links\n");
		r = -1;
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = do_interface(w, json_array_get(list, i));
	nl_socket_free(w->sk);
	return r;
}

/*
 * The kernel does not pass a mount namespace on to peers, and refuses the whole mount where there
 * are some (EINVAL).  A private mount of the file below it has none.  (Linux 6.18 numbers
 * namespaces by processor and takes one with a lower number for an ancestor: EINVAL that stays,
 * until another start gets another number.)
 */
static int bind_below_private(const char *from, const char *to)
{
	if (mount(to, to, NULL, MS_BIND, NULL) < 0 || mount(NULL, to, NULL, MS_PRIVATE, NULL) < 0)
		return -1;
	return mount(from, to, NULL, MS_BIND, NULL);
}

static int bind_one(const struct wire *w, const char *ns, const char *to)
{
	char from[64], folder[512];
	int fd = -1;

	snprintf(from, sizeof(from), "/proc/%d/ns/%s", (int)w->pid, ns);
	snprintf(folder, sizeof(folder), "%s", to);
	if (bundle_mkdirs(dirname(folder)) == 0)
		fd = open(to, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0) {
		(void)close(fd);
		if (mount(from, to, NULL, MS_BIND, NULL) == 0 ||
			(errno == EINVAL && bind_below_private(from, to) == 0))
			return 0;
	}
	fprintf(stderr, "wire: cannot bind the %s namespace to %s: %s\n", ns, to, strerror(errno));
	return -1;
}

/* A restarted service leaves the last one's namespace there, and in that its links. */
static int unbind_one(const struct wire *w, const char *ns, const char *to)
{
	(void)w;
	(void)ns;
	for (int i = 0; i < BINDS_MOST && umount2(to, MNT_DETACH | UMOUNT_NOFOLLOW) == 0; i++)
		;
	return 0;
}

static int each_namespace(const struct wire *w, const json_t *runtime,
	int (*act)(const struct wire *w, const char *ns, const char *to))
{
	static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
	const json_t *bind = json_object_get(runtime, "bindNS");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *to = bundle_string(bind, kinds[i]);

		if (*to && act(w, kinds[i], to) < 0)
			return -1;
	}
	return 0;
}

static int do_limits(const char *bundle)
{
	char error[SCAN_ERROR_MAX];
	json_t *config = bundle_read(bundle, "config.json", error, sizeof(error));
	const char *slash = strrchr(bundle, '/');
	const char *group;
	int r;

	if (!config) {
		fprintf(stderr, "wire: %s\n", error);
		return -1;
	}
	group = bundle_string(json_object_get(config, "linux"), "cgroupsPath");
	r = limits_set(config, *group ? group : slash + 1);
	json_decref(config);
	return r;
}

int helper_wire(int argc, char **argv)
{
	struct wire w = {0};
	json_t *runtime;
	int64_t pid;
	int r;

	if (argc != 3 || !text_number(argv[2], 2, 1 << 22, &pid))
		return 1;
	w.pid = (pid_t)pid;
	runtime = bundle_runtime(argv[1]);
	if (!runtime)
		return 1;
	r = each_namespace(&w, runtime, unbind_one);
	if (r == 0)
		r = do_interfaces(&w, runtime);
	if (r == 0)
		r = each_namespace(&w, runtime, bind_one);
	if (r == 0)
		r = do_limits(argv[1]);
	json_decref(runtime);
	return r < 0;
}
