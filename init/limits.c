#include "limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/policy.h"
#include "bundle.h"
#include "cgroup.h"

enum {
	CPU_PERIOD_US = 100000,
};

/* "memory.max" is in the folder of its controller with cgroup v1, in the group's own with v2. */
static int set(const char *group, const char *file, const char *value)
{
	char path[512];
	int fd, r = -1;

	if (cgroup_is_v1())
		snprintf(path, sizeof(path), CGROUP_ROOT "/%.*s/%s/%s", (int)strcspn(file, "."),
			file, group, file);
	else
		snprintf(path, sizeof(path), CGROUP_ROOT "/%s/%s", group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value))
		r = 0;
	if (r < 0)
		fprintf(stderr, "limits: cannot set %s to %s: %s\n", path, value, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return r;
}

/* The whole container goes, not the one process that asked last. */
static int set_memory(const char *group, const char *text)
{
	char value[32];
	uint64_t bytes = 0;

	(void)policy_bytes(text, &bytes);
	snprintf(value, sizeof(value), "%llu", (unsigned long long)bytes);
	if (cgroup_is_v1())
		return set(group, "memory.limit_in_bytes", value);
	if (set(group, "memory.max", value) < 0)
		return -1;
	return set(group, "memory.oom.group", "1");
}

static int set_cpu(const char *group, const char *text)
{
	uint32_t thousandths = 0;
	char value[48], both[64];

	(void)policy_cpus(text, &thousandths);
	snprintf(value, sizeof(value), "%llu",
		(unsigned long long)thousandths * CPU_PERIOD_US / 1000);
	if (cgroup_is_v1()) /* its period is CPU_PERIOD_US unless somebody changed it */
		return set(group, "cpu.cfs_quota_us", value);
	snprintf(both, sizeof(both), "%s %d", value, CPU_PERIOD_US);
	return set(group, "cpu.max", both);
}

static int set_pids(const char *group, const char *text)
{
	return set(group, "pids.max", text);
}

int limits_set(const json_t *config, const char *group)
{
	static const struct {
		const char *annotation;
		int (*set)(const char *group, const char *text);
	} limits[] = {{POLICY_PREFIX "memory", set_memory}, {POLICY_PREFIX "cpu", set_cpu},
		{POLICY_PREFIX "pids", set_pids}};
	const json_t *annotations = json_object_get(config, "annotations");

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *text = bundle_string(annotations, limits[i].annotation);

		if (*text && limits[i].set(group, text) < 0)
			return -1;
	}
	return 0;
}
