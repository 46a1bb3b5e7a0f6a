/*
 * The image's volumes, /containers/volumes/NAME: `lower` is what the image brought, `merged` what
 * containers bind.  Helpers only.
 */
#pragma once

/*
 * Mounts each: writable ones (those with a folder `tmp`) as an overlay on a tmpfs, the others as a
 * read-only bind.  One that cannot be mounted is told on stderr and does not hold up the others.
 * The number of those.
 */
int volumes_mount(const char *folder);
