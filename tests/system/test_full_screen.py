"""A person in front of a screen: editors, pagers, top, job control, tmux, and a window that changes
its size. One machine serves all; each test leaves the shell at its prompt."""

import itertools
import re
import time

import pytest

from cormlib.paths import ROOT
from screen import LIMIT_S, Screen

pytestmark = pytest.mark.only("x86_64", reason="Debian's programs are this host's")

COLUMNS, ROWS = 100, 30
HUMAN_S = 0.5  # between a command and Ctrl-C: while the shell still edits the line it is a key
marks = itertools.count()
PROMPT = r"corm:\S+#\Z"
ADDED = ["/usr/bin/less", "/usr/bin/script", "/usr/bin/tmux", "/usr/bin/top", "/bin/bash",
         "/lib/terminfo", "/usr/lib/locale/C.utf8"]


def boot(folder):
    """`./corm run` in a window, with some of Debian's programs."""
    command = [ROOT / "corm", "run"]
    for path in ADDED:
        command += ["--add", path]
    screen = Screen(folder, command, COLUMNS, ROWS)
    screen.wait(PROMPT)
    screen.type("export LANG=C.UTF-8 TERM=screen")
    screen.keys("Enter")
    return screen


@pytest.fixture(scope="module")
def machines():
    """The machine that runs, if one does: after a test that failed there is none."""
    running = []
    yield running
    for screen in running:
        screen.close()


@pytest.fixture
def screen(machines, tmp_path):
    """The window at its first size, the shell at its prompt."""
    window = machines.pop() if machines else boot(tmp_path)
    try:
        resize(window, COLUMNS, ROWS)
        yield window
        window.wait(PROMPT, 1)
    except BaseException:
        window.close()
        raise
    machines.append(window)


def ask(screen, command):
    """Type a command; returns the lines that it printed."""
    mark = next(marks)
    screen.type(f"clear; {command}; echo '<'{mark}'>'")
    screen.keys("Enter")
    screen.wait(rf"<{mark}>\n" + PROMPT)
    return screen.text().split("\n")[:-2]


def resize(screen, columns, rows):
    """Change the window's size; returns when the shell's terminal has it."""
    screen.resize(columns, rows)
    end_s = time.monotonic() + LIMIT_S
    while (size := ask(screen, "stty size")) != [f"{rows} {columns}"]:
        assert time.monotonic() < end_s, f"the window is {columns} x {rows}, the terminal {size}"


def start(screen, command):
    screen.type(f"clear; {command}")
    screen.keys("Enter")


def test_vi_edits_a_file_and_follows_the_window(screen):
    start(screen, "vi /tmp/poem")
    screen.wait(r"/tmp/poem.*\Z")
    screen.keys("i")
    screen.type("roses are red")
    screen.keys("Enter")
    screen.type("violets are bleu")
    screen.keys("Escape")
    time.sleep(HUMAN_S)  # what follows at once belongs to the escape
    screen.resize(70, 18)
    screen.wait(r"\Aroses are red\nviolets are bleu\n(~\n){15}- /tmp/poem")
    screen.type(":s/b[a-z]*/blue/")
    screen.keys("Enter")
    screen.wait("violets are blue$")
    screen.type(":wq")
    screen.keys("Enter")
    screen.wait(PROMPT)
    assert ask(screen, "cat /tmp/poem") == ["roses are red", "violets are blue"]


def test_top_shows_the_system_follows_the_window_and_quits(screen):
    start(screen, "/usr/bin/top -d 1")
    screen.wait(r"\Atop - .* load average: (.*\n)+.*PID USER .*COMMAND\n(.*\n)*.* top$")
    screen.resize(60, 12)
    screen.wait(r"\Atop - (.*\n){6} +PID USER ")
    assert max(map(len, screen.text().split("\n"))) <= 60
    screen.keys("q")
    screen.wait(PROMPT)
    assert ask(screen, "stty size") == ["12 60"]


def test_less_pages_through_its_input(screen):
    start(screen, "seq 1 1000 | /usr/bin/less")
    screen.wait(r"\A1\n2\n(.*\n)*29\n:\Z")
    screen.keys("Space")
    screen.wait(r"\A30\n(.*\n)*58\n:\Z")
    screen.type("/77")
    screen.keys("Enter")
    screen.wait(r"\A77\n")
    screen.resize(COLUMNS, 20)
    screen.wait(r"\A77\n(.*\n)*95\n:\Z")
    screen.keys("G")
    screen.wait(r"1000\n\(END\)\Z")
    screen.keys("q")
    screen.wait(PROMPT)


def test_jobs_are_stopped_sent_to_the_background_brought_back_and_interrupted(screen):
    start(screen, "sleep 1000")
    time.sleep(HUMAN_S)
    screen.press_until(r"\[1\]\+  Stopped +sleep 1000\n" + PROMPT, "C-z")
    assert "Stopped" in ask(screen, "jobs")[0]
    assert ask(screen, "bg; jobs")[-1].split() == ["[1]+", "Running", "sleep", "1000"]
    start(screen, "fg")
    screen.wait(r"^sleep 1000\Z")
    time.sleep(HUMAN_S)
    screen.press_until(PROMPT, "C-c")
    assert ask(screen, "jobs; ps | grep -c '[s]leep 1000'") == ["0"]


def test_a_background_job_that_reads_waits_to_be_brought_back(screen):
    start(screen, "cat > /tmp/typed &")
    screen.press_until(r"\[1\]\+  Stopped \(tty input\) +cat", "Enter")
    start(screen, "fg")
    screen.wait(r"^cat .*typed\Z")
    screen.type("a line for it")
    screen.keys("Enter", "C-d")
    screen.wait(PROMPT)
    assert ask(screen, "cat /tmp/typed") == ["a line for it"]


def test_control_c_ends_a_long_pipeline_whole(screen):
    start(screen, "yes | tr y n | sed s/n/m/ | grep m | awk '{print $1}' | sort | uniq | wc -l")
    time.sleep(2 * HUMAN_S)
    screen.press_until(PROMPT, "C-c")
    counted = "ps | grep -c -e '[y]es' -e '[t]r y' -e '[s]ed' -e '[a]wk' -e '[s]ort'"
    assert ask(screen, counted) == ["0"]


def test_bash_edits_lines_and_has_jobs(screen):
    start(screen, "PS1='bash:\\w# ' bash --norc")
    screen.wait(r"bash:\S+#\Z")
    screen.type("echo one two")
    screen.keys("C-w")
    screen.type("three")
    screen.keys("C-a", "M-d")
    screen.type("printf '%s.'")
    screen.keys("Enter")
    screen.wait(r"^one\.three\.bash:\S+#\Z")
    screen.type("sleep 1000")
    screen.keys("Enter")
    time.sleep(HUMAN_S)
    screen.press_until(r"\[1\]\+  Stopped +sleep 1000\nbash:\S+#\Z", "C-z")
    screen.type("kill %1; wait; exit")
    screen.keys("Enter")
    screen.wait(PROMPT)


def test_script_records_a_session_on_a_terminal_of_its_own(screen):
    start(screen, "script /tmp/record")
    screen.wait(r"^Script started.*\n(.*\n)*" + PROMPT)
    answered = ask(screen, "tty; stty size; ls -1 /dev/pts")
    assert answered == ["/dev/pts/0", f"{ROWS} {COLUMNS}", "0", "ptmx"]
    resize(screen, 80, 24)
    screen.keys("C-d")
    screen.wait(r"^Script done\.\n" + PROMPT)
    assert ask(screen, "ls /dev/pts; grep -c '/dev/pts/0.$' /tmp/record") == ["ptmx", "1"]


def test_tmux_has_windows_and_panes_survives_its_terminal_and_follows_it(screen):
    start(screen, "tmux -f /dev/null")
    screen.wait(r"^\[0\] 0:sh\*")
    screen.keys("C-b", "%")
    screen.wait(r"│corm:\S+#")
    screen.type("clear; stty size; tty")
    screen.keys("Enter")
    screen.wait(rf"│{ROWS - 1} 49 *\n.*│/dev/pts/1")
    screen.keys("C-b", '"')
    screen.wait(r"├─+")
    screen.keys("C-b", "d")
    screen.wait(r"\[detached \(from session 0\)\]\n" + PROMPT)
    resize(screen, 80, 25)
    assert re.fullmatch(r"0: 1 windows .*", ask(screen, "tmux ls")[0])
    start(screen, "tmux attach")
    screen.wait(r"^\[0\] 0:sh\*")
    screen.type("clear; stty size")
    screen.keys("Enter")
    screen.wait(r"│1[12] 39\b")
    screen.type("tmux kill-server")
    screen.keys("Enter")
    screen.wait(r"\[server exited\]\n" + PROMPT)
    assert ask(screen, "ls /dev/pts") == ["ptmx"]
