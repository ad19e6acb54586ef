/// System calls by theme: which of them ordinary programs in a container need, and which need a capability.
///
/// A name that an architecture lacks, or that is newer than the installed libseccomp, is passed over.
enum SyscallTable {
    /// Calls that every container may make, with any arguments.
    static let allowed: [[String]] = [
        files, fileData, fileTimesAndOwners, extendedAttributes, watches, polling, messages, memory, processes,
        scheduling, threads, identities, signals, clocks, sockets, systemV, facts, sandboxing, tracing,
    ]

    private static let files = words(
        """
        open openat openat2 creat close close_range dup dup2 dup3 access faccessat faccessat2 stat stat64 lstat lstat64
        fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 getcwd chdir fchdir
        mkdir mkdirat rmdir getdents getdents64 link linkat symlink symlinkat readlink readlinkat unlink unlinkat
        rename renameat renameat2 mknod mknodat umask fcntl fcntl64 flock ioctl name_to_handle_at
        """
    )

    private static let fileData = words(
        """
        read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek _llseek truncate truncate64
        ftruncate ftruncate64 fallocate fadvise64 fadvise64_64 arm_fadvise64_64 readahead cachestat fsync fdatasync
        sync syncfs sync_file_range sync_file_range2 arm_sync_file_range copy_file_range sendfile sendfile64 splice
        tee vmsplice io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
        """)

    private static let fileTimesAndOwners = words(
        """
        chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32 utime utimes utimensat
        utimensat_time64 futimesat
        """)

    private static let extendedAttributes = words(
        """
        getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr
        flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
        """)

    private static let watches = words(
        "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark")

    private static let polling = words(
        """
        poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1 epoll_ctl
        epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4
        timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
        """)

    private static let messages = words(
        """
        pipe pipe2 mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive
        mq_timedreceive_time64
        """)

    private static let memory = words(
        """
        brk mmap mmap2 munmap mremap mprotect msync madvise mincore mlock mlock2 mlockall munlock munlockall
        membarrier memfd_create memfd_secret mseal map_shadow_stack pkey_alloc pkey_free pkey_mprotect
        remap_file_pages riscv_flush_icache cacheflush breakpoint
        """)

    private static let processes = words(
        """
        fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp getsid
        setpgid setsid prctl pause kill tkill tgkill pidfd_open pidfd_send_signal process_mrelease restart_syscall
        """)

    private static let scheduling = words(
        """
        sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
        sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval
        sched_rr_get_interval_time64 getpriority setpriority ioprio_get ioprio_set getrlimit ugetrlimit setrlimit
        prlimit64 getrusage
        """)

    private static let threads = words(
        """
        futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue get_robust_list set_robust_list
        set_tid_address get_thread_area set_thread_area set_tls get_tls rseq getcpu
        """)

    private static let identities = words(
        """
        getuid getuid32 getgid getgid32 geteuid geteuid32 getegid getegid32 getresuid getresuid32 getresgid
        getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32
        setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32
        capget capset
        """)

    private static let signals = words(
        """
        signal sigaction sigaltstack sigpending sigprocmask sigreturn sigsuspend rt_sigaction rt_sigpending
        rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
        rt_tgsigqueueinfo
        """)

    private static let clocks = words(
        """
        time times gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep
        clock_nanosleep_time64 clock_adjtime clock_adjtime64 adjtimex nanosleep alarm getitimer setitimer
        timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
        """)

    private static let sockets = words(
        """
        socketcall socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt
        setsockopt send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
        """)

    private static let systemV = words(
        """
        ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget
        """)

    private static let facts = words("uname sysinfo getrandom statmount listmount riscv_hwprobe")

    private static let sandboxing = words(
        "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self")

    /// Only within the container's PID namespace and with equal or fewer capabilities, which the kernel checks.
    private static let tracing = words("ptrace process_vm_readv process_vm_writev uretprobe")

    /// Calls of one architecture.
    static let allowedByArchitecture: [SeccompArchitecture: [String]] = [
        .x86_64: words("arch_prctl modify_ldt"),
        .powerPC64LE: words("swapcontext"),
        .s390x: words("s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"),
    ]

    /// Calls that open with a capability; without it they answer EPERM.
    static let byCapability: [(capability: String, names: [String])] = [
        ("CAP_DAC_READ_SEARCH", words("open_by_handle_at")),
        (
            "CAP_SYS_ADMIN",
            words(
                """
                bpf fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
                lsm_set_self_attr mount mount_setattr move_mount
                open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2
                unshare
                """)
        ),
        ("CAP_SYS_BOOT", words("reboot")),
        ("CAP_SYS_CHROOT", words("chroot")),
        ("CAP_SYS_MODULE", words("init_module finit_module delete_module")),
        ("CAP_SYS_PACCT", words("acct")),
        ("CAP_SYS_PTRACE", words("kcmp pidfd_getfd process_madvise")),
        ("CAP_SYS_RAWIO", words("ioperm iopl")),
        ("CAP_SYS_TIME", words("settimeofday stime clock_settime clock_settime64")),
        ("CAP_SYS_TTY_CONFIG", words("vhangup")),
        ("CAP_SYS_NICE", words("get_mempolicy set_mempolicy set_mempolicy_home_node mbind")),
        ("CAP_SYSLOG", words("syslog")),
        ("CAP_BPF", words("bpf")),
        ("CAP_PERFMON", words("perf_event_open")),
    ]

    /// Calls that are always refused: keyrings have no namespaces, the others enlarge the kernel's attack surface or
    /// are obsolete.
    static let refused = words(
        """
        add_key keyctl request_key io_uring_setup io_uring_enter io_uring_register userfaultfd kexec_load
        kexec_file_load pivot_root swapon swapoff move_pages migrate_pages nfsservctl uselib ustat sysfs _sysctl
        create_module query_module get_kernel_syms vm86 vm86old
        """)

    /// The CLONE_NEW… flags of clone(2): mount, cgroup, uts, ipc, user, pid and network.
    static let cloneNamespaceFlags: [UInt64] = [
        0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
    ]

    /// Linux, Linux with 32-bit uname, the same for UNAME26, and the query of the present value.
    static let personalities: [UInt64] = [0x0, 0x8, 0x20000, 0x20008, 0xffff_ffff]

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
