#!/usr/bin/env python3
"""The bootloader of a Raspberry Pi 4 or 5, as far as its documentation says what it reads from a card:
https://www.raspberrypi.com/documentation/computers/config_txt.html (autoboot.txt, conditional filters, boot options).

    rpi-firmware.py IMAGE MODEL [tryboot] [d0] [FOLDER/]
        prints what would be started, a "NAME VALUE" a line; fails as it would.  d0: the chip of a Raspberry Pi 5 of
        revision 1.1.  FOLDER/: what it would hand over is put there, as kernel, initramfs, cmdline and tree
"""
import json
import subprocess
import sys

image, model, tryboot, is_d0 = sys.argv[1], sys.argv[2], "tryboot" in sys.argv[3:], "d0" in sys.argv[3:]
table = json.loads(subprocess.run(["sfdisk", "--json", image], capture_output=True, check=True).stdout)
starts = [p["start"] * 512 for p in table["partitiontable"]["partitions"]]


def read(partition, name):
    """A file of a FAT partition, from 1; None when it is not there."""
    r = subprocess.run(["mcopy", "-n", "-i", f"{image}@@{starts[partition - 1]}", f"::/{name}", "-"],
                       capture_output=True, env={"MTOOLS_SKIP_CHECK": "1", "PATH": "/usr/bin:/bin"})
    return r.stdout if r.returncode == 0 else None


def settings(text, partition):
    """The lines that hold, after the filters before them; a later one replaces an earlier one."""
    holds, all_of_it = True, {}
    for line in text.decode().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            name = line.strip("[]")
            holds = name in ("all", model) or (name == "tryboot" and tryboot) or name == f"boot_partition={partition}"
        elif holds and line.startswith("initramfs "):
            all_of_it["initramfs"] = line.split()[1]
        elif holds and "=" in line:
            key, value = line.split("=", 1)
            all_of_it[key] = value
    return all_of_it


autoboot = read(1, "autoboot.txt") or sys.exit("no autoboot.txt on the first partition")
len(autoboot) <= 512 or sys.exit("autoboot.txt is longer than a sector")
chosen = settings(autoboot, 0)
partition = int(chosen["boot_partition"])
chosen.get("tryboot_a_b") == "1" or sys.exit("tryboot would look for tryboot.txt")
# What makes a partition one that can be started.
needs = {"pi4": ["start4.elf", "fixup4.dat", "config.txt"], "pi5": ["config.txt"]}[model]
for name in needs:
    read(partition, name) or sys.exit(f"partition {partition} has no {name}")
config = settings(read(partition, "config.txt"), partition)
config.get("arm_64bit") == "1" or sys.exit("the kernel would be started with 32 bits")
# Both are called alike by the kernel and by the firmware's makers; those of a Raspberry Pi 4 differ in content.
tree = {"pi4": "bcm2711-rpi-4-b.dtb" if config.get("upstream_kernel") == "1" else None, "pi5": "bcm2712-rpi-5-b.dtb"}[model]
tree = config.get("device_tree", tree)
# https://github.com/raspberrypi/firmware/issues/2018: "with the firmware applying the bcm2712d0 overlay as needed".
overlay = "overlays/bcm2712d0.dtbo" if is_d0 else None
for name in (config["kernel"], config["initramfs"], config["cmdline"], tree, *([overlay] if overlay else [])):
    read(partition, name) or sys.exit(f"partition {partition} has no {name}")
for folder in (word for word in sys.argv[3:] if word.endswith("/")):
    for to, name in (*((key, config[key]) for key in ("kernel", "initramfs", "cmdline")), ("tree", tree)):
        with open(folder + to, "wb") as file:
            file.write(read(partition, name))
print("partition", partition)
print("kernel", read(partition, config["kernel"])[:2].hex())
print("tree", tree, read(partition, tree)[:4].hex())
print("overlay", overlay)
print("cmdline", read(partition, config["cmdline"]).decode().strip())
print("watchdog", config.get("kernel_watchdog_timeout"))
