#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/mount.h>

const unsigned int CL_FSOPEN_CLOEXEC = FSOPEN_CLOEXEC, CL_FSCONFIG_SET_STRING = FSCONFIG_SET_STRING;
const unsigned int CL_FSCONFIG_SET_FLAG = FSCONFIG_SET_FLAG;
const unsigned int CL_FSCONFIG_CMD_CREATE = FSCONFIG_CMD_CREATE, CL_FSMOUNT_CLOEXEC = FSMOUNT_CLOEXEC;
const unsigned int CL_MOVE_MOUNT_F_EMPTY_PATH = MOVE_MOUNT_F_EMPTY_PATH, CL_MFD_CLOEXEC = MFD_CLOEXEC;
const int CL_POSIX_SPAWN_SETSID = POSIX_SPAWN_SETSID;

const int CL_O_PATH = O_PATH, CL_O_TMPFILE = O_TMPFILE, CL_AT_EMPTY_PATH = AT_EMPTY_PATH;
const int CL_CLONE_NEWNET = CLONE_NEWNET, CL_CLONE_NEWNS = CLONE_NEWNS, CL_CLONE_NEWUSER = CLONE_NEWUSER;
const int CL_CLONE_NEWPID = CLONE_NEWPID, CL_CLONE_NEWCGROUP = CLONE_NEWCGROUP, CL_CLONE_FS = CLONE_FS;
const int CL_CLONE_NEWUTS = CLONE_NEWUTS, CL_CLONE_NEWIPC = CLONE_NEWIPC;
const int CL_F_SETPIPE_SZ = F_SETPIPE_SZ, CL_F_GETPIPE_SZ = F_GETPIPE_SZ;
const int CL_PR_SET_CHILD_SUBREAPER = PR_SET_CHILD_SUBREAPER, CL_PR_SET_DUMPABLE = PR_SET_DUMPABLE;
const int CL_PR_SET_PDEATHSIG = PR_SET_PDEATHSIG;
const unsigned int CL_SPLICE_F_MOVE = SPLICE_F_MOVE, CL_SPLICE_F_NONBLOCK = SPLICE_F_NONBLOCK;

extern int mount(const char *, const char *, const char *, unsigned long, const void *);
extern int umount2(const char *, int);

int cl_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
    return mount(source, target, type, flags, data);
}
int cl_umount2(const char *target, int flags) { return umount2(target, flags); }
int cl_is_mount_root(const char *path) {
    struct statx info;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &info) != 0) return -1;
    return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int cl_birth(const char *path, uint64_t *inode, int64_t *seconds, uint32_t *nanoseconds) {
    struct statx status;
    unsigned int wanted = STATX_INO | STATX_BTIME;
    if (statx(AT_FDCWD, path, 0, wanted, &status) != 0) return -1;
    if ((status.stx_mask & wanted) != wanted) {
        errno = ENOTSUP;
        return -1;
    }
    *inode = status.stx_ino;
    *seconds = status.stx_btime.tv_sec;
    *nanoseconds = status.stx_btime.tv_nsec;
    return 0;
}
int cl_setns(int fd, int kind) { return setns(fd, kind); }
int cl_unshare(int flags) { return unshare(flags); }
int cl_pidfd_open(pid_t pid, unsigned int flags) { return (int)syscall(SYS_pidfd_open, pid, flags); }
int cl_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int cl_pidfd_getfd(int pidfd, int number) { return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0); }

/// linux/pidfd.h of kernel 6.15: Debian 12's headers are older.
struct cl_pidfd_info {
    uint64_t mask, cgroupid;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
    uint32_t coredump_mask, reserved;
};

int cl_pidfd_exit_status(int pidfd, int *status) {
    struct cl_pidfd_info info;
    memset(&info, 0, sizeof info);
    info.mask = 1u << 3; /* PIDFD_INFO_EXIT */
    if (ioctl(pidfd, _IOWR(0xFF, 11, struct cl_pidfd_info), &info) != 0) return -1;
    if (!(info.mask & (1u << 3))) return 1;
    *status = info.exit_code;
    return 0;
}

int cl_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}
int cl_renameat2(int from, const char *old, int to, const char *name, unsigned int flags) {
    return (int)syscall(SYS_renameat2, from, old, to, name, flags);
}
int cl_close_range(unsigned int first, unsigned int last, unsigned int flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}
int cl_memfd_create(const char *name, unsigned int flags) { return (int)syscall(SYS_memfd_create, name, flags); }
int cl_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}
int cl_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
int cl_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}
int cl_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
int cl_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
int cl_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
int cl_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
int cl_syncfs(int fd) { return syncfs(fd); }
int cl_start_writeback(int fd, int64_t offset, int64_t length) {
    return sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE);
}
int cl_pipe2(int *ends, int flags) { return pipe2(ends, flags); }
int cl_accept4(int fd, int flags) { return accept4(fd, NULL, NULL, flags); }
ssize_t cl_splice(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t length, unsigned int flags) {
    return syscall(SYS_splice, from, from_offset, to, to_offset, length, flags);
}
ssize_t cl_copy_file_range(int from, int to, size_t length) {
    return copy_file_range(from, NULL, to, NULL, length, 0);
}

int cl_fsopen(const char *type, unsigned int flags) { return (int)syscall(SYS_fsopen, type, flags); }
int cl_fsconfig(int fd, unsigned int command, const char *key, const char *value, int aux) {
    return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}
int cl_fsmount(int fd, unsigned int flags, unsigned int attributes) {
    return (int)syscall(SYS_fsmount, fd, flags, attributes);
}
int cl_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned int flags) {
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}
int cl_open_tree(int directory, const char *path, unsigned int flags) {
    return (int)syscall(SYS_open_tree, directory, path, flags);
}

int cl_clone_tree(const char *path) {
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}
int cl_set_idmap(int tree, int user_namespace) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};
    return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

int cl_set_harmless(int tree) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
}
int cl_act_as(uid_t user, gid_t group) {
    if (syscall(SYS_setgroups, 0, NULL) != 0) return -1;
    syscall(SYS_setfsgid, group);
    syscall(SYS_setfsuid, user);
    if ((uid_t)syscall(SYS_setfsuid, -1) == user && (gid_t)syscall(SYS_setfsgid, -1) == group) return 0;
    errno = EPERM;
    return -1;
}

static int write_map(pid_t process, const char *name, const char *map) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)process, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    size_t length = strlen(map);
    ssize_t written = write(file, map, length);
    int code = errno;
    close(file);
    errno = code;
    return written == (ssize_t)length ? 0 : -1;
}

int cl_user_namespace(const char *users, const char *groups) {
    pid_t parent = getpid();
    pid_t holder = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (holder == 0) {
        // Nothing of the program runs here: only system calls until the parent ends it, or ends. The end of a pipe would not
        // do: the holder of another thread has a copy of each descriptor, and both would wait for each other.
        syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        while ((pid_t)syscall(SYS_getppid) == parent) syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
        _exit(0);
    }
    int result = -1;
    if (holder > 0 && write_map(holder, "uid_map", users) == 0 && write_map(holder, "gid_map", groups) == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/user", (int)holder);
        result = open(path, O_RDONLY | O_CLOEXEC);
    }
    int code = errno;
    if (holder > 0) {
        kill(holder, SIGKILL);
        while (waitpid(holder, NULL, 0) < 0 && errno == EINTR) {}
    }
    errno = code;
    return result;
}

enum { descriptor_limit = 64 };

ssize_t cl_send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, int count) {
    if (count > descriptor_limit) {
        errno = EINVAL;
        return -1;
    }
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
    union {
        char space[CMSG_SPACE(sizeof(int) * descriptor_limit)];
        struct cmsghdr alignment;
    } control;
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t cl_receive_descriptors(
    int socket, void *bytes, size_t length, int *descriptors, int *count, int *truncated, int flags) {
    struct iovec vector = {.iov_base = bytes, .iov_len = length};
    union {
        char space[CMSG_SPACE(sizeof(int) * descriptor_limit)];
        struct cmsghdr alignment;
    } control;
    int room = *count < descriptor_limit ? *count : descriptor_limit;
    struct msghdr message = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = room > 0 ? CMSG_SPACE(sizeof(int) * (size_t)room) : 0,
    };
    *count = 0;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int arrived = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(descriptors + *count, CMSG_DATA(header), sizeof(int) * (size_t)arrived);
        *count += arrived;
    }
    *truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    return received;
}

int cl_peer_credentials(int socket, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

unsigned int cl_major(dev_t device) { return major(device); }
unsigned int cl_minor(dev_t device) { return minor(device); }
dev_t cl_makedev(unsigned int major_number, unsigned int minor_number) { return makedev(major_number, minor_number); }
