/*
 * A component: the build.yml of onboot/NAME, services/NAME or init/NAME, LinuxKit's package file
 * plus what goes in.  `config:` becomes the label org.mobyproject.config, as LinuxKit's pkg build
 * does.
 *
 *   image: dhcp                   required; the image's name is "nanny/dhcp" (org: overrides nanny)
 *   org: nanny
 *   config: {…}                   an image entry without name and image; checked by the same schema
 *   packages:                     files out of pinned Debian packages
 *     - name: busybox-static      in packages.lock for the architecture
 *       files:
 *         - bin/busybox           the same path in the image, or
 *         - from: usr/sbin/runc   a path in the package, may hold '*'
 *           to: usr/bin/runc      where it goes; a trailing slash means "into this folder"
 *         - from: usr/share/ca/a*.crt
 *           to: etc/ssl/all.crt
 *           join: true            all of them, one behind the other, in the package's order
 *   binaries:                     built here for the device: build/MACHINE/NAME
 *     - name: feeder
 *       to: usr/bin/feeder
 *       links: [musl-dev]         packages that are linked in, for the bill of materials
 *   files:                        files of the component's folder
 *     - from: udhcpc.script
 *       to: etc/udhcpc.script
 *       mode: "0755"              default 0644
 *   directories: [var/lib/x]      empty ones
 *   symlinks:
 *     - path: bin/sh
 *       to: busybox
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "yaml.h"

struct component_file {
	const char *from, *to;
	int mode;           /* -1: as in the package, or 0644; 0755 for binaries */
	const char **links; /* binaries: packages of packages.lock that are linked in */
	size_t n_links;
	bool join;
	struct mark at;
};

struct component_package {
	const char *name;
	struct component_file *files;
	size_t n_files;
	struct mark at;
};

struct component {
	const char *dir;   /* the folder */
	const char *image; /* "nanny/dhcp" */
	struct mark at;
	const struct ynode *config; /* NULL: none; the label as image_config.label wants it */
	struct component_package *packages;
	size_t n_packages;
	struct component_file *binaries, *files,
		*symlinks; /* symlink: from = link path, to = target */
	size_t n_binaries, n_files, n_symlinks;
	const char **directories;
	size_t n_directories;
};

/* DIR/build.yml.  NULL with the reasons in d. */
struct component *component_load(struct arena *a, struct diag *d, const char *dir);

/* "nanny/dhcp", as a build.yml says. */
const char *component_image_name(struct arena *a, const struct ynode *build);

/*
 * ROOT/{init,onboot,services} and the folders in them, as far as they hold a build.yml; sorted.
 * Those with errors are left out; the errors are in d.
 */
struct component **component_find(struct arena *a, struct diag *d, const char *root, size_t *ret_n);
