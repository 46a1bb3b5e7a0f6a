#!/usr/bin/env python3
"""linuxkit_schema.py FILE: is it what LinuxKit takes as a system?  For FILE in YAML's JSON form.

The keys and kinds of its schema for kernel, init and containers, from its documentation; what is none of these
is an error there, and here.
"""
import json
import sys

STRINGS, WORDS, ID = "list of strings", "map of strings", "number or string"
RUNTIME = {"cgroups": STRINGS, "mounts": list, "mkdir": STRINGS, "interfaces": list, "bindNS": WORDS, "namespace": str}
IMAGE = {
    **dict.fromkeys(("name image cwd net pid ipc uts userns hostname rootfsPropagation cgroupsPath").split(), str),
    **dict.fromkeys(("capabilities capabilities.add ambient binds binds.add tmpfs command env maskedPaths "
                     "readonlyPaths rlimits").split(), STRINGS),
    **dict.fromkeys("mounts devices additionalGids uidMappings gidMappings".split(), list),
    **dict.fromkeys("readonly noNewPrivileges".split(), bool),
    **dict.fromkeys("sysctl annotations".split(), WORDS),
    "uid": ID, "gid": ID, "oomScoreAdj": int, "resources": dict, "runtime": RUNTIME,
}
SYSTEM = {
    "kernel": dict.fromkeys("image cmdline binary tar ucode".split(), str),
    "init": STRINGS, "onboot": [IMAGE], "onshutdown": [IMAGE], "services": [IMAGE], "volumes": list, "files": list,
}
bad = []


def check(value, kind, where):
    if isinstance(kind, dict):
        if not isinstance(value, dict):
            bad.append(f"{where}: no map")
            return
        for key, below in value.items():
            if key in kind:
                check(below, kind[key], f"{where}.{key}")
            else:
                bad.append(f"{where}: no such key: {key}")
    elif isinstance(kind, list):
        for i, entry in enumerate(value):
            check(entry, kind[0], f"{where}[{i}]")
            bad.extend(f"{where}[{i}]: no {key}" for key in ("name", "image") if key not in entry)
    elif kind == STRINGS:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            bad.append(f"{where}: no {kind}")
    elif kind == WORDS:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            bad.append(f"{where}: no {kind}")
    elif kind == ID:
        if not isinstance(value, (str, int)):
            bad.append(f"{where}: no {kind}")
    elif type(value) is not kind:
        bad.append(f"{where}: no {kind.__name__}")


check(json.load(open(sys.argv[1], encoding="utf-8")), SYSTEM, "")
for line in bad:
    print(line)
sys.exit(1 if bad else 0)
