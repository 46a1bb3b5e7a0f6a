#!/usr/bin/env python3
"""Writes /containers as LinuxKit's own builder lays it out, from its documentation and not from our assembler.

linuxkit_tree.py ROOT BUSYBOX: the folders go below ROOT; every image is BUSYBOX at /bin/busybox.

What is worth the trouble: every key of runtime.json is there, empty or not; JSON with four spaces, and & < >
as \\u0026 \\u003c \\u003e; an image that was used before is not there again, its first user's folder is named.
"""
import json
import os
import shutil
import sys

ROOT, BUSYBOX = sys.argv[1:3]
LATER = {}  # image: the folder that holds its files, as its later users name it

CAPS_NONE = {"bounding": None, "effective": None, "inheritable": None, "permitted": None, "ambient": None}
CAPS_ALL = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_RAW",
            "CAP_SETGID", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_CHROOT"]


def write(path, text):
    os.makedirs(os.path.dirname(ROOT + path), exist_ok=True)
    with open(ROOT + path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(ROOT + path, 0o644)


def go_json(value):
    text = json.dumps(value, indent=4, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def folder(path):
    os.makedirs(ROOT + path, exist_ok=True)
    os.chmod(ROOT + path, 0o755)


def image(path):
    for name in ("bin", "dev", "dev/pts", "dev/shm", "etc", "proc", "sys", "data", "run", "cg", "usr/bin"):
        folder(f"{path}/{name}")
    shutil.copy(BUSYBOX, f"{ROOT}{path}/bin/busybox")
    os.chmod(f"{ROOT}{path}/bin/busybox", 0o755)
    os.symlink("busybox", f"{ROOT}{path}/bin/sh")
    write(f"{path}/etc/hosts", "127.0.0.1       localhost\n::1     localhost ip6-localhost ip6-loopback\n")
    write(f"{path}/etc/resolv.conf", "# no resolv.conf configured\n")
    os.symlink("/proc/mounts", f"{ROOT}{path}/etc/mtab")


def rootfs(prefix, name, readonly):
    """The mounts of the container's root; its files, if nobody has brought them before."""
    own = f"{prefix}/rootfs" if readonly else f"{prefix}/lower"
    first = name not in LATER
    if first:
        image(own)
        LATER[name] = own
    files = LATER[name]
    if readonly:
        folder(f"{prefix}/rootfs")
        return [{"destination": f"{prefix}/rootfs", "source": files, "options": ["bind"]}]
    folder(f"{prefix}/tmp")
    folder(f"{prefix}/rootfs")
    return [
        {"destination": f"{prefix}/tmp", "type": "tmpfs", "source": "tmpfs"},
        {"destination": f"{prefix}/tmp", "options": ["remount", "private"]},
        {"destination": f"{prefix}/rootfs", "type": "overlay", "source": "overlay",
         "options": [f"lowerdir={files}", f"upperdir={prefix}/tmp/upper", f"workdir={prefix}/tmp/work"]},
    ]


def spec(script, readonly, privileged, net, pid, binds, annotations):
    ro = ["ro"] if readonly else []
    mounts = [
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] + ro},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
        {"destination": "/proc", "type": "proc", "source": "proc",
         "options": ["nosuid", "nodev", "noexec", "relatime"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev"] + ro},
        {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
         "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]},
    ]
    for bind in binds:
        source, to = bind.split(":")
        mounts.append({"destination": to, "type": "bind", "source": source, "options": ["rw", "rbind", "rshared"]})
    namespaces = []
    if net != "host":
        namespaces.append({"type": "network", **({} if net == "new" else {"path": net})})
    if pid != "host":
        namespaces.append({"type": "pid"})
    namespaces.append({"type": "mount"})
    caps = dict.fromkeys(("bounding", "effective", "inheritable", "permitted"), CAPS_ALL) if privileged else CAPS_NONE
    config = {
        "ociVersion": "1.2.1",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/sh", "-c", script],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "cwd": "/",
            "capabilities": caps,
        },
        "root": {"path": "rootfs", **({"readonly": True} if readonly else {})},
        "mounts": sorted(mounts, key=lambda m: m["destination"]),
        "linux": {"resources": {}, "namespaces": namespaces},
    }
    if annotations:
        config["annotations"] = annotations
    return config


def container(where, name, script, img="docker.io/test/one:1", readonly=False, privileged=False, net="host",
              pid="new", binds=(), annotations=None, interfaces=(), bind_ns=None, mkdir=(), cgroups=()):
    prefix = f"/containers/{where}/{name}"
    folder(prefix)
    runtime = {
        "cgroups": list(cgroups),
        "mounts": rootfs(prefix, img, readonly),
        "mkdir": list(mkdir),
        "interfaces": [{"name": "", "add": "", "peer": "", "createInRoot": False, **i} for i in interfaces],
        "bindNS": {**dict.fromkeys(("cgroup", "ipc", "mnt", "net", "pid", "user", "uts"), ""), **(bind_ns or {})},
        "namespace": "",
    }
    write(f"{prefix}/config.json", go_json(spec(script, readonly, privileged, net, pid, binds, annotations)))
    write(f"{prefix}/runtime.json", go_json(runtime))


def volume(name, readonly_file):
    for part in ("lower", "tmp", "merged"):
        folder(f"/containers/volumes/{name}/{part}")
    write(f"/containers/volumes/{name}/lower/{readonly_file}", "from the image\n")


BB = "/bin/busybox"
OTHER = "docker.io/test/other:1"

write("/etc/issue", "\nWelcome to LinuxKit\n\n")
volume("data", "seed")
container("onboot", "000-hello", "test 1 -lt 2 && echo hello > /mine && test -z \"\" && echo 'hello: && < > are what they were'")
container("onboot", "001-again", "test ! -e /mine && test -x /bin/busybox && : >/own && echo 'again: the same image, and a layer of its own'")
container("onboot", "002-sealed", f"{BB} touch /no 2>/dev/null || echo 'sealed: an image that others write to, read-only'", readonly=True)
container("onboot", "003-other", f"{BB} touch /no 2>/dev/null || echo 'other: an image of its own, read-only'", img=OTHER, readonly=True)
container("onboot", "004-late", ": >/own && echo 'late: over an image that another has read-only'", img=OTHER)
container("onboot", "005-twice", f"{BB} touch /no 2>/dev/null || echo 'twice: read-only, as the other has it'", img=OTHER, readonly=True)
container("onboot", "006-volume", "test \"$(cat /data/seed)\" = 'from the image' && : >/data/new && echo 'volume: the image, and it is written to'".replace("cat", f"{BB} cat"),
          binds=["/containers/volumes/data/merged:/data"])
container("onboot", "007-links", f"{BB} ip link set dummy7 up && {BB} ip -o link | {BB} grep -c -E 'dummy7|wg7|veth7' | {BB} sed 's/^3$/links: made, made outside and moved, one of a pair/'",
          net="new", privileged=True, bind_ns={"net": "/run/netns/handed"}, mkdir=["/var/handed", "made/inside"], cgroups=["handed"],
          interfaces=[{"name": "dummy7", "add": "dummy"}, {"name": "wg7", "add": "wireguard", "createInRoot": True},
                      {"name": "veth7", "peer": "veth8"}])
container("onboot", "008-fails", "exit 3")
container("onboot", "009-suite", "echo 'drop-in test suite PASSED'")
container("onshutdown", "000-bye", "echo 'bye: the last word'")
container("services", "handed", f"{BB} ip -o link | {BB} grep -q dummy7 && echo 'handed: the links of a step before'; exec {BB} sleep 100000", net="/run/netns/handed")
container("services", "crasher", f"{BB} sleep 2; echo 'crasher: again'; exit 1")
container("services", "nic", f"{BB} ip -o link | {BB} grep -q eth0 && echo 'nic: it is in here'; {BB} sleep 3", net="new", interfaces=[{"name": "eth0"}])
container("services", "greedy", f"exec {BB} tail /dev/zero", annotations={"org.nanny.memory": "16m"})
container("services", "few", f"for i in 1 2 3 4 5 6 7 8; do {BB} sleep 1000 & done; exec {BB} sleep 100000", annotations={"org.nanny.pids": "4"})
container("services", "daemon", f"({BB} setsid {BB} sleep 77777 &); echo \"daemon: $({BB} cut -d: -f2- /proc/self/cgroup | {BB} sort | {BB} tr '\\n' ' ')\"; exec {BB} sleep 100000", pid="host")
container("services", "end", f"""
	begin=$(date +%s)
	while :; do
		sleep 1
		[ $(($(date +%s) - begin)) -gt 600 ] && break
		[ "$(nannyctl logs crasher | grep -c again)" -ge 2 ] && [ "$(nannyctl logs nic | grep -c in.here)" -ge 2 ] &&
			nannyctl why greedy | grep -q memory && nannyctl logs handed | grep -q links && break
	done
	ls -d /cg/handed /cg/*/handed 2>/dev/null | wc -l | sed 's/^/end: groups made: /'
	ls /cg | tr '\\n' ' ' | sed 's/^/end: hierarchies: /'; echo
	echo "end: files: $(ulimit -n)"
	{BB} sleep 77777 & # nobody's child but this shell's, in the group of another
	echo $! >/cg/systemd/daemon/cgroup.procs 2>/dev/null || echo $! >/cg/daemon/cgroup.procs
	nannyctl stop daemon && ! ps | grep -v grep | grep -q 77777 && echo 'end: nothing of it is left'
	ctr -n services.linuxkit tasks ls | grep -q handed && echo 'end: ctr lists it'
	exec /bin/busybox poweroff
""".replace("sleep 1\n", f"{BB} sleep 1\n"), privileged=True, pid="host",
          binds=["/run:/run", "/usr/bin/nannyctl:/usr/bin/nannyctl", "/usr/bin/ctr:/usr/bin/ctr", "/sys/fs/cgroup:/cg"])
