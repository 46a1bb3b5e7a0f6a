/* Every key of board.yml and build.yml. */
#include "schema_row.h"

static const struct schema_type string = STRING();
static const struct schema_type boolean = {.kind = SCHEMA_BOOL};
static const struct schema_type text = STRING(.look = look_text);
static const struct schema_type octal = STRING(.look = look_octal);
static const struct schema_type inside = STRING(.look = look_inside);
static const struct schema_type word = STRING(.look = look_word);
static const struct schema_type strings = LIST_OF(string);
static const struct schema_type words = LIST_OF(word);
static const struct schema_type insides = LIST_OF(inside);
static const struct schema_type images = LIST(.kind = SCHEMA_STRING, .look = look_needed_image);

static const struct schema_type arch = WORDS("amd64", "arm64", "armhf", "s390x");
static const struct schema_key board_kernel_keys[] = {
	NEED("package", &word, "a package of packages.lock"),
	KEY("suite", &word, "Debian's suite of it; default the first that packages.lock has"),
	NEED("file", &inside, "the kernel's file in it; may hold one '*'"),
	END,
};
static const struct schema_type board_kernel = RECORD(.keys = board_kernel_keys);
static const struct schema_type bytes = STRING(.look = look_bytes);
static const struct schema_type boot_how = WORDS("u-boot", "rpi-tryboot", "uki", "syslinux");
static const struct schema_key boot_keys[] = {
	NEED("how", &boot_how, "what starts the kernel from the disk"),
	KEY("files", &inside, "a folder of boards/ with a build.yml: what the firmware needs"),
	KEY("device-trees", &insides, "of the kernel's package; the first for a device unknown"),
	KEY("u-boot", &strings, "NAME=VALUE: U-Boot's variables"),
	KEY("environment", &bytes, "U-Boot's size of uboot.env: it gets one of ours alone"),
	END,
};
static const struct schema_type boot = RECORD(.keys = boot_keys);
static const struct schema_type disk_table = WORDS("gpt", "hybrid", "mbr");
static const struct schema_type disk_size = STRING(.look = look_disk_size);
static const struct schema_key disk_keys[] = {
	KEY("table", &disk_table, "of partitions; default gpt"),
	KEY("firmware", &disk_size, "what is before the slots; default 16m"),
	KEY("boot", &disk_size, "boot files of a slot; default 48m"),
	KEY("system", &disk_size, "a slot's system; default 96m"),
	KEY("data", &disk_size, "the data partition, before it grows; default 16m"),
	KEY("sealed", &boolean, "the system is in a slot; default true; false: in its initrd"),
	KEY("card", &disk_size, "the smallest card or disk that has to do; default 512m"),
	END,
};
static const struct schema_type disk = RECORD(.keys = disk_keys);
static const struct schema_key qemu_keys[] = {
	NEED("binary", &text, "the program"),
	KEY("args", &strings, "machine, processor, memory, devices"),
	KEY("netdev", &text,
		"the -device on the user-mode network, nic: its own; without: no network"),
	KEY("disk", &strings, "words for the disk; '%' is its file"),
	KEY("system", &inside, "YAML of boards/ that is added to a system in QEMU"),
	KEY("kernel", &inside, "a file of the firmware's partition that QEMU starts instead of it"),
	KEY("bios", &inside, "the same, for QEMU's -bios"),
	END,
};
static const struct schema_type qemu = RECORD(.keys = qemu_keys);
static const struct schema_type duration = STRING(.look = look_duration);
static const struct schema_type address = {
	.kind = SCHEMA_INT, .min = 1, .max = INT64_MAX, .look = look_address};
static const struct schema_type ram_size = STRING(.look = look_ram_size);
static const struct schema_type path = STRING(.look = look_path);
static const struct schema_key watchdog_keys[] = {
	KEY("module", &word, "its driver, loaded before all others"),
	KEY("device", &path, "default /dev/watchdog0"),
	NEED("timeout", &duration, "so long may it not be fed; at most what the hardware can"),
	END,
};
static const struct schema_type watchdog = RECORD(.keys = watchdog_keys);
static const struct schema_key reset_ram_keys[] = {
	NEED("address", &address, "where it begins, such as 0x10000000"),
	NEED("size", &ram_size, "such as 256k; 64k of it are init's"),
	END,
};
static const struct schema_type reset_ram = RECORD(.keys = reset_ram_keys);
static const struct schema_type gpio = STRING(.look = look_gpio);
static const struct schema_type level = WORDS("low", "high");
static const struct schema_type fat_file = STRING(.look = look_fat_name);
static const struct schema_key reset_keys[] = {
	KEY("gpio", &gpio, "a button: the chip's label and the line, such as pinctrl-bcm2835 17"),
	KEY("active", &level, "what the line is while it is pressed; default low, to ground"),
	KEY("hold", &duration, "so long it has to be pressed; default 5s"),
	KEY("file", &fat_file, "a file put on the disk's first partition, such as reset.txt"),
	END,
};
static const struct schema_type factory_reset = RECORD(.keys = reset_keys);
static const struct schema_key board_keys[] = {
	NEED("arch", &arch, "Debian's name of the processor"),
	NEED("kernel", &board_kernel, "where the kernel comes from"),
	KEY("modules", &words, "kernel modules in load order"),
	KEY("coldplug", &words, "kernel modules that are loaded when a device asks for them"),
	KEY("storage", &words, "kernel modules of the disk that a root may be on"),
	NEED("console", &text, "the console's device, such as ttyS0"),
	KEY("cmdline", &string, "the board's part of the kernel's command line"),
	KEY("init", &images, "images for a system without init:"),
	KEY("watchdog", &watchdog, "the hardware watchdog"),
	KEY("reset-ram", &reset_ram, "RAM that survives a reset"),
	KEY("factory-reset", &factory_reset, "what wipes the data partition: a button, a file"),
	KEY("led", &text, "the LED of /sys/class/leds that shows the state"),
	KEY("rtc", &boolean, "does it have a clock that goes on without power?"),
	KEY("kexec", &boolean, "may a kernel start another one without the firmware?"),
	KEY("boot", &boot, "how it starts from a disk"),
	KEY("disk", &disk, "what is on the disk"),
	KEY("qemu", &qemu, "how QEMU becomes this board"),
	END,
};
const struct schema_type schema_board = RECORD(.keys = board_keys);

static const struct schema_key package_file_keys[] = {
	NEED("from", &inside, "a path in the package; may hold '*'"),
	KEY("to", &inside, "where it goes; with '/' at the end, into this folder"),
	KEY("mode", &octal, "default as in the package"),
	KEY("join", &boolean, "all files that 'from' fits become one"),
	END,
};
static const struct schema_type package_files =
	LIST(.kind = SCHEMA_RECORD, .keys = package_file_keys, .short_form = &inside);
static const struct schema_key package_keys[] = {
	NEED("name", &word, "a package of packages.lock"),
	NEED("files", &package_files, "paths in it, or {from, to, mode}"),
	END,
};
static const struct schema_type packages = LIST(.kind = SCHEMA_RECORD, .keys = package_keys);
static const struct schema_type links = LIST_OF(word);
static const struct schema_key binary_keys[] = {
	NEED("name", &word, "a program built here for the device"),
	NEED("to", &inside, "where it goes"),
	KEY("mode", &octal, "default \"0755\""),
	KEY("links", &links, "packages of packages.lock that are linked in"),
	END,
};
static const struct schema_type binaries = LIST(.kind = SCHEMA_RECORD, .keys = binary_keys);
static const struct schema_key own_file_keys[] = {
	NEED("from", &inside, "a file of the component's folder"),
	NEED("to", &inside, "where it goes"),
	KEY("mode", &octal, "default \"0644\""),
	END,
};
static const struct schema_type own_files = LIST(.kind = SCHEMA_RECORD, .keys = own_file_keys);
static const struct schema_key symlink_keys[] = {
	NEED("path", &inside, "the link"),
	NEED("to", &text, "what it leads to"),
	END,
};
static const struct schema_type symlinks = LIST(.kind = SCHEMA_RECORD, .keys = symlink_keys);
static const struct schema_key component_keys[] = {
	NEED("image", &word, "the last part of the image's name"),
	KEY("org", &word, "the first part; default nanny"),
	KEY("config", &schema_label, "an image entry without name and image"),
	KEY("packages", &packages, "files out of Debian packages"),
	KEY("binaries", &binaries, "programs built here"),
	KEY("files", &own_files, "files of the component's folder"),
	KEY("directories", &insides, "empty folders"),
	KEY("symlinks", &symlinks, "symbolic links"),
	END,
};
const struct schema_type schema_component = RECORD(.keys = component_keys);
