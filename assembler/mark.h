/*
 * A place in a file that a user wrote.  Lines and columns count from 1, as editors do;
 * line 0 means "the file as a whole".  The file name is borrowed from the arena.
 */
#pragma once

struct mark {
	const char *file;
	int line;
	int col;
};
