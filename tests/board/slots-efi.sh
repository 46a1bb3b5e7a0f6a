#!/usr/bin/env bash
# The slots of a PC with EFI: the firmware's variables say which is started.
. "$(dirname "$0")/slots.bash"
needs slots-efi qemu-system-x86_64
[ -r /usr/share/OVMF/OVMF_CODE_4M.fd ] || { echo "skip slots-efi: no OVMF (Debian's ovmf)"; exit 0; }
slots x86_64-efi
exit $bad
