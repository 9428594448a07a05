/*
 * may.h - who may do what: every decision that looks at users, groups and capabilities.
 *
 * Pure: they look at the credentials and at the thing, and change nothing. Whoever asks for another
 * thing than a file, another process or an IPC object asks current_has(CAP_...) himself.
 *
 * Context: what a decision is about must hold still: inode.mutex where a change follows,
 * process_mutex for another process's credentials.
 *
 * Sources: path_resolution(7), inode(7), capabilities(7), and the manual page of each call.
 */
#pragma once

#include "servers/linux/credentials.h"

struct inode;
struct linux_ipc_perm;
struct linux_ucred;

/* ---- files (may_file.c) ------------------------------------------------------------------------
 */

/* Do all of `want` (R_OK | W_OK | X_OK)? 0 or -EACCES. */
MUST_USE int may_access(const struct credentials *who, const struct inode *inode, int want);

/* What only the owner may: change mode and times, and the like. */
bool may_own(const struct credentials *who, const struct inode *inode);

/* Add a name to `dir` for something of this mode? 0, -EACCES, or -EPERM for a device. */
MUST_USE int may_create(const struct credentials *who, const struct inode *dir, uint32_t mode);

/* Take `victim` out of `dir`? 0, -EACCES, or -EPERM where a sticky directory keeps it. */
MUST_USE int may_remove(const struct credentials *who, const struct inode *dir,
                        const struct inode *victim);

/*
 * What Debian's settings fs.protected_* = 1 (symlinks, hardlinks, fifos) and 2 (regular) forbid, so
 * that nobody is tricked through what others leave in /tmp. /proc/sys/fs tells these values.
 */
#define PROTECTED_SYMLINKS  1
#define PROTECTED_HARDLINKS 1
#define PROTECTED_FIFOS     1
#define PROTECTED_REGULAR   2

/* Give a file that is not one's own another name? 0 or -EPERM. */
MUST_USE int may_link(const struct credentials *who, const struct inode *inode);
/* Follow a symbolic link that ends a path? 0 or -EACCES. */
MUST_USE int may_follow(const struct credentials *who, const struct inode *dir,
                        const struct inode *link);
/* Open with O_CREAT what is there already? 0 or -EACCES. */
MUST_USE int may_open_to_create(const struct credentials *who, const struct inode *dir,
                                const struct inode *inode);

/* The mode of something new in `dir` (with its type; the umask comes off after this). */
uint32_t mode_to_make(const struct credentials *who, const struct inode *dir, uint32_t mode);

/* The mode that chmod to `mode` gives; without a type. The caller may_own. */
uint32_t mode_to_set(const struct credentials *who, const struct inode *inode, uint32_t mode);

/* The mode after a write, or a change of size, by `who`. */
uint32_t mode_after_write(const struct credentials *who, const struct inode *inode);

/* chown to these (ID_UNCHANGED: as it is): 0 with the mode that is left, or -EPERM. */
MUST_USE int may_set_owner(const struct credentials *who, const struct inode *inode, uint32_t uid,
                           uint32_t gid, uint32_t *mode);

/* ---- other processes (may_process.c) ------------------------------------------------------------
 */

/* Send a signal to a process that is not one's own? 0 or -EPERM. (SIGCONT: see signal.c.) */
MUST_USE int may_signal(const struct credentials *who, const struct credentials *whom);

/* Look into another process: its environment, its maps, its descriptors? 0 or -EPERM.
   By fsuid and effective capabilities (files of /proc), or by the real user (calls)? */
enum inspection { INSPECT_BY_FILES, INSPECT_BY_CALL };
MUST_USE int may_inspect(const struct credentials *who, const struct credentials *whom,
                         bool whom_dumpable, enum inspection way);

/* Change its limits? 0 or -EPERM. */
MUST_USE int may_limit(const struct credentials *who, const struct credentials *whom);

/* Change its policy, its processors? 0 or -EPERM. */
MUST_USE int may_schedule(const struct credentials *who, const struct credentials *whom);

/* Change its nice value? `within`: it gets no better than it is, or than its limit allows. 0,
   -EPERM or -EACCES. */
MUST_USE int may_renice(const struct credentials *who, const struct credentials *whom, bool within);

/* Say in SCM_CREDENTIALS that one is this? 0 or -EPERM. */
MUST_USE int may_claim(const struct credentials *who, int own_pid, const struct linux_ucred *claim);

/* ---- System V IPC (may_process.c) ---------------------------------------------------------------
 */

/* Do what `want` says, permission bits of any of the three classes? 0 or -EACCES. */
MUST_USE int may_use_ipc(const struct credentials *who, const struct linux_ipc_perm *perm,
                         uint32_t want);
/* Change or remove it? 0 or -EPERM. */
MUST_USE int may_change_ipc(const struct credentials *who, const struct linux_ipc_perm *perm);
