/*
 * Every key of a system.  The types LinuxKit's schema gives, so that what it takes is taken here;
 * ranges and spellings catch what would only fail on the device.
 */
#include "../lib/policy.h"
#include "schema_row.h"

static const struct schema_type string = STRING();
static const struct schema_type text = STRING(.look = look_text);
static const struct schema_type path = STRING(.look = look_path);
static const struct schema_type octal = STRING(.look = look_octal);
static const struct schema_type inside = STRING(.look = look_inside);
static const struct schema_type image = STRING(.look = look_image);
static const struct schema_type needed_image = STRING(.look = look_needed_image);
static const struct schema_type name_space = STRING(.look = look_namespace);
static const struct schema_type net = STRING(.look = look_net);
static const struct schema_type boolean = {.kind = SCHEMA_BOOL};
static const struct schema_type id = {.kind = SCHEMA_ID, .look = look_id};
static const struct schema_type any_int = {.kind = SCHEMA_INT};
static const struct schema_type positive = INT(0, INT64_MAX);
static const struct schema_type id_number = INT(0, UINT32_MAX);
static const struct schema_type device_number = INT(-1, UINT32_MAX);
static const struct schema_type strings_map = {.kind = SCHEMA_STRINGS};
static const struct schema_type strings = LIST_OF(string);
static const struct schema_type texts = LIST_OF(text);
static const struct schema_type paths = LIST_OF(path);
static const struct schema_type insides = LIST_OF(inside);
static const struct schema_type images = LIST_OF(needed_image);
static const struct schema_type capabilities = {
	.kind = SCHEMA_LIST, .item = &string, .look = look_capabilities};
static const struct schema_type binds = LIST(.kind = SCHEMA_STRING, .look = look_bind);

static const struct schema_key mapping_keys[] = {
	NEED("hostID", &id_number, "the first id outside"),
	NEED("containerID", &id_number, "the first id in the container"),
	NEED("size", &id_number, "how many"),
	END,
};
static const struct schema_type mappings = LIST(.kind = SCHEMA_RECORD, .keys = mapping_keys);

static const struct schema_key mount_keys[] = {
	KEY("destination", &string, "where; known for proc, devpts, sysfs, cgroup, mqueue"),
	KEY("type", &string, "the file system; known by some sources"),
	KEY("source", &string, "what; for a bind also a volume's name"),
	KEY("options", &strings, "as in fstab(5)"),
	KEY("uidmappings", &mappings, "ids of an idmapped mount"),
	KEY("gidmappings", &mappings, "ids of an idmapped mount"),
	END,
};
static const struct schema_type mounts =
	LIST(.kind = SCHEMA_RECORD, .keys = mount_keys, .look = look_mount);

/* Done by mount(2) outside: an idmapped mount, which LinuxKit takes here and forgets, is none of
 * it. */
static const struct schema_key runtime_mount_keys[] = {
	KEY("destination", &text, "where; without '/', in the container's root"),
	KEY("type", &string, "the file system"),
	KEY("source", &string, "what"),
	KEY("options", &strings, "as in fstab(5)"),
	END,
};
static const struct schema_type runtime_mounts =
	LIST(.kind = SCHEMA_RECORD, .keys = runtime_mount_keys);

static const struct schema_key device_keys[] = {
	NEED("path", &string, "where in the container, or all"),
	KEY("type", &string, "b, c, u or p; with all: a, b or c"),
	KEY("major", &any_int, "the driver's number"),
	KEY("minor", &any_int, "the device's number"),
	KEY("mode", &octal, "its permissions"),
	END,
};
static const struct schema_type devices =
	LIST(.kind = SCHEMA_RECORD, .keys = device_keys, .look = look_device);

static const struct schema_type rule_type = WORDS("a", "b", "c", "");
static const struct schema_type access_letters = STRING(.look = look_access);
static const struct schema_key rule_keys[] = {
	KEY("allow", &boolean, "or deny, the default"),
	KEY("type", &rule_type, "all, block or character devices"),
	KEY("major", &device_number, "the driver's number; -1: any"),
	KEY("minor", &device_number, "the device's number; -1: any"),
	KEY("access", &access_letters, "of r, w and m"),
	END,
};
static const struct schema_type rules = LIST(.kind = SCHEMA_RECORD, .keys = rule_keys);

static const struct schema_type swappiness_type = INT(0, 100);
static const struct schema_key memory_keys[] = {
	KEY("limit", &any_int, "bytes; -1: none"),
	KEY("reservation", &any_int, "bytes kept when memory is short"),
	KEY("swap", &any_int, "bytes of memory and swap"),
	KEY("kernel", &any_int, "bytes of kernel memory"),
	KEY("kernelTCP", &any_int, "bytes of TCP buffers"),
	KEY("swappiness", &swappiness_type, "how readily memory goes to swap"),
	KEY("disableOOMKiller", &boolean, "wait for memory instead of being killed"),
	END,
};
static const struct schema_type memory = RECORD(.keys = memory_keys);

static const struct schema_key cpu_keys[] = {
	KEY("shares", &positive, "the weight against others"),
	KEY("quota", &any_int, "microseconds in a period"),
	KEY("period", &positive, "microseconds"),
	KEY("realtimeRuntime", &any_int, "microseconds of real-time processes"),
	KEY("realtimePeriod", &positive, "microseconds"),
	KEY("cpus", &string, "which, such as 0-2,4"),
	KEY("mems", &string, "which memory nodes"),
	END,
};
static const struct schema_type cpu = RECORD(.keys = cpu_keys);

static const struct schema_key pids_keys[] = {
	NEED("limit", &any_int, "how many processes and threads"),
	END,
};
static const struct schema_type pids = RECORD(.keys = pids_keys);

static const struct schema_type weight = INT(0, 1000);
static const struct schema_key weight_keys[] = {
	NEED("major", &id_number, "the driver's number"),
	NEED("minor", &id_number, "the device's number"),
	KEY("weight", &weight, "10 to 1000"),
	KEY("leafWeight", &weight, "10 to 1000, against its own children"),
	END,
};
static const struct schema_type weights = LIST(.kind = SCHEMA_RECORD, .keys = weight_keys);

static const struct schema_key throttle_keys[] = {
	NEED("major", &id_number, "the driver's number"),
	NEED("minor", &id_number, "the device's number"),
	NEED("rate", &positive, "a second"),
	END,
};
static const struct schema_type throttles = LIST(.kind = SCHEMA_RECORD, .keys = throttle_keys);

static const struct schema_key blockio_keys[] = {
	KEY("weight", &weight, "10 to 1000"),
	KEY("leafWeight", &weight, "10 to 1000, against its own children"),
	KEY("weightDevice", &weights, "weights of single devices"),
	KEY("throttleReadBpsDevice", &throttles, "bytes read"),
	KEY("throttleWriteBpsDevice", &throttles, "bytes written"),
	KEY("throttleReadIOPSDevice", &throttles, "reads"),
	KEY("throttleWriteIOPSDevice", &throttles, "writes"),
	END,
};
static const struct schema_type blockio = RECORD(.keys = blockio_keys);

static const struct schema_type page_size = {.kind = SCHEMA_ID, .look = look_page_size};
static const struct schema_key hugepage_keys[] = {
	NEED("pageSize", &page_size, "such as \"2MB\""),
	NEED("limit", &positive, "bytes"),
	END,
};
static const struct schema_type hugepages = LIST(.kind = SCHEMA_RECORD, .keys = hugepage_keys);

static const struct schema_type interface_name = STRING(.look = look_interface_name);
static const struct schema_key priority_keys[] = {
	NEED("name", &interface_name, "of the interface"),
	NEED("priority", &id_number, "of its packets"),
	END,
};
static const struct schema_type priorities = LIST(.kind = SCHEMA_RECORD, .keys = priority_keys);
static const struct schema_key network_keys[] = {
	KEY("classID", &id_number, "of its packets, for tc(8)"),
	KEY("priorities", &priorities, "by interface"),
	END,
};
static const struct schema_type network = RECORD(.keys = network_keys);

static const struct schema_key resources_keys[] = {
	KEY("devices", &rules, "which devices may be used"),
	KEY("memory", &memory, "limits of memory"),
	KEY("cpu", &cpu, "limits of processor time"),
	KEY("pids", &pids, "limits of processes"),
	KEY("blockio", &blockio, "limits of block devices"),
	KEY("hugepageLimits", &hugepages, "limits of huge pages"),
	KEY("network", &network, "marks on packets"),
	END,
};
static const struct schema_type resources = RECORD(.keys = resources_keys);

static const struct schema_key interface_keys[] = {
	NEED("name", &interface_name, "in the container"),
	KEY("add", &string, "make it, of this type; without: move an existing one"),
	KEY("peer", &interface_name, "the other end of a veth"),
	KEY("createInRoot", &boolean, "make it outside, then move it"),
	END,
};
static const struct schema_type interfaces = LIST(.kind = SCHEMA_RECORD, .keys = interface_keys);

static const struct schema_key bind_ns_keys[] = {
	KEY("cgroup", &path, "where to keep the cgroup namespace"),
	KEY("ipc", &path, "where to keep the IPC namespace"),
	KEY("mnt", &path, "where to keep the mount namespace"),
	KEY("net", &path, "where to keep the network namespace"),
	KEY("pid", &path, "where to keep the PID namespace"),
	KEY("user", &path, "where to keep the user namespace"),
	KEY("uts", &path, "where to keep the UTS namespace"),
	END,
};
static const struct schema_type bind_ns = RECORD(.keys = bind_ns_keys);

static const struct schema_key runtime_keys[] = {
	KEY("cgroups", &insides, "cgroups to make"),
	KEY("mounts", &runtime_mounts, "mounts outside, before the container is made"),
	KEY("mkdir", &texts, "folders to make, after the mounts"),
	KEY("interfaces", &interfaces, "network interfaces to give it"),
	KEY("bindNS", &bind_ns, "namespaces to keep under a path"),
	KEY("namespace", &string, "of containerd; kept for LinuxKit"),
	END,
};
static const struct schema_type runtime = RECORD(.keys = runtime_keys);

static const struct schema_type entry_name = STRING(.look = look_entry_name);
static const struct schema_type hostname = STRING(.look = look_hostname);
static const struct schema_type oom_score = INT(-1000, 1000);
static const struct schema_type propagation = WORDS("private", "rprivate", "shared", "rshared",
	"slave", "rslave", "unbindable", "runbindable", "");
static const struct schema_type cgroups_path = STRING(.look = look_cgroups_path);
static const struct schema_type annotations = {.kind = SCHEMA_STRINGS, .look = look_annotations};
/* What is asked of the supervisor: its values are checked by the table that the device reads them
 * with. */
static const struct schema_type asked = {.kind = SCHEMA_WORDS, .look = look_asked};
static const struct schema_type tmpfs = LIST(.kind = SCHEMA_STRING, .look = look_tmpfs);
static const struct schema_type env = LIST(.kind = SCHEMA_STRING, .look = look_env);
static const struct schema_type rlimits = LIST(.kind = SCHEMA_STRING, .look = look_rlimit);
static const struct schema_type ids = LIST_OF(id);

enum {
	ENTRY_OWN_KEYS = 2
}; /* the first rows, which a label does not have */

static const struct schema_key entry_keys[] = {
	NEED("name", &entry_name, "the container's name"),
	NEED("image", &needed_image, "what runs"),
	KEY("capabilities", &capabilities, "CAP_… names, or all or none alone; default none"),
	KEY("capabilities.add", &capabilities, "to those of the image's label"),
	KEY("ambient", &capabilities, "capabilities that survive execve(2)"),
	KEY("mounts", &mounts, "mounts inside"),
	KEY("binds", &binds, "SOURCE:DESTINATION[:OPTION,…]; a SOURCE without '/' is a volume"),
	KEY("binds.add", &binds, "to those of the image's label"),
	KEY("devices", &devices, "device nodes inside"),
	KEY("tmpfs", &tmpfs, "DESTINATION[:OPTION,…]"),
	KEY("command", &strings, "program and arguments"),
	KEY("env", &env, "NAME=value"),
	KEY("cwd", &path, "the folder it starts in"),
	KEY("net", &net, "host (default), new, none or a path"),
	KEY("pid", &name_space, "new (default), host or a path"),
	KEY("ipc", &name_space, "host (default), new or a path"),
	KEY("uts", &name_space, "host (default), new or a path"),
	KEY("userns", &name_space, "host (default), new or a path"),
	KEY("readonly", &boolean, "no writable layer"),
	KEY("maskedPaths", &paths, "paths nobody can read"),
	KEY("readonlyPaths", &paths, "paths nobody can write"),
	KEY("uid", &id, "a number, or the name of a container that has its own id"),
	KEY("gid", &id, "a number, or the name of a container that has its own id"),
	KEY("additionalGids", &ids, "further groups"),
	KEY("noNewPrivileges", &boolean, "set-uid programs gain nothing"),
	KEY("hostname", &hostname, "with uts: new"),
	KEY("oomScoreAdj", &oom_score, "-1000: never killed when memory ends; 1000: first"),
	KEY("rootfsPropagation", &propagation, "of mounts"),
	KEY("cgroupsPath", &cgroups_path, "its cgroup; default its name"),
	KEY("resources", &resources, "limits"),
	KEY("sysctl", &strings_map, "kernel settings of its namespaces"),
	KEY("rlimits", &rlimits, "NAME,SOFT,HARD"),
	KEY("uidMappings", &mappings, "users of a new user namespace"),
	KEY("gidMappings", &mappings, "groups of a new user namespace"),
	KEY("annotations", &annotations, "notes for programs; org.nanny.… are ours"),
	KEY("runtime", &runtime, "what is done outside, before it starts"),
/* clang-format off */
#define POLICY(name, kinds, form, fallback, parser, help) KEY(name, &asked, help),
#include "../lib/policy_rows.h"
#undef POLICY
	/* clang-format on */
	END,
};
static const struct schema_type entry = RECORD(.keys = entry_keys, .look = look_entry);
static const struct schema_type entries = LIST_OF(entry);
const struct schema_type schema_label =
	RECORD(.keys = entry_keys + ENTRY_OWN_KEYS, .look = look_entry);

static const struct schema_key kernel_keys[] = {
	KEY("image", &image, "an image with the kernel; default the board's package"),
	KEY("cmdline", &string, "added to the board's"),
	KEY("binary", &string, "the kernel's file in the image; default kernel"),
	KEY("tar", &string, "the modules' archive in the image; none: there is none"),
	KEY("ucode", &string, "the processor's microcode in the image"),
	END,
};
static const struct schema_type kernel = RECORD(.keys = kernel_keys);

static const struct schema_type volume_name = STRING(.look = look_volume_name);
static const struct schema_type volume_format = WORDS("oci", "filesystem");
static const struct schema_type platforms = LIST(.kind = SCHEMA_STRING, .look = look_platform);
static const struct schema_key volume_keys[] = {
	NEED("name", &volume_name, "what binds call it"),
	KEY("image", &image, "what is in it; without: nothing"),
	KEY("readonly", &boolean, "nobody can write"),
	KEY("persistent", &boolean, "what is written is kept on the data partition"),
	KEY("format", &volume_format,
		"filesystem (default): the image's files; oci: the image itself"),
	KEY("platforms", &platforms, "with oci: for which; default the board's"),
	END,
};
static const struct schema_type volumes =
	LIST(.kind = SCHEMA_RECORD, .keys = volume_keys, .look = look_volume);

static const struct schema_type metadata = WORDS("yaml", "json");
static const struct schema_key file_keys[] = {
	NEED("path", &inside, "where in the image"),
	KEY("directory", &boolean, "a folder"),
	KEY("symlink", &string, "a symbolic link to this"),
	KEY("contents", &string, "a file with this"),
	KEY("source", &string, "a file with what this file holds"),
	KEY("metadata", &metadata, "a file with the configuration itself"),
	KEY("optional", &boolean, "left out when the source is missing"),
	KEY("mode", &octal, "default \"0600\", for a folder \"0700\""),
	KEY("uid", &id, "owner: a number or a container's name"),
	KEY("gid", &id, "group: a number or a container's name"),
	END,
};
static const struct schema_type files =
	LIST(.kind = SCHEMA_RECORD, .keys = file_keys, .look = look_file);

static const struct schema_key trust_keys[] = {
	KEY("image", &strings, "ignored"),
	KEY("org", &strings, "ignored"),
	END,
};
static const struct schema_type trust = RECORD(.keys = trust_keys);

static const struct schema_key linuxkit_keys[] = {
	KEY("kernel", &kernel, "the kernel and its command line"),
	KEY("init", &images, "images unpacked into the root, one over the other"),
	KEY("onboot", &entries, "containers that run once, one after another"),
	KEY("onshutdown", &entries, "containers that run once at the end"),
	KEY("services", &entries, "containers that keep running"),
	KEY("volumes", &volumes, "folders that containers share"),
	KEY("files", &files, "single files of the root"),
	KEY("trust", &trust, "ignored"),
	END,
};
const struct schema_type schema_linuxkit = RECORD(.keys = linuxkit_keys);
