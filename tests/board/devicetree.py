#!/usr/bin/env python3
"""What a device tree says; https://github.com/devicetree-org/devicetree-specification has its format.

    devicetree.py merge TREE OVERLAY WANTED    merges the overlay into the tree and says what is not as in the wanted
                                               tree, but for the names of lines
    devicetree.py drivers TREE KERNEL ALIASES [PATH...]
                       "DRIVER COMPATIBLE PATH" for each device that is not disabled; with PATHs for those that end in
                       one, what they are on and what supplies them with power, clocks, pins and so on.  DRIVER is the
                       module of modules.alias that it asks for, "kernel" when a table of drivers that are built in
                       has it, "-" when nothing serves it
"""
import fnmatch
import gzip
import re
import struct
import sys

BEGIN_NODE, END_NODE, PROPERTY, END = 1, 2, 3, 9
# What a driver waits for: a property's form, and the one of the supplier that says how many words follow its number.
SUPPLIERS = [(r".*-supply", None), (r"pinctrl-\d+", None), (r"mmc-pwrseq", None), (r"msi-parent", "#msi-cells"),
             (r"mboxes", "#mbox-cells"), (r"clocks", "#clock-cells"), (r"resets", "#reset-cells"), (r"power-domains", "#power-domain-cells"),
             (r"(.*-)?gpios?", "#gpio-cells"), (r"phys", "#phy-cells")]


def read(path):
    """{PATH: {PROPERTY: BYTES}}, in the tree's order."""
    data = open(path, "rb").read()
    magic, _, at, strings = struct.unpack(">4I", data[:16])
    magic == 0xd00dfeed or sys.exit(f"{path} is no device tree")
    nodes, above = {}, []
    while True:
        token, at = struct.unpack(">I", data[at:at + 4])[0], at + 4
        if token == BEGIN_NODE:
            end = data.index(0, at)
            above.append(data[at:end].decode())
            at = (end + 4) & ~3
            nodes["/".join(above) or "/"] = {"name": above[-1].split("@")[0].encode() + b"\0"}
        elif token == END_NODE:
            above.pop()
        elif token == PROPERTY:
            size, name = struct.unpack(">2I", data[at:at + 8])
            name = data[strings + name:data.index(0, strings + name)].decode()
            nodes["/".join(above) or "/"][name] = data[at + 8:at + 8 + size]
            at = (at + 8 + size + 3) & ~3
        elif token == END:
            return nodes


def words(node, name):
    return node[name].rstrip(b"\0").decode().split("\0") if name in node else []


def cells(node, name):
    value = node.get(name, b"")
    return struct.unpack(f">{len(value) // 4}I", value)


def merge(tree, overlay):
    """Fragments with a target-path alone: they need no __symbols__ of the tree."""
    for path, fragment in overlay.items():
        if "target" in fragment or path == "/__fixups__":
            sys.exit(f"{path} needs the tree's symbols")
        for target in words(fragment, "target-path"):
            target in tree or sys.exit(f"there is no {target} for {path}")
            tree[target].update((k, v) for k, v in overlay[path + "/__overlay__"].items() if k != "name")


def differences(tree, wanted):
    for path in sorted(set(tree) | set(wanted)):
        a, b = tree.get(path, {}), wanted.get(path, {})
        for name in sorted((set(a) | set(b)) - {"gpio-line-names"}):
            if a.get(name) != b.get(name):
                yield f"{path} {name}: {a.get(name)}, wanted {b.get(name)}"


def modalias(node):
    """As the kernel asks for a module: of:NnameTtypeCcompatibleC…, and pci:… for what is plugged in there."""
    names = words(node, "compatible")
    pci = re.fullmatch(r"pci([0-9a-f]+),([0-9a-f]+)", names[0])
    if pci:
        return f"pci:v{int(pci[1], 16):08X}d{int(pci[2], 16):08X}sv0sd0bc0sc0i0"
    kind = (words(node, "device_type") or ["(null)"])[0]
    return f"of:N{words(node, 'name')[0]}T{kind}" + "".join("C" + name for name in names)


def driver(node, aliases, kernel):
    for pattern, module in aliases:
        if fnmatch.fnmatchcase(modalias(node), pattern):
            return module
    # struct of_device_id has a name and a type, 32 bytes each and empty, in front of it: not any text in the kernel.
    tables = (bytes(64) + name.encode() + b"\0" for name in words(node, "compatible"))
    return "kernel" if any(entry in kernel for entry in tables) else "-"


def is_device(tree, path):
    return "compatible" in tree[path] and words(tree[path], "status") in ([], ["okay"], ["ok"])


def suppliers(tree, path):
    """The paths of the nodes that a node's properties name."""
    numbers = {cells(node, "phandle")[0]: p for p, node in tree.items() if "phandle" in node}
    for name in tree[path]:
        for form, count in SUPPLIERS:
            if not re.fullmatch(form, name):
                continue
            rest = list(cells(tree[path], name))
            while rest:
                supplier = numbers.get(rest.pop(0))
                if not supplier:
                    break
                yield supplier
                del rest[:(cells(tree[supplier], count) or (0,))[0] if count else 0]


def with_suppliers(tree, paths):
    found, todo = set(), list(paths)
    while todo:
        path = todo.pop()
        if path in found or path == "/":
            continue
        found.add(path)
        todo += [path.rsplit("/", 1)[0] or "/", *suppliers(tree, path)]
        # A network card's bus to its chip.
        todo += [p for p in tree if p.startswith(path + "/mdio") and p.count("/") == path.count("/") + 1]
    return [path for path in tree if path in found]


def drivers(tree, kernel, aliases, *wanted):
    kernel = open(kernel, "rb").read()
    if kernel[:2] == b"\x1f\x8b":
        kernel = gzip.decompress(kernel)
    aliases = [line.split()[1:3] for line in open(aliases) if line.startswith("alias ")]
    for end in wanted:
        any(path.endswith("/" + end) for path in tree) or sys.exit(f"the tree has no {end}")
    paths = [path for path in tree if path.endswith(tuple("/" + end for end in wanted))]
    for path in with_suppliers(tree, paths) if wanted else tree:
        if is_device(tree, path):
            yield f"{driver(tree[path], aliases, kernel)} {words(tree[path], 'compatible')[0]} {path}"


if sys.argv[1] == "merge":
    merged = read(sys.argv[2])
    merge(merged, read(sys.argv[3]))
    wrong = list(differences(merged, read(sys.argv[4])))
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
print("\n".join(drivers(read(sys.argv[2]), *sys.argv[3:])))
