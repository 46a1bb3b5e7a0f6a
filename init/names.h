/*
 * Programs that LinuxKit's images, its documentation and the kernel call by name: the same binary
 * under these.  What they are asked they ask PID 1, as nannyctl does; exit statuses are nannyctl's.
 */
#pragma once

/* containerd's client: `tasks ls`, `containers ls`, `tasks exec`, `tasks ps`. */
int ctr_main(int argc, char **argv);
/* LinuxKit's: `start`, `stop`, `restart` of a service. */
int service_main(int argc, char **argv);
/* poweroff, reboot, halt, by argv[0]; -f: at once, past PID 1. */
int off_main(int argc, char **argv);
/* Devices are init's business: nothing to do. */
int mdev_main(int argc, char **argv);
