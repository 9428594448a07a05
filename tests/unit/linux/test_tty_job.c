/*
 * test_tty_job.c - terminals and sessions: job control, hanging up, window size, poll.
 */
#include "tests/unit/linux/shim_tty.h"

TEST("interrupt, quit and suspend signal the foreground group and drop the line")
{
    tty_begin();
    CHECK_EQUAL(tty->session, 1);
    CHECK_EQUAL(tty->group, 1);
    type("half\003");
    CHECK_EQUAL(shim.last_signal, SIGINT);
    CHECK_EQUAL(shim.last_signal_group, 1);
    type("line\n");
    CHECK_TEXT(line(), "line\n");
    CHECK_TEXT(screen(), "^Cline\r\n");
    type("\034");
    CHECK_EQUAL(shim.last_signal, SIGQUIT);
    type("\032");
    CHECK_EQUAL(shim.last_signal, SIGTSTP);
    struct linux_termios termios = settings();
    termios.c_lflag &= ~(uint32_t)ISIG;
    set(termios);
    int before = shim.signals_sent;
    type("\003\n");
    CHECK_EQUAL(shim.signals_sent, before);
    CHECK_TEXT(line(), "\003\n");
    tty_finish();
}

TEST("job control: background reads stop, background writes only with TOSTOP")
{
    tty_begin();
    shim.group = 5;
    type("x\n");
    CHECK_EQUAL(call(read, tty_fd, GUEST_BUFFER, 5), -ERESTARTSYS);
    CHECK_EQUAL(shim.last_signal, SIGTTIN);
    CHECK_EQUAL(shim.last_signal_group, 5);
    shim.orphaned = true;
    CHECK_EQUAL(call(read, tty_fd, GUEST_BUFFER, 5), -EIO);
    shim.orphaned = false;
    shim.signal_ignored = true;
    CHECK_EQUAL(call(read, tty_fd, GUEST_BUFFER, 5), -EIO);
    shim.signal_ignored = false;
    CHECK_EQUAL(do_write(tty_fd, "x"), 1);
    CHECK_EQUAL(call(ioctl, tty_fd, TCSETS, GUEST_BUFFER), -ERESTARTSYS);
    CHECK_EQUAL(shim.last_signal, SIGTTOU);
    shim.group = 1;
    struct linux_termios termios = settings();
    termios.c_lflag |= TOSTOP;
    set(termios);
    shim.group = 5;
    CHECK_EQUAL(do_write(tty_fd, "x"), -ERESTARTSYS);
    shim.signal_ignored = true;
    CHECK_EQUAL(do_write(tty_fd, "x"), 1);
    tty_finish();
}

TEST("the foreground group can be asked for and set within the session")
{
    int32_t *group = (void *)GUEST_BUFFER;
    tty_begin();
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGPGRP, group), 0);
    CHECK_EQUAL(*group, 1);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGSID, group), 0);
    CHECK_EQUAL(*group, 1);
    *group = 5;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, group), 0);
    CHECK_EQUAL(tty->group, 5);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, group), -ERESTARTSYS);
    shim.group = 5;
    *group = 100;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, group), -EPERM);
    *group = 500;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, group), -ESRCH);
    *group = -1;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, group), -EINVAL);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, GUEST_BAD), -EFAULT);
    shim.session = shim.pid = 9;
    shim.has_terminal = false;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGPGRP, group), -ENOTTY);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSCTTY, 0), -EPERM);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSCTTY, 1), 0);
    CHECK_EQUAL(tty->session, 9);
    CHECK(do_open("/dev/tty", O_RDWR, 0) > 0);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCNOTTY), 0);
    CHECK_EQUAL(shim.last_signal, SIGCONT);
    CHECK_EQUAL(do_open("/dev/tty", O_RDWR, 0), -ENXIO);
    tty_finish();
}

TEST("a session leader takes a free terminal by opening it for reading, unless told not to")
{
    tty_begin();
    tty_leader_ended();
    CHECK_EQUAL(tty->session, 0);
    CHECK(do_open("/dev/ttyS0", O_RDWR | O_NOCTTY, 0) > 0);
    CHECK_EQUAL(tty->session, 0);
    CHECK(do_open("/dev/console", O_RDWR, 0) > 0);
    CHECK_EQUAL(tty->session, 0);
    CHECK(do_open("/dev/ttyS0", O_WRONLY, 0) > 0);
    CHECK_EQUAL(tty->session, 0);
    shim.pid = 2;
    do_open("/dev/ttyS0", O_RDWR, 0);
    CHECK_EQUAL(tty->session, 0);
    shim.pid = 1;
    int again = do_open("/dev/ttyS0", O_RDWR, 0);
    CHECK_EQUAL(tty->session, 1);
    CHECK_EQUAL(call(fcntl, again, F_GETFL), O_RDWR | O_LARGEFILE);
    tty_finish();
}

TEST("one process of a session may give the terminal up for itself")
{
    tty_begin();
    shim.pid = 7;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCNOTTY), 0);
    CHECK_EQUAL(shim.signals_sent, 0);
    CHECK_EQUAL(tty->session, 1);
    CHECK_EQUAL(do_open("/dev/tty", O_RDWR, 0), -ENXIO);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGPGRP, GUEST_BUFFER), -ENOTTY);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCNOTTY), -ENOTTY);
    shim.group = 5;
    CHECK_EQUAL(call(ioctl, tty_fd, TCFLSH, TCIFLUSH), 0); /* no job control any more */
    tty_finish();
}

TEST("the end of a session's leader hangs a line up: what was open is useless, a new open works")
{
    struct linux_pollfd *p = guest(0x300000);
    char text[8];
    tty_begin();
    do_write(tty_fd, "last words");
    tty->group = 5;
    tty_leader_ended();
    CHECK_EQUAL(shim.last_signal, SIGHUP);
    CHECK_EQUAL(shim.last_signal_group, 5);
    CHECK(!shim.has_terminal);
    CHECK_EQUAL(do_read(tty_fd, text, 4), 0);
    CHECK_EQUAL(do_write(tty_fd, "x"), -EIO);
    CHECK_EQUAL(call(ioctl, tty_fd, TCGETS, GUEST_BUFFER), -EIO);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSPGRP, GUEST_BUFFER), -ENOTTY);
    *p = (struct linux_pollfd){.fd = tty_fd, .events = POLLIN | POLLOUT};
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
    CHECK_TEXT(screen(), "last words");
    call(close, tty_fd);
    CHECK_EQUAL(do_open("/dev/ttyS0", O_RDWR, 0), tty_fd);
    CHECK_EQUAL(tty->session, 1);
    CHECK_EQUAL(do_write(tty_fd, "x"), 1);
    tty_finish();
}

TEST("a hung up terminal is told to the leader at once, to the foreground when the leader ends")
{
    tty_begin();
    tty->group = 5;
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCVHANGUP), 0);
    CHECK_EQUAL(shim.last_signal_process, 1);
    CHECK_EQUAL(shim.last_signal, SIGCONT);
    CHECK_EQUAL(shim.signals_sent, 2);
    CHECK_EQUAL(shim.last_signal_group, 0);
    tty_leader_ended();
    CHECK_EQUAL(shim.last_signal_group, 5);
    CHECK_EQUAL(shim.signals_sent, 4);
    tty_finish();
}

TEST("a new size is told to the foreground group, the same size is not")
{
    struct linux_winsize *size = (void *)GUEST_BUFFER;
    tty_begin();
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGWINSZ, size), 0);
    CHECK_EQUAL(size->ws_row, 24);
    CHECK_EQUAL(size->ws_col, 80);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCSWINSZ, size), 0);
    CHECK_EQUAL(shim.signals_sent, 0);
    tty_resize(tty, 50, 132);
    CHECK_EQUAL(shim.last_signal, SIGWINCH);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGWINSZ, size), 0);
    CHECK_EQUAL(size->ws_col, 132);
    CHECK_EQUAL(call(ioctl, tty_fd, 0x9999), -ENOTTY);
    tty_finish();
}

TEST("hanging up ends reads, fails writes and signals")
{
    char text[8];
    tty_begin();
    tty_hangup(tty);
    CHECK_EQUAL(do_read(tty_fd, text, 4), 0);
    CHECK_EQUAL(do_write(tty_fd, "x"), -EIO);
    CHECK_EQUAL(shim.last_signal_process, 1);
    CHECK_EQUAL(shim.last_signal, SIGCONT);
    tty_finish();
}

TEST("poll on a terminal follows lines, raw bytes and room")
{
    struct linux_pollfd *p = guest(0x300000);
    tty_begin();
    *p = (struct linux_pollfd){.fd = tty_fd, .events = POLLIN | POLLOUT};
    CHECK_EQUAL(call(poll, p, 1, 0), 1);
    CHECK_EQUAL(p->revents, POLLOUT);
    type("half");
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLOUT);
    type("\n");
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLIN | POLLOUT);
    set_raw(1, 0);
    call(ioctl, tty_fd, TCFLSH, TCIFLUSH);
    type("x");
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLIN | POLLOUT);
    tty_hangup(tty);
    call(poll, p, 1, 0);
    CHECK(p->revents & POLLHUP);
    tty_finish();
}

TEST("a terminal for one user alone is for root too")
{
    int32_t *value = (void *)GUEST_BUFFER;
    tty_begin();
    CHECK_EQUAL(call(chmod, guest_text("/dev/ttyS0"), 0666), 0);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCEXCL), 0);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCGEXCL, value), 0);
    CHECK_EQUAL(*value, 1);
    CHECK(do_open("/dev/ttyS0", O_RDWR, 0) > 0);
    become(5, 5);
    CHECK_EQUAL(do_open("/dev/ttyS0", O_RDWR, 0), -EBUSY);
    become(0, 0);
    CHECK_EQUAL(call(ioctl, tty_fd, TIOCNXCL), 0);
    become(5, 5);
    CHECK(do_open("/dev/ttyS0", O_RDWR, 0) > 0);
    become(0, 0);
    tty_finish();
}
