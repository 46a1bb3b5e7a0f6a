/*
 * The little PID 1 itself does with network links, through libnl.  Early, before the loop: libnl
 * takes memory and waits for the kernel's answer.  -errno.
 */
#pragma once

int net_loopback_up(void);
/* Twelve hexadecimal digits of the first link (by index) that has a hardware address. */
int net_first_mac(char ret_mac[13]);
