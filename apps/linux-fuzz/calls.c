/*
 * calls.c - the table of calls; numbers that are not in it get arguments of any kind.
 */
#include "apps/linux-fuzz/calls.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

/* arguments, in the order of the manual page */
#define A(...)     .arguments = {__VA_ARGS__}
#define S(...)     .set = (const uint64_t[]){__VA_ARGS__}, .count = COUNT(__VA_ARGS__)
#define COUNT(...) (sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
#define FD         .gives = GIVES_DESCRIPTOR
#define AT_FLAGS                                                                                   \
    AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_EACCESS
#define OPEN_FLAGS                                                                                 \
    O_WRONLY, O_RDWR, O_CREAT, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_DIRECTORY,        \
        O_NOFOLLOW, O_CLOEXEC, O_PATH, O_TMPFILE, O_NOCTTY, O_NOATIME
#define MESSAGE_FLAGS                                                                              \
    MSG_DONTWAIT, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_NOSIGNAL, MSG_CMSG_CLOEXEC,  \
        MSG_WAITFORONE, MSG_EOR, MSG_OOB
#define SOCKET_TYPES                                                                               \
    SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM | SOCK_NONBLOCK,                          \
        SOCK_SEQPACKET | SOCK_NONBLOCK, SOCK_DGRAM | SOCK_CLOEXEC, SOCK_STREAM | SOCK_CLOEXEC, 3
#define SOCKET_OPTIONS                                                                             \
    SO_SNDBUF, SO_RCVBUF, SO_PASSCRED, SO_PEERCRED, SO_RCVTIMEO, SO_SNDTIMEO, SO_ERROR, SO_TYPE,   \
        SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_REUSEADDR, SO_KEEPALIVE, SO_LINGER, SO_PRIORITY, \
        SO_MARK, SO_ATTACH_FILTER, SO_PEEK_OFF, SO_BUSY_POLL
#define FUTEX_COMMANDS                                                                             \
    FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAIT_BITSET,    \
        FUTEX_WAKE_BITSET, FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_WAIT | FUTEX_PRIVATE_FLAG,        \
        FUTEX_WAKE | FUTEX_PRIVATE_FLAG, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG,                   \
        FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME
#define IOCTLS                                                                                     \
    FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ,            \
        TIOCSWINSZ, TIOCGPGRP, TIOCSPGRP, TIOCSCTTY, TIOCNOTTY, TIOCGPTN, TIOCSPTLCK, TCSBRK,      \
        TCXONC, TCFLSH, TIOCSTI, TIOCOUTQ, TIOCGSID, TIOCGPTPEER, TIOCPKT, FIOASYNC, TIOCEXCL
#define FCNTLS                                                                                     \
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETOWN, F_SETOWN,              \
        F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS, F_SETSIG, F_NOTIFY, F_SETLEASE,      \
        F_GETLEASE
#define LOCK_COMMANDS F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW
#define PROTECTIONS   PROT_READ, PROT_WRITE, PROT_EXEC, PROT_READ, PROT_WRITE
#define ADVICE                                                                                     \
    MADV_NORMAL, MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK,                \
        MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_HUGEPAGE, MADV_POPULATE_READ, MADV_POPULATE_WRITE,  \
        MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED, MADV_HWPOISON, MADV_MERGEABLE
#define PRCTLS                                                                                     \
    PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_DUMPABLE,                 \
        PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER,      \
        PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_KEEPCAPS,   \
        PR_SET_SECCOMP, PR_SET_MM, PR_GET_TID_ADDRESS, PR_SET_THP_DISABLE, PR_GET_SECUREBITS
#define WAIT_FLAGS WNOHANG, WUNTRACED, WCONTINUED, __WALL, __WNOTHREAD, WEXITED, WSTOPPED, WNOWAIT
#define CLONE_FLAGS                                                                                \
    17, 17, 17, CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_VFORK, CLONE_PARENT,         \
        CLONE_PARENT_SETTID, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_PIDFD

const struct call calls[] = {
    /* files */
    {SYS_open, 8, FD, A(V_PATH, V_SET, V_MODE), S(OPEN_FLAGS)},
    {SYS_openat, 14, FD, A(V_AT, V_PATH, V_SET, V_MODE), S(OPEN_FLAGS)},
    {SYS_openat2, 4, FD, A(V_AT, V_PATH, V_HOW, V_CONST), S(24)},
    {SYS_creat, 3, FD, A(V_PATH, V_MODE)},
    {SYS_close, 5, A(V_FD)},
    {SYS_close_range, 1, A(V_FD, V_FD, V_SET), S(2, 4)},
    {SYS_read, 12, A(V_FD, V_OUT, V_SIZE)},
    {SYS_write, 12, A(V_FD, V_DATA, V_SIZE)},
    {SYS_pread64, 5, A(V_FD, V_OUT, V_SIZE, V_OFFSET)},
    {SYS_pwrite64, 5, A(V_FD, V_DATA, V_SIZE, V_OFFSET)},
    {SYS_readv, 4, A(V_FD, V_VECTOR, V_SMALL)},
    {SYS_writev, 4, A(V_FD, V_VECTOR, V_SMALL)},
    {SYS_preadv, 2, A(V_FD, V_VECTOR, V_SMALL, V_OFFSET)},
    {SYS_pwritev, 2, A(V_FD, V_VECTOR, V_SMALL, V_OFFSET)},
    {SYS_preadv2, 2, A(V_FD, V_VECTOR, V_SMALL, V_OFFSET, V_NONE, V_SET), S(1, 2, 4, 8, 16)},
    {SYS_pwritev2, 2, A(V_FD, V_VECTOR, V_SMALL, V_OFFSET, V_NONE, V_SET), S(1, 2, 4, 8, 16)},
    {SYS_lseek, 4, A(V_FD, V_OFFSET, V_ONE), S(0, 1, 2, 3, 4)},
    {SYS_stat, 2, A(V_PATH, V_OUT)},
    {SYS_lstat, 2, A(V_PATH, V_OUT)},
    {SYS_fstat, 2, A(V_FD, V_OUT)},
    {SYS_newfstatat, 3, A(V_AT, V_PATH, V_OUT, V_SET), S(AT_FLAGS)},
    {SYS_statx, 3, A(V_AT, V_PATH, V_SET, V_INT, V_OUT), S(AT_FLAGS)},
    {SYS_statfs, 1, A(V_PATH, V_OUT)},
    {SYS_fstatfs, 1, A(V_FD, V_OUT)},
    {SYS_access, 1, A(V_PATH, V_ONE), S(0, 1, 2, 4, 6)},
    {SYS_faccessat2, 1, A(V_AT, V_PATH, V_ONE, V_SET), S(0, 1, 2, 4, 6, AT_FLAGS), .second = 5},
    {SYS_openat, 3, .gives = GIVES_FOLDER, A(V_AT, V_PATH, V_CONST), S(O_DIRECTORY)},
    {SYS_getdents64, 4, A(V_FOLDER, V_OUT, V_SIZE)},
    {SYS_getdents, 1, A(V_FOLDER, V_OUT, V_SIZE)},
    {SYS_getcwd, 2, A(V_OUT, V_SIZE)},
    {SYS_chdir, 2, A(V_PATH)},
    {SYS_fchdir, 1, A(V_FOLDER)},
    {SYS_mkdir, 3, A(V_PATH, V_MODE)},
    {SYS_mkdirat, 2, A(V_AT, V_PATH, V_MODE)},
    {SYS_rmdir, 2, A(V_PATH)},
    {SYS_unlink, 4, A(V_PATH)},
    {SYS_unlinkat, 3, A(V_AT, V_PATH, V_SET), S(AT_REMOVEDIR)},
    {SYS_rename, 5, A(V_PATH, V_PATH)},
    {SYS_renameat2, 4, A(V_AT, V_PATH, V_AT, V_PATH, V_SET), S(1, 2, 4)},
    {SYS_link, 3, A(V_PATH, V_PATH)},
    {SYS_linkat, 3, A(V_AT, V_PATH, V_AT, V_PATH, V_SET), S(AT_SYMLINK_FOLLOW)},
    {SYS_symlink, 3, A(V_PATH, V_PATH)},
    {SYS_symlinkat, 1, A(V_PATH, V_AT, V_PATH)},
    {SYS_readlink, 2, A(V_PATH, V_OUT, V_SIZE)},
    {SYS_readlinkat, 2, A(V_AT, V_PATH, V_OUT, V_SIZE)},
    {SYS_mknod, 3, A(V_PATH, V_ONE, V_INT),
     S(S_IFIFO | 0600, S_IFREG | 0600, S_IFSOCK | 0600, S_IFCHR | 0600, S_IFDIR, 0)},
    {SYS_mknodat, 1, A(V_AT, V_PATH, V_ONE, V_INT), S(S_IFIFO | 0600, S_IFREG, S_IFBLK)},
    {SYS_truncate, 3, A(V_PATH, V_OFFSET)},
    {SYS_ftruncate, 4, A(V_FD, V_OFFSET)},
    {SYS_fallocate, 3, A(V_FD, V_SET, V_OFFSET, V_OFFSET), S(1, 2, 8, 16, 32, 64)},
    {SYS_fadvise64, 1, A(V_FD, V_OFFSET, V_OFFSET, V_SMALL)},
    {SYS_readahead, 1, A(V_FD, V_OFFSET, V_SIZE)},
    {SYS_sync_file_range, 1, A(V_FD, V_OFFSET, V_OFFSET, V_SMALL)},
    {SYS_fsync, 1, A(V_FD)},
    {SYS_fdatasync, 1, A(V_FD)},
    {SYS_sync, 1, A(V_NONE)},
    {SYS_syncfs, 1, A(V_FD)},
    {SYS_chmod, 1, A(V_PATH, V_MODE)},
    {SYS_fchmod, 1, A(V_FD, V_MODE)},
    {SYS_fchmodat, 1, A(V_AT, V_PATH, V_MODE)},
    {SYS_chown, 1, A(V_PATH, V_ID, V_ID)},
    {SYS_lchown, 1, A(V_PATH, V_ID, V_ID)},
    {SYS_fchown, 1, A(V_FD, V_ID, V_ID)},
    {SYS_fchownat, 1, A(V_AT, V_PATH, V_ID, V_ID, V_SET), S(AT_FLAGS)},
    {SYS_umask, 1, A(V_MODE)},
    {SYS_utimensat, 2, A(V_AT, V_PATH, V_TIME, V_SET), S(AT_FLAGS)},
    {SYS_utimes, 1, A(V_PATH, V_TIME)},
    {SYS_utime, 1, A(V_PATH, V_TIME)},
    {SYS_futimesat, 1, A(V_AT, V_PATH, V_TIME)},
    {SYS_faccessat, 1, A(V_AT, V_PATH, V_ONE), S(0, 1, 2, 4, 6)},
    {SYS_renameat, 1, A(V_AT, V_PATH, V_AT, V_PATH)},
    {SYS_name_to_handle_at, 1, A(V_AT, V_PATH, V_IN, V_OUT, V_SET), S(AT_FLAGS)},
    {SYS_setxattr, 2, A(V_PATH, V_NAME, V_DATA, V_SIZE, V_SET), S(1, 2)},
    {SYS_fsetxattr, 2, A(V_FD, V_NAME, V_DATA, V_SIZE, V_SET), S(1, 2)},
    {SYS_getxattr, 1, A(V_PATH, V_NAME, V_OUT, V_SIZE)},
    {SYS_fgetxattr, 1, A(V_FD, V_NAME, V_OUT, V_SIZE)},
    {SYS_listxattr, 1, A(V_PATH, V_OUT, V_SIZE)},
    {SYS_flistxattr, 1, A(V_FD, V_OUT, V_SIZE)},
    {SYS_removexattr, 1, A(V_PATH, V_NAME)},
    {SYS_lsetxattr, 1, A(V_PATH, V_NAME, V_DATA, V_SIZE, V_SET), S(1, 2)},
    {SYS_lgetxattr, 1, A(V_PATH, V_NAME, V_OUT, V_SIZE)},
    {SYS_llistxattr, 1, A(V_PATH, V_OUT, V_SIZE)},
    {SYS_lremovexattr, 1, A(V_PATH, V_NAME)},
    {SYS_fremovexattr, 1, A(V_FD, V_NAME)},
    {SYS_copy_file_range, 3, A(V_FD, V_OFFSET_AT, V_FD, V_OFFSET_AT, V_SIZE, V_NONE)},
    {SYS_sendfile, 3, A(V_FD, V_FD, V_OFFSET_AT, V_SIZE)},
    {SYS_splice, 2, A(V_PIPE, V_OFFSET_AT, V_FD, V_OFFSET_AT, V_SIZE, V_SET), S(1, 2, 4, 8)},
    {SYS_tee, 1, A(V_PIPE, V_PIPE, V_SIZE, V_SET), S(1, 2, 4, 8)},
    {SYS_vmsplice, 1, A(V_PIPE, V_VECTOR, V_SMALL, V_SET), S(1, 2, 4, 8)},
    {SYS_ioctl, 6, A(V_FD, V_ONE, V_IN), S(IOCTLS)},
    {SYS_ioctl, 1, A(V_FD, V_ONE, V_SMALL), S(IOCTLS)},
    {SYS_fcntl, 4, A(V_FD, V_ONE, V_FD), S(FCNTLS)},
    {SYS_fcntl, 2, A(V_FD, V_ONE, V_INT), S(FCNTLS)},
    {SYS_fcntl, 4, A(V_FD, V_ONE, V_LOCK), S(LOCK_COMMANDS)},
    {SYS_flock, 2, A(V_FD, V_ONE), S(1, 2, 8, 5, 6)},
    {SYS_dup, 3, FD, A(V_FD)},
    {SYS_dup2, 3, FD, A(V_FD, V_FD)},
    {SYS_dup3, 2, FD, A(V_FD, V_FD, V_SET), S(O_CLOEXEC)},
    {SYS_pipe, 2, A(V_WORD_AT), .gives = GIVES_PAIR},
    {SYS_pipe2, 4, A(V_WORD_AT, V_SET), S(O_NONBLOCK, O_CLOEXEC, O_DIRECT), .gives = GIVES_PAIR},
    {SYS_chroot, 1, A(V_PATH)},
    {SYS_mount, 1, A(V_PATH, V_PATH, V_NAME, V_SET, V_IN), S(1, 2, 32, 4096)},
    /* things that are waited for */
    {SYS_poll, 4, A(V_POLL, V_SMALL, V_ONE), S(0, 1, 5)},
    {SYS_ppoll, 2, A(V_POLL, V_SMALL, V_TIME, V_SIGNALS, V_CONST), S(8)},
    {SYS_select, 2, A(V_SMALL, V_IN, V_IN, V_IN, V_TIME)},
    {SYS_pselect6, 2, A(V_SMALL, V_IN, V_IN, V_IN, V_TIME, V_IN)},
    {SYS_epoll_create1, 2, .gives = GIVES_EPOLL, A(V_SET), S(O_CLOEXEC)},
    {SYS_epoll_create, 1, .gives = GIVES_EPOLL, A(V_SMALL)},
    {SYS_epoll_ctl, 8, A(V_EPOLL, V_ONE, V_FD, V_IN), S(1, 1, 2, 3)},
    {SYS_epoll_wait, 3, A(V_EPOLL, V_OUT, V_SMALL, V_ONE), S(0, 1, 3)},
    {SYS_epoll_pwait, 2, A(V_EPOLL, V_OUT, V_SMALL, V_ONE, V_SIGNALS, V_CONST), S(0, 1, 3, 8),
     .second = 3},
    {SYS_epoll_pwait2, 1, A(V_EPOLL, V_OUT, V_SMALL, V_TIME, V_SIGNALS, V_CONST), S(8)},
    {SYS_eventfd2, 2, FD, A(V_INT, V_SET), S(1, O_NONBLOCK, O_CLOEXEC)},
    {SYS_eventfd, 1, FD, A(V_INT)},
    {SYS_timerfd_create, 2, .gives = GIVES_TIMER, A(V_CLOCK, V_SET), S(O_NONBLOCK, O_CLOEXEC)},
    {SYS_timerfd_settime, 2, A(V_TIMER, V_SET, V_INTERVAL, V_OUT), S(1, 2)},
    {SYS_timerfd_gettime, 1, A(V_TIMER, V_OUT)},
    {SYS_signalfd4, 2, FD, A(V_FD, V_SIGNALS, V_CONST, V_SET), S(8, O_NONBLOCK), .second = 1},
    {SYS_signalfd4, 2, FD, A(V_CONST, V_SIGNALS, V_CONST, V_SET),
     S(UINT64_MAX, 8, O_NONBLOCK, O_CLOEXEC), .second = 1},
    {SYS_signalfd, 1, FD, A(V_FD, V_SIGNALS, V_CONST), S(8)},
    {SYS_inotify_init, 1, .gives = GIVES_INOTIFY, A(V_NONE)},
    {SYS_inotify_init1, 1, .gives = GIVES_INOTIFY, A(V_SET), S(O_NONBLOCK, O_CLOEXEC)},
    {SYS_inotify_add_watch, 4, A(V_INOTIFY, V_PATH, V_SET),
     S(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, IN_ONESHOT, IN_MASK_ADD, IN_ONLYDIR)},
    {SYS_inotify_rm_watch, 1, A(V_INOTIFY, V_SMALL)},
    {SYS_memfd_create, 2, FD, A(V_NAME, V_SET), S(1, 2)},
    {SYS_futex, 8, A(V_WORD_AT, V_ONE, V_WORD, V_TIME, V_WORD_AT, V_WORD), S(FUTEX_COMMANDS)},
    {SYS_futex, 3, A(V_WORD_AT, V_ONE, V_SMALL, V_SMALL, V_WORD_AT, V_INT), S(FUTEX_COMMANDS)},
    {SYS_futex, 2, A(V_WORD_AT, V_ONE, V_SMALL, V_SMALL, V_WORD_AT, V_WAKE_OP),
     S(FUTEX_WAKE_OP, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG)},
    {SYS_futex_waitv, 3, A(V_WAITV, V_SMALL, V_NONE, V_TIME, V_CONST), S(1)},
    {SYS_set_robust_list, 2, A(V_IN, V_CONST), S(24)},
    {SYS_get_robust_list, 1, A(V_PID, V_OUT, V_OUT)},
    {SYS_set_tid_address, 2, A(V_WORD_AT)},
    {SYS_pause, 1, A(V_NONE)},
    {SYS_nanosleep, 2, A(V_TIME, V_OUT)},
    {SYS_clock_nanosleep, 3, A(V_CLOCK, V_SET, V_TIME, V_OUT), S(1)},
    {SYS_sched_yield, 3, A(V_NONE)},
    /* sockets */
    {SYS_socket, 5, .gives = GIVES_SOCKET, A(V_CONST, V_ONE, V_NONE), S(AF_UNIX, SOCKET_TYPES),
     .second = 1},
    {SYS_socket, 1, FD, A(V_SMALL, V_ONE, V_SMALL), S(SOCKET_TYPES)},
    {SYS_socketpair, 5, A(V_CONST, V_ONE, V_NONE, V_WORD_AT), S(AF_UNIX, SOCKET_TYPES), .second = 1,
     .gives = GIVES_SOCKET_PAIR},
    {SYS_bind, 5, A(V_SOCKET, V_ADDRESS, V_SIZE)},
    {SYS_listen, 4, A(V_SOCKET, V_SMALL)},
    {SYS_connect, 6, A(V_SOCKET, V_ADDRESS, V_SIZE)},
    {SYS_accept, 3, .gives = GIVES_SOCKET, A(V_SOCKET, V_OUT, V_LENGTH_AT)},
    {SYS_accept4, 3, .gives = GIVES_SOCKET, A(V_SOCKET, V_OUT, V_LENGTH_AT, V_SET),
     S(O_NONBLOCK, O_CLOEXEC)},
    {SYS_shutdown, 2, A(V_SOCKET, V_ONE), S(0, 1, 2)},
    {SYS_getsockname, 1, A(V_SOCKET, V_OUT, V_LENGTH_AT)},
    {SYS_getpeername, 1, A(V_SOCKET, V_OUT, V_LENGTH_AT)},
    {SYS_setsockopt, 2, A(V_SOCKET, V_CONST, V_ONE, V_IN, V_SMALL), S(SOL_SOCKET, SOCKET_OPTIONS),
     .second = 1},
    {SYS_getsockopt, 2, A(V_SOCKET, V_CONST, V_ONE, V_OUT, V_LENGTH_AT),
     S(SOL_SOCKET, SOCKET_OPTIONS), .second = 1},
    {SYS_sendto, 5, A(V_SOCKET, V_DATA, V_SIZE, V_SET, V_ADDRESS, V_SIZE), S(MESSAGE_FLAGS)},
    {SYS_recvfrom, 5, A(V_SOCKET, V_OUT, V_SIZE, V_SET, V_OUT, V_LENGTH_AT), S(MESSAGE_FLAGS)},
    {SYS_sendmsg, 8, A(V_SOCKET, V_MESSAGE, V_SET), S(MESSAGE_FLAGS)},
    {SYS_recvmsg, 8, A(V_SOCKET, V_MESSAGE, V_SET), S(MESSAGE_FLAGS)},
    {SYS_sendmmsg, 2, A(V_SOCKET, V_MESSAGES, V_SMALL, V_SET), S(MESSAGE_FLAGS)},
    {SYS_recvmmsg, 2, A(V_SOCKET, V_MESSAGES, V_SMALL, V_SET, V_TIME), S(MESSAGE_FLAGS)},
    /* memory */
    {SYS_mmap, 8, A(V_MAP, V_SPAN, V_SET, V_ONE, V_FD, V_PAGES), .gives = GIVES_MAP, .second = 5,
     S(PROTECTIONS, MAP_PRIVATE, MAP_SHARED, MAP_PRIVATE | MAP_ANONYMOUS,
       MAP_SHARED | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
       MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, MAP_PRIVATE | MAP_FIXED, MAP_SHARED | MAP_FIXED,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, MAP_SHARED_VALIDATE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE)},
    {SYS_munmap, 4, A(V_MAP, V_SPAN)},
    {SYS_mprotect, 5, A(V_MAP, V_SPAN, V_SET), S(PROTECTIONS, PROT_GROWSDOWN)},
    {SYS_mremap, 6, A(V_MAP, V_SPAN, V_SPAN, V_ONE, V_MAP), S(0, 1, 3, 5, 7), .gives = GIVES_MAP},
    {SYS_madvise, 5, A(V_MAP, V_SPAN, V_ONE), S(ADVICE)},
    {SYS_msync, 1, A(V_MAP, V_SPAN, V_SET), S(1, 2, 4)},
    {SYS_mincore, 1, A(V_MAP, V_SPAN, V_OUT)},
    {SYS_mlock, 1, A(V_MAP, V_SPAN)},
    {SYS_mlock2, 1, A(V_MAP, V_SPAN, V_SMALL)},
    {SYS_mlockall, 1, A(V_SMALL)},
    {SYS_munlock, 1, A(V_MAP, V_SPAN)},
    {SYS_munlockall, 1, A(V_NONE)},
    {SYS_pkey_alloc, 1, A(V_SMALL, V_SMALL)},
    {SYS_pkey_mprotect, 1, A(V_MAP, V_SPAN, V_SET, V_ONE), S(PROTECTIONS, UINT64_MAX, 0, 1),
     .second = 5},
    {SYS_pkey_free, 1, A(V_SMALL)},
    {SYS_brk, 2, A(V_INT)},
    {SYS_shmget, 2, .gives = GIVES_IPC, A(V_SMALL, V_SIZE, V_ONE),
     S(IPC_CREAT | 0600, 0600, IPC_CREAT | IPC_EXCL | 0600)},
    {SYS_shmget, 2, .gives = GIVES_IPC, A(V_NONE, V_SPAN, V_CONST), S(IPC_CREAT | 0600)},
    {SYS_shmat, 3, A(V_IPC, V_MAP, V_SET), S(SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC),
     .gives = GIVES_MAP},
    {SYS_shmat, 2, A(V_IPC, V_NONE, V_NONE), .gives = GIVES_MAP},
    {SYS_shmdt, 2, A(V_MAP)},
    {SYS_shmctl, 2, A(V_IPC, V_ONE, V_OUT), S(IPC_RMID, IPC_STAT, SHM_INFO, SHM_STAT)},
    {SYS_process_vm_readv, 3, A(V_PID, V_VECTOR, V_SMALL, V_VECTOR, V_SMALL, V_NONE)},
    {SYS_process_vm_writev, 1, A(V_PID, V_VECTOR, V_SMALL, V_VECTOR, V_SMALL, V_NONE)},
    {SYS_membarrier, 1, A(V_SMALL, V_SMALL)},
    {SYS_set_mempolicy, 1, A(V_SMALL, V_IN, V_INT)},
    {SYS_get_mempolicy, 1, A(V_OUT, V_OUT, V_INT, V_MAP, V_SMALL)},
    /* processes */
    {SYS_fork, 4, A(V_NONE), .gives = GIVES_CHILD},
    {SYS_vfork, 1, A(V_NONE), .gives = GIVES_CHILD},
    {SYS_clone, 4, A(V_SET, V_NONE, V_WORD_AT, V_WORD_AT, V_IN), S(CLONE_FLAGS),
     .gives = GIVES_CHILD},
    {SYS_clone3, 5, A(V_CLONE, V_SIZE), .gives = GIVES_CHILD},
    {SYS_execve, 2, A(V_PATH, V_STRINGS, V_STRINGS)},
    {SYS_execveat, 1, A(V_AT, V_PATH, V_STRINGS, V_STRINGS, V_SET), S(AT_FLAGS)},
    {SYS_exit, 1, A(V_INT)},
    {SYS_exit_group, 1, A(V_INT)},
    {SYS_rt_sigreturn, 1, A(V_INT)},
    {SYS_wait4, 4, A(V_PID, V_OUT, V_SET, V_OUT), S(WAIT_FLAGS)},
    {SYS_waitid, 3, A(V_SMALL, V_PID, V_OUT, V_SET, V_OUT), S(WAIT_FLAGS)},
    {SYS_kill, 2, A(V_PID, V_SIGNAL)},
    {SYS_tkill, 1, A(V_PID, V_SIGNAL)},
    {SYS_tgkill, 2, A(V_PID, V_PID, V_SIGNAL)},
    {SYS_rt_sigqueueinfo, 2, A(V_PID, V_SIGNAL, V_IN)},
    {SYS_rt_tgsigqueueinfo, 1, A(V_PID, V_PID, V_SIGNAL, V_IN)},
    {SYS_rt_sigprocmask, 3, A(V_ONE, V_SIGNALS, V_OUT, V_CONST), S(8, 0, 1, 2)},
    {SYS_rt_sigpending, 1, A(V_OUT, V_CONST), S(8)},
    {SYS_rt_sigtimedwait, 2, A(V_SIGNALS, V_OUT, V_TIME, V_CONST), S(8)},
    {SYS_rt_sigsuspend, 1, A(V_SIGNALS, V_CONST), S(8)},
    {SYS_rt_sigaction, 1, A(V_SIGNAL, V_NONE, V_OUT, V_CONST), S(8)},
    {SYS_rt_sigaction, 3, A(V_SIGNAL, V_ACTION, V_OUT, V_CONST), S(8)},
    {SYS_sigaltstack, 2, A(V_IN, V_OUT)},
    {SYS_setpgid, 1, A(V_PID, V_PID)},
    {SYS_getpgid, 1, A(V_PID)},
    {SYS_setsid, 1, A(V_NONE)},
    {SYS_getsid, 1, A(V_PID)},
    {SYS_pidfd_open, 3, .gives = GIVES_PROCESS, A(V_PID, V_SET), S(O_NONBLOCK)},
    {SYS_pidfd_send_signal, 2, A(V_PROCESS, V_SIGNAL, V_NONE, V_NONE)},
    {SYS_pidfd_getfd, 1, FD, A(V_PROCESS, V_FD, V_NONE)},
    {SYS_setitimer, 2, A(V_ONE, V_INTERVAL, V_OUT), S(0, 1, 2)},
    {SYS_getitimer, 1, A(V_SMALL, V_OUT)},
    {SYS_alarm, 1, A(V_SMALL)},
    {SYS_timer_create, 4, A(V_CLOCK, V_IN, V_OUT)},
    {SYS_timer_create, 2, A(V_CLOCK, V_NONE, V_OUT)},
    {SYS_timer_settime, 4, A(V_SMALL, V_SET, V_INTERVAL, V_OUT), S(1)},
    {SYS_timer_gettime, 1, A(V_SMALL, V_OUT)},
    {SYS_timer_getoverrun, 1, A(V_SMALL)},
    {SYS_timer_delete, 2, A(V_SMALL)},
    {SYS_prlimit64, 2, A(V_PID, V_SMALL, V_IN, V_OUT)},
    {SYS_prlimit64, 1, A(V_PID, V_SMALL, V_NONE, V_OUT)},
    {SYS_getrlimit, 1, A(V_SMALL, V_OUT)},
    {SYS_setrlimit, 1, A(V_SMALL, V_IN)},
    {SYS_getrusage, 1, A(V_ONE, V_OUT), S(0, 1, UINT64_MAX)},
    {SYS_prctl, 4, A(V_ONE, V_IN, V_SMALL, V_INT, V_INT), S(PRCTLS)},
    {SYS_prctl, 2, A(V_ONE, V_SMALL, V_NONE, V_NONE, V_NONE), S(PRCTLS)},
    {SYS_prctl, 2, A(V_CONST, V_CONST, V_NONE, V_NONE, V_NONE), S(PR_SET_NO_NEW_PRIVS, 1),
     .second = 1},
    {SYS_prctl, 1, A(V_CONST, V_CONST, V_FILTER), S(PR_SET_SECCOMP, 2), .second = 1},
    {SYS_seccomp, 3, A(V_CONST, V_SET, V_FILTER), S(1, 1, 2, 4, 16), .second = 1},
    {SYS_arch_prctl, 1, A(V_ONE, V_IN), S(0x1001, 0x1003, 0x1004)},
    {SYS_personality, 1, A(V_INT)},
    {SYS_sched_setscheduler, 1, A(V_PID, V_SMALL, V_IN)},
    {SYS_sched_getparam, 1, A(V_PID, V_OUT)},
    {SYS_sched_setparam, 1, A(V_PID, V_IN)},
    {SYS_sched_getscheduler, 1, A(V_PID)},
    {SYS_sched_get_priority_max, 1, A(V_SMALL)},
    {SYS_sched_get_priority_min, 1, A(V_SMALL)},
    {SYS_sched_rr_get_interval, 1, A(V_PID, V_OUT)},
    {SYS_sched_setaffinity, 1, A(V_PID, V_SIZE, V_IN)},
    {SYS_sched_setattr, 1, A(V_PID, V_IN, V_NONE)},
    {SYS_sched_getattr, 1, A(V_PID, V_OUT, V_SIZE, V_NONE)},
    {SYS_sched_getaffinity, 1, A(V_PID, V_SIZE, V_OUT)},
    {SYS_setpriority, 1, A(V_SMALL, V_PID, V_SMALL)},
    {SYS_getpriority, 1, A(V_SMALL, V_PID)},
    {SYS_getgroups, 1, A(V_SMALL, V_OUT)},
    {SYS_setgroups, 1, A(V_SMALL, V_IN)},
    {SYS_setuid, 1, A(V_ID)},
    {SYS_setgid, 1, A(V_ID)},
    {SYS_setreuid, 1, A(V_ID, V_ID)},
    {SYS_setregid, 1, A(V_ID, V_ID)},
    {SYS_setfsuid, 1, A(V_ID)},
    {SYS_setfsgid, 1, A(V_ID)},
    {SYS_getresgid, 1, A(V_OUT, V_OUT, V_OUT)},
    {SYS_setresuid, 1, A(V_ID, V_ID, V_ID)},
    {SYS_setresgid, 1, A(V_ID, V_ID, V_ID)},
    {SYS_getresuid, 1, A(V_OUT, V_OUT, V_OUT)},
    {SYS_capget, 1, A(V_IN, V_OUT)},
    {SYS_capset, 1, A(V_IN, V_IN)},
    {SYS_uname, 1, A(V_OUT)},
    {SYS_sethostname, 1, A(V_NAME, V_SMALL)},
    {SYS_setdomainname, 1, A(V_NAME, V_SMALL)},
    {SYS_syslog, 2, A(V_SMALL, V_OUT, V_SIZE)},
    {SYS_vhangup, 1, A(V_NONE)},
    {SYS_sysinfo, 1, A(V_OUT)},
    {SYS_times, 1, A(V_OUT)},
    {SYS_getrandom, 1, A(V_OUT, V_SIZE, V_SET), S(1, 2, 4)},
    {SYS_getcpu, 1, A(V_OUT, V_OUT)},
    {SYS_gettimeofday, 1, A(V_OUT, V_OUT)},
    {SYS_settimeofday, 1, A(V_TIME, V_IN)},
    {SYS_time, 1, A(V_OUT)},
    {SYS_clock_getres, 1, A(V_CLOCK, V_OUT)},
    {SYS_clock_gettime, 2, A(V_CLOCK, V_OUT)},
    {SYS_clock_settime, 1, A(V_CLOCK, V_TIME)},
    {SYS_restart_syscall, 1, A(V_NONE)},
    {SYS_rseq, 2, A(V_RSEQ, V_CONST, V_ONE, V_ONE), S(32, 0, RSEQ_FLAG_UNREGISTER, RSEQ_SIG),
     .second = 1},
    {SYS_seccomp, 1, A(V_SMALL, V_SMALL, V_IN)},
    {SYS_ptrace, 1, A(V_SMALL, V_PID, V_MAP, V_IN)},
    {SYS_semget, 1, .gives = GIVES_IPC, A(V_SMALL, V_SMALL, V_CONST), S(IPC_CREAT | 0600)},
    {SYS_semop, 1, A(V_IPC, V_SEMS, V_SMALL)},
    {SYS_semtimedop, 1, A(V_IPC, V_SEMS, V_SMALL, V_TIME)},
    {SYS_semctl, 1, A(V_IPC, V_SMALL, V_ONE, V_OUT),
     S(IPC_RMID, IPC_STAT, 11, 12, 13, 14, 15, 16, 17)},
    {SYS_msgget, 1, .gives = GIVES_IPC, A(V_SMALL, V_CONST), S(IPC_CREAT | 0600)},
    {SYS_msgsnd, 1, A(V_IPC, V_TYPED, V_SIZE, V_CONST), S(IPC_NOWAIT)},
    {SYS_msgrcv, 1, A(V_IPC, V_OUT, V_SIZE, V_SMALL, V_CONST), S(IPC_NOWAIT)},
    {SYS_msgctl, 1, A(V_IPC, V_SMALL, V_IN)},
};

const unsigned call_count = sizeof(calls) / sizeof(calls[0]);

const struct call *call_at(unsigned at)
{
    unsigned i = 0;
    while (at >= calls[i].weight)
        at -= calls[i++].weight;
    return &calls[i];
}

unsigned call_weights(void)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < call_count; i++)
        sum += calls[i].weight;
    return sum;
}
