/*
 * "@pkg:DIR" anywhere in a system's YAML: the name of the image that the package in DIR (relative
 * to the YAML file) becomes.
 *
 * A component of ours is NANNY/IMAGE.  A folder with a Dockerfile is LinuxKit's: what its tool
 * would have built has the tag that git says, ORG/IMAGE:HASH, with "-dirty-HASH" when files differ
 * from the commit.
 */
#pragma once

#include "yaml.h"

/*
 * Every such scalar of the document gets its value; errors are in d, at the scalar.  True when one
 * of them was found by asking git, so that a commit, which changes no file of ours, changes it.
 */
bool template_resolve(struct arena *a, struct diag *d, struct ynode *doc);
