/*
 * What PID 1 needs to know of the containers in the image.  Reading it means reading JSON that came
 * from elsewhere, so a helper does it (helper_scan.c) and hands over these records of fixed size
 * through a pipe: a file that breaks the parser costs a helper, not the machine.
 *
 * The stream: one scan_header, then `count` scan_records in the order of kind and id.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../lib/policy.h"
#include "ledger.h"
#include "slot_store.h"

enum ctr_kind {
	CTR_ONBOOT,
	CTR_ONSHUTDOWN,
	CTR_SERVICE,
	CTR_KIND_N
};

enum {
	SCAN_MAGIC = 0x6e616e36, /* changes with the layout below */
	SCAN_MAX = 4096,         /* containers in an image */
	SCAN_ID_MAX = 128,
	SCAN_CGROUP_MAX = 128,
	SCAN_ERROR_MAX = 128,
};

struct scan_header {
	uint32_t magic;
	uint32_t count;
	struct ledger ledger; /* how the last boot ended */
	struct slots_known slots;
};

/* One thing to wait for. */
struct scan_after {
	uint8_t kind;  /* enum after_kind */
	uint8_t stage; /* enum after_stage; of a container, never STAGE_DEFAULT */
	uint16_t at;   /* AFTER_CTR: index among the records; AFTER_DEV: where in policy.after the
			  path is */
};

struct scan_record {
	char id[SCAN_ID_MAX];         /* name of the folder; also the runtime's id */
	char cgroup[SCAN_CGROUP_MAX]; /* linux.cgroupsPath; "": the runtime uses /id */
	char error[SCAN_ERROR_MAX];   /* not empty: the container cannot be run, and why */
	struct policy policy;
	struct scan_after after[POLICY_AFTER_N]; /* the words of policy.after, names resolved */
	uint8_t after_n;
	uint8_t kind;
	uint8_t wired;   /* nanny-wire has something to do for it */
	uint8_t program; /* no container, but a program of /etc/init.d or /etc/shutdown.d */
};

/* Is it one that the rest of PID 1 can be given?  The helper is believed no further. */
bool scan_record_ok(const struct scan_record *rec);
/* "/containers/services"; the folders of the three kinds. */
const char *scan_folder(enum ctr_kind kind);
/* "/etc/init.d"; where the programs of a kind are. */
const char *scan_programs(enum ctr_kind kind);
/* "mqtt": the id without the "NNN-" of one-shots; a program's is its whole name. */
const char *scan_name(const struct scan_record *rec);
