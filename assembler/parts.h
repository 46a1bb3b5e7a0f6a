/*
 * The files that formats are made of, each a product_make (product.h).
 */
#pragma once

#include "product.h"

product_make part_kernel;        /* as the package or image has it */
product_make part_kernel_packed; /* the same with gzip, unless it unpacks itself */
product_make part_initrd;        /* microcode, then the segments of the layout */
product_make part_cmdline;       /* without a newline */

product_make part_disk; /* a whole disk for the board */
product_make part_rpi3; /* its boot files, as a tar to unpack on a FAT card */

product_make part_tar; /* LinuxKit's: the root, and boot/kernel, boot/cmdline, boot/ucode.cpio */
product_make part_tar_kernel_initrd;

product_make part_squashfs;    /* the root */
product_make part_erofs;       /* the root */
product_make part_root_initrd; /* the first stage: mounts the root that root= names */

product_make part_bios_disk;  /* MBR, a FAT partition with syslinux */
product_make part_uki;        /* the EFI program that is the kernel with all it needs */
product_make part_sealed_uki; /* the same for a slot: sealed, product::slot_arguments */
product_make part_efi_disk;   /* GPT, an ESP with that program */
product_make part_esp;        /* the ESP alone */
product_make part_bios_iso;
product_make part_efi_iso;
/* The same under LinuxKit's other names: two outputs are two files. */
product_make part_efi_initrd_iso, part_aws;
product_make part_bios_qcow2, part_efi_qcow2, part_vmdk, part_vhd, part_dynamic_vhd;

/*
 * Kernel, initrd and what syslinux or isolinux reads: its configuration is FOLDER/CFG.  0, or -1
 * after say_error().
 */
int part_boot_files(struct product *p, struct tree *t, const char *cfg, const char *folder);

product_make part_slot;          /* the root, sealed: slot(5) */
product_make part_sealed_initrd; /* the first stage that takes no other root than such */
