/*
 * exec.h - the steps of executing a program, shared by exec.c and its parts.
 *
 * Everything is built in a new mm beside the old one; what fails until the switch leaves the caller
 * as it was.
 */
#pragma once

#include "servers/linux/elf.h"
#include "servers/linux/exec_strings.h"
#include "servers/linux/file.h"
#include "servers/linux/mm.h"

#define EXEC_LINE_BYTES  256 /* of a script's first line that count */
#define EXEC_SCRIPTS_MAX 5   /* scripts that name scripts */

struct exec {
    struct file *file;        /* the program, claimed for execution */
    struct file *interpreter; /* of PT_INTERP, claimed; or NULL */
    struct elf_image image;
    struct elf_image interpreter_image;
    struct exec_strings *strings;
    struct mm *mm;
    struct credentials credentials;       /* the program's; groups borrowed from the caller */
    const struct seccomp_filter *filters; /* with which the credentials were found */
    bool secure;                          /* AT_SECURE: more than the caller's */
    bool trusted;    /* its file gives rights: the caller does not choose its layout */
    bool unreadable; /* by the caller: nobody else is to look at its memory */
    uint64_t base;   /* added to the program's addresses */
    uint64_t interpreter_base;
    uint64_t entry;
    uint64_t stack_top;
    uint64_t sp;
    size_t name_offset; /* of AT_EXECFN in the strings */
};

/* exec_load.c: reads and checks the program and its interpreter; maps both into exec->mm. */
MUST_USE int exec_open_image(struct file *file, struct elf_image *image);
MUST_USE int exec_open_interpreter(struct exec *exec);
MUST_USE int exec_map_images(struct exec *exec);

/* exec_stack.c: places stack, mappings and heap at random; fills the top of the stack. */
void exec_place(struct exec *exec);
MUST_USE int exec_build_stack(struct exec *exec);

/* exec_credentials.c: those of the program, into exec->credentials (-EPERM: it asks for more than
   may be given); then they become the thread's, with process_mutex held. */
MUST_USE int exec_prepare_credentials(struct exec *exec);
void exec_take_credentials(const struct exec *exec, struct thread *thread);

/* exec.c: the current thread, which has never been in a guest, becomes this program. */
MUST_USE int exec_first(const char *path, const char *const argv[], const char *const envp[]);
