/// What the tests need and Swift's Glibc module lacks, as it does not set _GNU_SOURCE.
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <spawn.h>
#include <stddef.h>
#include <sys/fsuid.h>

/// posix_spawn_file_actions_addchdir_np(3).
int ts_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path);
/// POSIX_SPAWN_SETSID of posix_spawnattr_setflags(3).
extern const int ts_spawn_setsid;
/// Opens the master of a new pseudo-terminal, non-blocking and close-on-exec, and tells the other side's path;
/// pts(4). Returns the descriptor, or -1 and errno.
int ts_open_terminal(char *path, size_t size);

#endif
