/// The system calls, constants and kernel headers that Swift's Glibc module lacks. No logic lives here:
/// a function is either a missing symbol, a macro or a variadic call made callable.
#ifndef CLINUX_H
#define CLINUX_H

#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/xattr.h>

#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/neighbour.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

/// Constants of headers that need _GNU_SOURCE, which the Glibc module does not set.
extern const int CL_O_PATH, CL_O_TMPFILE, CL_AT_EMPTY_PATH;
extern const int CL_CLONE_NEWNET, CL_CLONE_NEWNS, CL_CLONE_NEWUSER, CL_CLONE_NEWPID, CL_CLONE_NEWCGROUP, CL_CLONE_FS;
extern const int CL_CLONE_NEWUTS, CL_CLONE_NEWIPC;
extern const int CL_F_SETPIPE_SZ, CL_F_GETPIPE_SZ;
extern const int CL_PR_SET_CHILD_SUBREAPER, CL_PR_SET_DUMPABLE, CL_PR_SET_PDEATHSIG;
extern const unsigned int CL_FSOPEN_CLOEXEC, CL_FSCONFIG_SET_STRING, CL_FSCONFIG_CMD_CREATE, CL_FSMOUNT_CLOEXEC;
extern const unsigned int CL_FSCONFIG_SET_FLAG;
extern const unsigned int CL_MOVE_MOUNT_F_EMPTY_PATH, CL_MFD_CLOEXEC;
extern const int CL_POSIX_SPAWN_SETSID;
extern const unsigned int CL_SPLICE_F_MOVE, CL_SPLICE_F_NONBLOCK;

/// Flags of mount(2) and umount2(2); <sys/mount.h> and <linux/mount.h> cannot both be included.
enum {
    CL_MS_RDONLY = 1, CL_MS_NOSUID = 2, CL_MS_NODEV = 4, CL_MS_NOEXEC = 8, CL_MS_SYNCHRONOUS = 16, CL_MS_REMOUNT = 32,
    CL_MS_DIRSYNC = 128, CL_MS_NOATIME = 1024, CL_MS_NODIRATIME = 2048, CL_MS_RELATIME = 1 << 21,
    CL_MS_STRICTATIME = 1 << 24, CL_MS_BIND = 4096, CL_MS_REC = 16384, CL_MS_PRIVATE = 1 << 18, CL_MS_SLAVE = 1 << 19,
    CL_MNT_DETACH = 2
};

int cl_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int cl_umount2(const char *target, int flags);
/// STATX_ATTR_MOUNT_ROOT of statx(2): 1 or 0; -1 and errno on failure.
int cl_is_mount_root(const char *path);
/// STATX_INO and STATX_BTIME of statx(2): 0; -1 and errno on failure, ENOTSUP where the file system keeps no birth time.
int cl_birth(const char *path, uint64_t *inode, int64_t *seconds, uint32_t *nanoseconds);
int cl_setns(int fd, int kind);
int cl_unshare(int flags);
int cl_pidfd_open(pid_t pid, unsigned int flags);
int cl_pidfd_send_signal(int pidfd, int signal);
/// PIDFD_GET_INFO of linux/pidfd.h: 0 and the wait status in `*status` when the process has exited and the kernel (≥
/// 6.15) has kept its status; 1 when it has not exited or the kernel does not report it; -1 and errno on failure.
int cl_pidfd_exit_status(int pidfd, int *status);
/// A duplicate of a descriptor of another process; pidfd_getfd(2).
int cl_pidfd_getfd(int pidfd, int number);
int cl_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int cl_renameat2(int from, const char *old, int to, const char *name, unsigned int flags);
int cl_close_range(unsigned int first, unsigned int last, unsigned int flags);
int cl_memfd_create(const char *name, unsigned int flags);
int cl_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int cl_open(const char *path, int flags, mode_t mode);
int cl_openat(int directory, const char *path, int flags, mode_t mode);
int cl_fcntl(int fd, int command, long argument);
int cl_ioctl(int fd, unsigned long request, void *argument);
int cl_spawn_close_from(posix_spawn_file_actions_t *actions, int first);
int cl_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path);
int cl_syncfs(int fd);
/// Starts the write-back of a part of a file without waiting; sync_file_range(2) SYNC_FILE_RANGE_WRITE.
int cl_start_writeback(int fd, int64_t offset, int64_t length);
int cl_pipe2(int *ends, int flags);
int cl_accept4(int fd, int flags);
ssize_t cl_splice(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t length, unsigned int flags);
ssize_t cl_copy_file_range(int from, int to, size_t length);

int cl_fsopen(const char *type, unsigned int flags);
int cl_fsconfig(int fd, unsigned int command, const char *key, const char *value, int aux);
int cl_fsmount(int fd, unsigned int flags, unsigned int attributes);
int cl_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned int flags);
int cl_open_tree(int directory, const char *path, unsigned int flags);

/// Sends `length` bytes and `count` descriptors (SCM_RIGHTS, at most 64); unix(7).
ssize_t cl_send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, int count);
/// Receives one message; `*count` is in: room (at most 64), out: descriptors received, all close-on-exec.
/// `*truncated` is 1 when the message or its descriptors did not fit.
ssize_t cl_receive_descriptors(
    int socket, void *bytes, size_t length, int *descriptors, int *count, int *truncated, int flags);

/// A detached copy of the mounts at a path; open_tree(2) OPEN_TREE_CLONE.
int cl_clone_tree(const char *path);
/// Gives the mount of a detached tree the map of a user namespace; mount_setattr(2) MOUNT_ATTR_IDMAP.
int cl_set_idmap(int tree, int user_namespace);
/// Makes a detached tree read-only, without devices and set-uid programs; mount_setattr(2).
int cl_set_harmless(int tree);
/// Gives this thread alone the rights of a user on files, without further groups; setfsuid(2).
int cl_act_as(uid_t user, gid_t group);
/// A user namespace with these maps, lines of `INSIDE OUTSIDE COUNT`, in which no process is; user_namespaces(7).
int cl_user_namespace(const char *users, const char *groups);

/// SO_PEERCRED of a connected unix socket; unix(7).
int cl_peer_credentials(int socket, pid_t *pid, uid_t *uid, gid_t *gid);

unsigned int cl_major(dev_t device);
unsigned int cl_minor(dev_t device);
dev_t cl_makedev(unsigned int major, unsigned int minor);

#endif
