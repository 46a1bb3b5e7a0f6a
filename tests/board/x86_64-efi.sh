#!/usr/bin/env bash
# A PC with EFI, from its disk's file: OVMF starts the slot's program.
. "$(dirname "$0")/lib.sh"
needs x86_64-efi qemu-system-x86_64
[ -r /usr/share/OVMF/OVMF_CODE_4M.fd ] || { echo "skip x86_64-efi: no OVMF (Debian's ovmf)"; exit 0; }
boots x86_64-efi 400 poweroff "BdsDxe: starting Boot"
