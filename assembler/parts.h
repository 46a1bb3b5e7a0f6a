/*
 * The files that formats are made of, each a product_make (product.h).
 */
#pragma once

#include "product.h"

product_make part_kernel;  /* as the package or image has it */
product_make part_initrd;  /* microcode, then the segments of the layout */
product_make part_cmdline; /* without a newline */

product_make part_tar; /* LinuxKit's: the root, and boot/kernel, boot/cmdline, boot/ucode.cpio */
product_make part_tar_kernel_initrd;

product_make part_squashfs;    /* the root */
product_make part_erofs;       /* the root */
product_make part_root_initrd; /* the first stage: mounts the root that root= names */
