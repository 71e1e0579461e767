"""Sandbox profiles: rules about system calls for each kind of process.

Files that are already open stay usable, since a filter sees descriptors, not files. So a confined
program can write only to what it opened as it started (its log, its pipe).
"""

from __future__ import annotations

import enum
import errno

from app.privacy.bpf import ArgumentCheck, Rule

_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_BITS = 1, 1, 0xF
_CLONE_THREAD = 0x10000
_CLONE_NEW = 0x7E020000  # all namespaces that clone knows
_O_ACCMODE, _O_CREAT, _O_TRUNC, _O_TMPFILE = 0o3, 0o100, 0o1000, 0o20000000
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15
_F_SETLK, _F_SETLKW, _F_OFD_SETLK, _F_OFD_SETLKW = 6, 7, 37, 38
_F_SETLEASE, _F_NOTIFY = 1024, 1026
_PRIO_PROCESS = 0
# Both insert characters into a terminal's input, as if typed.
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: used by C and Python on any file.
_HARMLESS_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)


class SandboxProfile(enum.Enum):
    """What a process may not do, permanently."""

    NO_INTERNET = "no internet"
    """For the window and the shell: local sockets stay, for display and keyring."""
    NO_NETWORK = "no network"
    """For workers: no sockets at all."""
    NO_NETWORK_NO_WRITING = "no network and no writing"


def rules(profile: SandboxProfile, process: int) -> tuple[Rule, ...]:
    """Returns the rules of a profile for the process with the id `process`."""
    if profile is SandboxProfile.NO_INTERNET:
        return _NO_INTERNET
    network = (*_NO_NETWORK, *_no_limits_for_others(process))
    if profile is SandboxProfile.NO_NETWORK:
        return network
    stacked = (*network, *_NO_WRITING, *_no_changes_to_others(process))
    return tuple({rule.name: rule for rule in stacked}.values())  # later rules are stricter


def _all(names: str, error: int = errno.EACCES) -> tuple[Rule, ...]:
    return tuple(Rule(name, error) for name in names.split())


_NO_WAY_ROUND = (
    # Performs other calls without passing the filter.
    *_all("io_uring_setup io_uring_enter io_uring_register", errno.ENOSYS),
    # The account's other processes have a network.
    *_all("ptrace process_vm_readv process_vm_writev pidfd_getfd"),
    # Opens files without a path, past the rules about paths. For administrators.
    *_all("open_by_handle_at"),
    # The shell that started this program has a network, too.
    Rule("ioctl", unless=(ArgumentCheck(1, (_TIOCSTI, _TIOCLINUX), inside=False),)),
    # For some kinds of keys the kernel calls a helper program; for one kind it looks up a host.
    *_all("add_key request_key keyctl"),
)

# An allow-list: Linux has some forty kinds of sockets, and gets new ones.
_NO_INTERNET = (
    Rule("socket", unless=(ArgumentCheck(0, (_AF_UNIX,)),)),
    Rule("socketpair", unless=(ArgumentCheck(0, (_AF_UNIX,)),)),
    *_NO_WAY_ROUND,
)

# A pair of connected stream sockets is a pipe: it reaches no other process. A pair of datagram
# sockets could still be connected to any local socket.
_NO_NETWORK = (
    *_all("socket connect bind listen accept accept4"),
    Rule(
        "socketpair",
        unless=(ArgumentCheck(0, (_AF_UNIX,)), ArgumentCheck(1, (_SOCK_STREAM,), _SOCK_TYPE_BITS)),
    ),
    *_NO_WAY_ROUND,
    # For administrators, who may run Studiolo too. Programs loaded into the kernel and virtual
    # network devices are ways out.
    *_all("mount umount2 move_mount mount_setattr open_tree fsopen fsconfig fsmount fspick"),
    # A process in new namespaces has administrator rights there.
    Rule("clone", unless=(ArgumentCheck(0, (0,), _CLONE_NEW),)),
    *_all("clone3", errno.ENOSYS),  # its flags are in memory; C libraries then use clone
    *_all("pivot_root chroot unshare setns swapon swapoff acct quotactl quotactl_fd reboot"),
    *_all("init_module finit_module delete_module kexec_load kexec_file_load"),
    # Never needed, and the source of many kernel vulnerabilities.
    *_all("bpf userfaultfd perf_event_open fanotify_init"),
    # Messages and memory shared with other programs.
    *_all("shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl"),
    *_all("mq_open mq_unlink"),
    # Landlock does not cover owners, permissions and extended attributes.
    *_all("chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat"),
    *_all("setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"),
)

_read_only = (0,), _O_ACCMODE | _O_CREAT | _O_TRUNC | _O_TMPFILE

_NO_WRITING = (
    Rule("open", unless=(ArgumentCheck(1, *_read_only),)),
    Rule("openat", unless=(ArgumentCheck(2, *_read_only),)),
    *_all("openat2", errno.ENOSYS),  # its flags are in memory, where a filter cannot look
    *_all("creat truncate ftruncate fallocate"),
    *_all("mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2"),
    *_all("link linkat symlink symlinkat mknod mknodat"),
    *_all("utime utimes futimesat utimensat"),
    # Some change a file that is open for reading, or insert terminal input.
    Rule("ioctl", unless=(ArgumentCheck(1, _HARMLESS_IOCTLS),)),
    # Files and memory that outlive the process, or that memory limits do not count.
    *_all("memfd_create memfd_secret", errno.ENOSYS),
    # No programs, no children: threads only.
    *_all("execve execveat fork vfork"),
    Rule("clone", unless=(ArgumentCheck(0, (_CLONE_THREAD,), _CLONE_THREAD),)),
    # A read-only handle can lock a file, and so block its owner.
    *_all("flock"),
)


_OF_OTHERS = (
    *(_F_SETOWN, _F_SETSIG, _F_SETOWN_EX),
    *(_F_SETLK, _F_SETLKW, _F_OFD_SETLK, _F_OFD_SETLKW, _F_SETLEASE, _F_NOTIFY),
)
_SCHEDULING = ("sched_setattr", "sched_setparam", "sched_setscheduler")


def _no_limits_for_others(process: int) -> tuple[Rule, ...]:
    """Returns rules against changing other processes' limits and priority, which can end them."""
    own_or_this = (ArgumentCheck(0, (0, process)),)
    return (
        Rule("prlimit64", unless=own_or_this),
        Rule(
            "setpriority",
            unless=(ArgumentCheck(0, (_PRIO_PROCESS,)), ArgumentCheck(1, (0, process))),
        ),
        *(Rule(name, unless=own_or_this) for name in _SCHEDULING),
    )


def _no_changes_to_others(process: int) -> tuple[Rule, ...]:
    """Returns rules against signals to and changes of other processes.

    `abort` needs a signal to its own process.
    """
    own, own_or_this = (ArgumentCheck(0, (process,)),), (ArgumentCheck(0, (0, process)),)
    return (
        Rule("kill", unless=own),
        Rule("tgkill", unless=own),
        *_all("tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal"),
        Rule("fcntl", unless=(ArgumentCheck(1, _OF_OTHERS, inside=False),)),
        *_all("process_madvise process_mrelease migrate_pages move_pages kcmp"),
        Rule("sched_setaffinity", unless=own_or_this),
        *_all("ioprio_set"),
    )
