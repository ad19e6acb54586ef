/// The headers that trice-init needs; Embedded Swift has no Glibc module. No logic lives here:
/// a function is a macro, a variadic call or a missing symbol made callable.
#ifndef CINIT_H
#define CINIT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// What main was called with.
int ci_argument_count(void);
char **ci_arguments(void);

/// errno and the wait-status macros, made callable.
static inline int ci_errno(void) { return errno; }
static inline int ci_exited(int status) { return WIFEXITED(status); }
static inline int ci_exit_code(int status) { return WEXITSTATUS(status); }
static inline int ci_signaled(int status) { return WIFSIGNALED(status); }
static inline int ci_signal(int status) { return WTERMSIG(status); }
static inline int ci_stopped_by_terminal(int status) { return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP; }

/// The number of bytes in a pipe, 0 for other files; ioctl(2) is variadic.
static inline int ci_pending(int fd) { int count = 0; return ioctl(fd, FIONREAD, &count) == 0 ? count : 0; }
/// Whether a descriptor is a pipe.
static inline int ci_is_pipe(int fd) { struct stat info; return fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode); }

/// Whether the last name of an open file is removed.
static inline int ci_is_unlinked(int fd) { struct stat info; return fstat(fd, &info) == 0 && info.st_nlink == 0; }

/// prctl(2) is variadic.
static inline int ci_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

/// How a child ended, without waiting for it in the sense of wait(2): the fields of siginfo_t are macros.
struct ci_ended { pid_t pid; int is_exit; int value; };
static inline int ci_next_ended(struct ci_ended *ended) {
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) return -1;
    *ended = (struct ci_ended){info.si_pid, info.si_code == CLD_EXITED, info.si_status};
    return 0;
}

/// fcntl(2) is variadic.
static inline int ci_close_on_exec(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC); }

/// Seconds of a clock that nobody sets; the clocks' names are macros.
static inline long ci_seconds(void) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/// dprintf(3) is variadic; it writes the line with one write(2).
static inline int ci_write_record(int fd, const char *word, int number) { return dprintf(fd, "%s %d\n", word, number); }

#endif
