/*
 * Extended attributes of the image's files (file capabilities, labels): a cpio archive cannot hold
 * them, so the assembler lists them beside it, a line each: HEXVALUE NAME PATH.
 */
#pragma once

/* How many could not be set; 0 too when there is no list. */
unsigned xattrs_apply(const char *list);
