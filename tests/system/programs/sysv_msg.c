/*
 * sysv_msg.c - message queues of System V, alone and between processes.
 */
#include "show.h"

#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#define KEY 0x6d736771

struct text {
    long type;
    char bytes[100];
};

static int id;

static void send(long type, const char *bytes)
{
    struct text text = {.type = type};
    strcpy(text.bytes, bytes);
    SHOW(msgsnd(id, &text, strlen(bytes), IPC_NOWAIT));
}

static void receive(long type, size_t bytes, int flags)
{
    struct text text = {0};
    errno = 0;
    ssize_t done = msgrcv(id, &text, bytes, type, flags | IPC_NOWAIT);
    printf("receive %ld, at most %zu: %zd %s, type %ld, \"%s\"\n", type, bytes, done,
           done < 0 ? strerrorname_np(errno) : "", text.type, text.bytes);
}

static void show_queue(void)
{
    struct msqid_ds told;
    SHOW(msgctl(id, IPC_STAT, &told));
    printf("%lu messages, %lu bytes of %lu, mode %o, times %d %d %d, own %d %d\n",
           (unsigned long)told.msg_qnum, (unsigned long)told.__msg_cbytes,
           (unsigned long)told.msg_qbytes, told.msg_perm.mode, told.msg_stime != 0,
           told.msg_rtime != 0, told.msg_ctime != 0, told.msg_lspid == getpid(),
           told.msg_lrpid == getpid());
}

static void order(void)
{
    SECTION("types and order");
    send(3, "three");
    send(1, "one");
    send(2, "two");
    send(1, "another one");
    show_queue();
    receive(0, 100, 0);
    receive(1, 100, 0);
    receive(-2, 100, 0);
    receive(-2, 100, 0);
    receive(-2, 100, 0);
    send(5, "five");
    send(6, "six, and long");
    receive(5, 100, MSG_EXCEPT);
    receive(7, 100, 0);
    receive(5, 3, 0);
    receive(5, 3, MSG_NOERROR);
    show_queue();
}

static void refused(void)
{
    SECTION("what is refused");
    struct text text = {.type = 0};
    SHOW(msgsnd(id, &text, 1, 0));
    text.type = -1;
    SHOW(msgsnd(id, &text, 1, 0));
    text.type = 1;
    SHOW(msgsnd(id, &text, 8193, 0));
    SHOW(msgsnd(-1, &text, 1, 0));
    SHOW(msgsnd(id, (void *)8, 1, 0));
    SHOW(msgsnd(id, &text, 0, 0));
    SHOW(msgrcv(id, (void *)8, 1, 0, IPC_NOWAIT));
    SHOW(msgrcv(id, &text, (size_t)-1, 0, IPC_NOWAIT));
    SHOW(msgrcv(id, &text, 1, 0, IPC_NOWAIT));
    SHOW(msgctl(id, 99, NULL));
    SHOW(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
    SHOW(msgget(KEY, 0) == id);
}

static void limits(void)
{
    SECTION("a full queue");
    struct msqid_ds told;
    NEED(msgctl(id, IPC_STAT, &told) == 0);
    told.msg_qbytes = 10;
    told.msg_perm.mode = 0640;
    SHOW(msgctl(id, IPC_SET, &told));
    send(1, "12345678");
    send(1, "123");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct text text;
        usleep(50000);
        _exit(msgrcv(id, &text, 100, 0, 0) == 8 ? 7 : 8);
    }
    struct text text = {.type = 4, .bytes = "waited"};
    SHOW(msgsnd(id, &text, 6, 0));
    int status;
    NEED(waitpid(child, &status, 0) == child);
    printf("child %d\n", WEXITSTATUS(status));
    receive(0, 100, 0);
}

static void caught(int signo) { (void)signo; }

static void ends(void)
{
    SECTION("signals and the end");
    struct sigaction action = {.sa_handler = caught, .sa_flags = SA_RESTART};
    struct text text;
    sigaction(SIGUSR1, &action, NULL);
    fflush(stdout);
    pid_t self = getpid(), child = fork();
    if (child == 0) {
        usleep(50000);
        kill(self, SIGUSR1);
        _exit(0);
    }
    SHOW(msgrcv(id, &text, 100, 0, 0));
    NEED(waitpid(child, NULL, 0) == child);
    child = fork();
    if (child == 0) {
        usleep(50000);
        _exit(msgctl(id, IPC_RMID, NULL) == 0 ? 0 : 1);
    }
    SHOW(msgrcv(id, &text, 100, 0, 0));
    NEED(waitpid(child, NULL, 0) == child);
    SHOW(msgrcv(id, &text, 100, 0, 0));
    SHOW(msgctl(id, IPC_RMID, NULL));
    SHOW(msgget(KEY, 0));
}

int main(void)
{
    int old = msgget(KEY, 0);
    if (old >= 0)
        msgctl(old, IPC_RMID, NULL);
    SHOW(msgget(KEY, 0600));
    id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
    NEED(id >= 0);
    show_queue();
    order();
    refused();
    limits();
    ends();
    return 0;
}
