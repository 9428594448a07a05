/*
 * job_control.c - sessions, their terminals and who may use them: stopping and continuing, orphaned
 * groups, giving up, hanging up. A pty is the terminal.
 */
#define _GNU_SOURCE
#include "show.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <termios.h>

#define SETTLE_US 60000

static int master, slave;
static int note[2]; /* what others tell the first process, a line each */

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (write(note[1], text, (size_t)length) != length)
        _exit(99);
}

static const char *result(long value)
{
    static char text[64];
    if (value >= 0)
        snprintf(text, sizeof(text), "%ld", value);
    else
        snprintf(text, sizeof(text), "%s", strerrorname_np(errno));
    return text;
}

#define TELL(call)                                                                                 \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long result_ = (long)(call);                                                               \
        tell("%s = %s\n", #call, result(result_));                                                 \
    } while (0)

static void on_signal(int signo) { tell("%s\n", strsignal(signo)); }

static void tell_signal(int signo)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(signo, &action, NULL);
}

static void tell_end(const char *who, int status)
{
    if (WIFEXITED(status))
        tell("%s ended with %d\n", who, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        tell("%s killed: %s\n", who, strsignal(WTERMSIG(status)));
    else if (WIFSTOPPED(status))
        tell("%s stopped: %s\n", who, strsignal(WSTOPSIG(status)));
    else if (WIFCONTINUED(status))
        tell("%s continued\n", who);
}

static int watch(const char *who, pid_t pid)
{
    int status = 0;
    if (waitpid(pid, &status, WUNTRACED | WCONTINUED) == pid)
        tell_end(who, status);
    return status;
}

/* A child in a group of its own; in the foreground if wanted. */
static pid_t job(void (*run)(void), int foreground)
{
    int go[2];
    char byte;

    if (pipe(go) < 0)
        _exit(98);
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        setpgid(0, 0);
        if (read(go[0], &byte, 1) < 0)
            _exit(97);
        close(go[0]);
        run();
        usleep(2 * SETTLE_US); /* whoever waits sees that it was continued */
        _exit(0);
    }
    setpgid(pid, pid);
    if (foreground)
        TELL(tcsetpgrp(slave, pid));
    close(go[0]);
    close(go[1]);
    return pid;
}

static void take_back(void)
{
    signal(SIGTTOU, SIG_IGN);
    TELL(tcsetpgrp(slave, getpgrp()));
    signal(SIGTTOU, SIG_DFL);
}

static void reads(void)
{
    char text[64];
    TELL(read(slave, text, sizeof(text)));
}

static void reads_ignoring(void)
{
    signal(SIGTTIN, SIG_IGN);
    reads();
}

static void writes(void) { TELL(write(slave, "w", 1)); }

static void sets(void)
{
    struct termios now;
    tcgetattr(slave, &now);
    TELL(tcsetattr(slave, TCSANOW, &now));
    TELL(tcflush(slave, TCIFLUSH));
}

static void takes_foreground(void)
{
    TELL(tcsetpgrp(slave, getpgrp()));
    TELL(tcgetpgrp(slave) == getpgrp());
}

static void sleeps(void)
{
    for (;;)
        pause();
}

static void background(const char *what, void (*run)(void))
{
    tell("-- %s\n", what);
    pid_t pid = job(run, 0);
    int status = watch("it", pid);
    if (WIFSTOPPED(status)) {
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(slave, pid);
        signal(SIGTTOU, SIG_DFL);
        kill(-pid, SIGCONT);
        usleep(SETTLE_US);
        watch("it", pid);
        watch("it", pid);
        take_back();
    }
}

static void set_tostop(int on)
{
    struct termios now;
    tcgetattr(slave, &now);
    now.c_lflag = on ? now.c_lflag | TOSTOP : now.c_lflag & ~(tcflag_t)TOSTOP;
    tcsetattr(slave, TCSANOW, &now);
}

static void type(const char *keys)
{
    if (write(master, keys, strlen(keys)) != (ssize_t)strlen(keys))
        tell("typed less\n");
}

static void in_background(void)
{
    type("line\n");
    background("a background read", reads);
    background("a background read that ignores SIGTTIN", reads_ignoring);
    background("a background write", writes);
    set_tostop(1);
    background("a background write with TOSTOP", writes);
    set_tostop(0);
    background("a background change of settings", sets);
    background("a background group takes the foreground", takes_foreground);
}

static void keys(void)
{
    tell("-- keys\n");
    pid_t pid = job(sleeps, 1);
    usleep(SETTLE_US);
    type("\032");
    watch("it", pid);
    take_back();
    TELL(kill(-pid, SIGCONT));
    watch("it", pid);
    signal(SIGTTOU, SIG_IGN);
    TELL(tcsetpgrp(slave, pid));
    type("\003");
    watch("it", pid);
    pid = job(sleeps, 1);
    usleep(SETTLE_US);
    type("\034");
    watch("it", pid);
    take_back();
}

static void children_of_nobody(void)
{
    char text[8];
    pid_t parent = getppid();

    while (getppid() == parent)
        usleep(1000);
    usleep(3 * SETTLE_US);
    TELL(read(slave, text, 1));
    TELL(raise(SIGTSTP)); /* nobody would continue it */
    tell("not stopped\n");
    tell("end of orphan\n");
}

static void leaves_an_orphan(void)
{
    if (fork() == 0) {
        children_of_nobody();
        _exit(0);
    }
    usleep(SETTLE_US);
}

static volatile int noted[8], noted_count;

static void note_signal(int signo) { noted[noted_count++] = signo; }

static void stops(void)
{
    signal(SIGHUP, note_signal);
    signal(SIGCONT, note_signal);
    raise(SIGSTOP);
    usleep(3 * SETTLE_US);
    for (int i = 0; i < noted_count; i++)
        tell("%s\n", strsignal(noted[i]));
    tell("end of stopped\n");
}

static void leaves_a_stopped_one(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        stops();
        _exit(0);
    }
    waitpid(pid, &status, WUNTRACED);
}

static void orphans(void)
{
    tell("-- orphans\n");
    watch("parent", job(leaves_an_orphan, 0));
    usleep(5 * SETTLE_US);
    watch("parent", job(leaves_a_stopped_one, 0));
    usleep(5 * SETTLE_US);
}

static void gives_up(void)
{
    TELL(ioctl(slave, TIOCNOTTY));
    TELL(open("/dev/tty", O_RDWR));
    TELL(tcgetpgrp(slave));
    TELL(ioctl(slave, TIOCNOTTY));
    TELL(write(slave, "w", 1));
}

static void other_session(void)
{
    TELL(setsid() == getpid());
    TELL(open("/dev/tty", O_RDWR));
    TELL(ioctl(slave, TIOCSCTTY, 0));
    TELL(tcgetsid(slave));
    TELL(tcsetpgrp(slave, getpgrp()));
}

static void of_others(void)
{
    tell("-- one process gives up\n");
    pid_t pid = fork();
    if (pid == 0) {
        gives_up();
        _exit(0);
    }
    watch("it", pid);
    tell("-- another session\n");
    pid = fork();
    if (pid == 0) {
        other_session();
        _exit(0);
    }
    watch("it", pid);
    TELL(setsid());
    TELL(tcsetpgrp(slave, 1));
    TELL(tcsetpgrp(slave, -1));
    TELL(tcsetpgrp(slave, 999999));
    TELL(ioctl(slave, TIOCSCTTY, 0));
    TELL(tcgetsid(slave) == getpid());
    TELL(tcgetsid(master) == getpid());
    TELL(tcgetpgrp(master) == getpgrp());
    TELL(ioctl(master, TIOCNOTTY));
}

static void size(void)
{
    struct winsize wanted = {31, 77, 3, 4}, now;

    tell("-- size\n");
    tell_signal(SIGWINCH);
    TELL(ioctl(master, TIOCSWINSZ, &wanted));
    TELL(ioctl(slave, TIOCGWINSZ, &now));
    tell("%d %d %d %d\n", now.ws_row, now.ws_col, now.ws_xpixel, now.ws_ypixel);
    TELL(ioctl(slave, TIOCSWINSZ, &now));
    now.ws_ypixel = 9;
    TELL(ioctl(slave, TIOCSWINSZ, &now));
    usleep(SETTLE_US);
}

static void leader_gives_up(void)
{
    tell("-- the leader gives up\n");
    tell_signal(SIGHUP);
    tell_signal(SIGCONT);
    TELL(ioctl(slave, TIOCNOTTY));
    TELL(open("/dev/tty", O_RDWR));
    TELL(tcgetpgrp(slave));
    TELL(open(ptsname(master), O_RDWR | O_NOCTTY) > 0);
    TELL(open("/dev/tty", O_RDWR));
    TELL(open(ptsname(master), O_WRONLY) > 0);
    TELL(open("/dev/tty", O_RDWR));
    TELL(open(ptsname(master), O_RDWR) > 0);
    TELL(open("/dev/tty", O_RDWR) > 0);
    TELL(tcgetsid(slave) == getpid());
}

/* The leader of a session: everything in order. */
static void lead(void)
{
    TELL(setsid() == getpid());
    TELL(open("/dev/tty", O_RDWR));
    TELL(tcgetpgrp(slave));
    TELL(ioctl(slave, TIOCSCTTY, 0));
    TELL(tcgetpgrp(slave) == getpgrp());
    in_background();
    keys();
    orphans();
    of_others();
    size();
    leader_gives_up();
    tell_signal(SIGUSR1);
    signal(SIGHUP, SIG_DFL);
}

/* Reads notes until every other process has ended. */
static void print_notes(void)
{
    char text[512];
    ssize_t count;

    close(note[1]);
    while ((count = read(note[0], text, sizeof(text))) > 0) {
        fwrite(text, 1, (size_t)count, stdout);
        fflush(stdout);
    }
    close(note[0]);
}

static void open_pty(void)
{
    NEED((master = posix_openpt(O_RDWR | O_NOCTTY)) >= 0);
    NEED(unlockpt(master) == 0);
    NEED((slave = open(ptsname(master), O_RDWR | O_NOCTTY)) >= 0);
    NEED(pipe(note) == 0);
}

static void close_pty(void)
{
    close(master);
    close(slave);
}

/* ---- what happens when either side goes --------------------------------------------------------
 */

static void background_of_leader(void)
{
    close(master);
    tell_signal(SIGHUP);
    for (;;)
        pause();
}

/* A session whose leader ends: its foreground hears of it, and who has a pty open keeps it. */
static void ending_leader(void)
{
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    pid_t pid = job(background_of_leader, 1);
    pid_t witness = fork();
    if (witness == 0) {
        pid_t parent = getppid();
        setpgid(0, 0);
        while (getppid() == parent)
            usleep(1000);
        usleep(SETTLE_US);
        TELL(open("/dev/tty", O_RDWR));
        TELL(write(slave, "w", 1));
        TELL(tcgetsid(slave));
        kill(pid, SIGKILL);
        _exit(0);
    }
    usleep(SETTLE_US);
}

/* The master is closed under a session: its leader hears of it, its foreground when that ends. */
static void hung_up(void)
{
    struct pollfd p = {.fd = slave, .events = POLLIN | POLLOUT};
    char text[8];

    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    tell_signal(SIGHUP);
    tell_signal(SIGCONT);
    pid_t pid = job(background_of_leader, 1);
    usleep(SETTLE_US);
    close(master);
    usleep(SETTLE_US);
    TELL(read(slave, text, 1));
    TELL(write(slave, "w", 1));
    TELL(poll(&p, 1, 0));
    tell("%#x\n", p.revents);
    TELL(tcgetpgrp(slave));
    TELL(tcsetpgrp(slave, getpgrp()));
    TELL(open("/dev/tty", O_RDWR));
    tell("the leader ends\n");
    pid_t parent = getpid();
    if (fork() == 0) {
        while (getppid() == parent)
            usleep(1000);
        usleep(SETTLE_US);
        kill(pid, SIGKILL);
        _exit(0);
    }
}

static void run(const char *title, void (*body)(void), int keeps_master)
{
    SECTION(title);
    open_pty();
    if (fork() == 0) {
        close(note[0]);
        body();
        _exit(0);
    }
    if (!keeps_master)
        close(master);
    print_notes();
    int status;
    wait(&status);
    if (keeps_master)
        close_pty();
    else
        close(slave);
}

static void slave_closed(void)
{
    struct pollfd p = {.events = POLLIN | POLLOUT};
    char text[64];

    SECTION("the slave is closed");
    open_pty();
    p.fd = master;
    SHOW(write(slave, "left", 4));
    usleep(SETTLE_US);
    close(slave);
    SHOW(poll(&p, 1, 0));
    printf("%#x\n", p.revents);
    SHOW(read(master, text, sizeof(text)));
    SHOW(read(master, text, sizeof(text)));
    SHOW(poll(&p, 1, 0));
    printf("%#x\n", p.revents);
    SHOW(write(master, "early\n", 6));
    usleep(SETTLE_US);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    SHOW(read(slave, text, sizeof(text)));
    SHOW(read(master, text, sizeof(text)));
    SHOW(poll(&p, 1, 0));
    printf("%#x\n", p.revents);
    close_pty();
}

static void packets(void)
{
    char text[64];
    struct termios now;
    struct pollfd p = {.events = POLLIN | POLLPRI};
    int on = 1;

    SECTION("packets");
    open_pty();
    p.fd = master;
    SHOW(ioctl(master, TIOCPKT, &on));
    SHOW(write(slave, "data", 4));
    usleep(SETTLE_US);
    SHOW(poll(&p, 1, 0));
    SHOW(read(master, text, sizeof(text)));
    printf("%d\n", text[0]);
    tcgetattr(slave, &now);
    now.c_iflag &= ~(tcflag_t)IXON;
    tcsetattr(slave, TCSANOW, &now);
    SHOW(poll(&p, 1, 0));
    printf("%#x\n", p.revents);
    SHOW(read(master, text, sizeof(text)));
    printf("%d\n", text[0]);
    now.c_iflag |= IXON;
    tcsetattr(slave, TCSANOW, &now);
    SHOW(read(master, text, sizeof(text)));
    printf("%d\n", text[0]);
    SHOW(tcflush(slave, TCIOFLUSH));
    SHOW(read(master, text, sizeof(text)));
    printf("%d\n", text[0]);
    SHOW(tcflow(slave, TCOOFF));
    SHOW(tcflow(slave, TCOON));
    SHOW(read(master, text, sizeof(text)));
    printf("%d\n", text[0]);
    close_pty();
}

static void locks(void)
{
    int number = -1, locked = -1, other;
    char name[32];

    SECTION("locks and names");
    NEED((master = posix_openpt(O_RDWR | O_NOCTTY)) >= 0);
    SHOW(ioctl(master, TIOCGPTN, &number));
    snprintf(name, sizeof(name), "/dev/pts/%d", number);
    SHOW(strcmp(name, ptsname(master)));
    SHOW(ioctl(master, TIOCGPTLCK, &locked));
    printf("%d\n", locked);
    SHOW(open(name, O_RDWR | O_NOCTTY));
    SHOW(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
    SHOW(unlockpt(master));
    SHOW((slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)) > 0);
    SHOW(strcmp(ttyname(slave), name));
    SHOW(isatty(master));
    SHOW(isatty(slave));
    SHOW(lseek(slave, 0, SEEK_SET));
    SHOW(pread(slave, name, 1, 0));
    SHOW(ioctl(slave, TIOCGPTN, &number));
    SHOW(ioctl(slave, TIOCPKT, &number));
    SHOW(ioctl(master, TIOCSIG, SIGKILL));
    SHOW(ioctl(slave, 0x7777));
    SHOW((other = posix_openpt(O_RDWR | O_NOCTTY)) > 0);
    SHOW(strcmp(name, ptsname(other)) != 0);
    close(master);
    SHOW(access(name, F_OK));
    SHOW(ttyname(slave));
    SHOW(unlink("/dev/pts/ptmx"));
    SHOW(mkdir("/dev/pts/x", 0777));
}

int main(void)
{
    signal(SIGHUP, SIG_IGN);
    signal(SIGHUP, SIG_DFL);
    alarm(60);
    run("a session", lead, 1);
    run("the leader ends", ending_leader, 1);
    run("the master is closed", hung_up, 0);
    slave_closed();
    packets();
    locks();
    return 0;
}
