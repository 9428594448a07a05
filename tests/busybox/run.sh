#!/bin/sh
# Runs scripts of busybox's own test suite, one after another, under the busybox at hand.
#
#     run.sh SCRIPT=SECONDS...
#
# SCRIPT is an applet (testsuite/SCRIPT.tests, and each case in the folder testsuite/SCRIPT), or a
# folder of shell/ash_test. Each has a session of its own, ends after SECONDS at most, and stands
# between two lines
#
#     @begin SCRIPT
#     @end SCRIPT STATUS
#
# where results are lines `PASS: NAME`, `FAIL: NAME`, `SKIPPED: NAME` or `UNTESTED: NAME`.

suite=${0%/*}
tsdir=$suite/testsuite
bindir=$suite
ash_test=$suite/shell/ash_test

# The suite's own driver tells tests this, too. Debian runs the suite in the same environment.
OPTIONFLAGS=:$(sed -nr 's/^CONFIG_([^=]*)=.*/\1/p' "$bindir/.config" | tr '\n' ':')
PATH=$suite/links:$tsdir:$bindir:$PATH
SKIP_KNOWN_BUGS=y
SKIP_INTERNET_TESTS=y
LANG=C.UTF-8
LC_ALL=C.UTF-8
ECHO=echo
THIS_SH=$suite/links/ash
export suite tsdir bindir ash_test OPTIONFLAGS PATH SKIP_KNOWN_BUGS SKIP_INTERNET_TESTS LANG \
    LC_ALL ECHO THIS_SH VERBOSE
eval "$(sed -n 's/^CONFIG_FEATURE_[A-Z_]*=y/export &/p' "$bindir/.config")"

# What is wrong with a case that failed, where somebody wants to know.
show() { if [ "$VERBOSE" ]; then cat "$1"; fi; }

old_case() (
    work=$tsdir/.tmpdir.$1.$2
    rm -rf "$work" && mkdir "$work" && cd "$work" || exit 1
    for feature in $(sed -ne 's/^# FEATURE: //p' "$tsdir/$1/$2"); do
        if grep -q "^# $feature is not set$" "$bindir/.config"; then
            echo "UNTESTED: $2"
            exit
        fi
    done
    if d=$tsdir sh -x -e "$tsdir/$1/$2" >"$2.stdout.txt" 2>&1; then
        echo "PASS: $2"
    else
        echo "FAIL: $2"
        show "$2.stdout.txt"
    fi
)

applet() {
    cd "$tsdir" || exit 1
    if [ -d "$1" ]; then
        for path in "$1"/*; do
            old_case "$1" "${path##*/}"
        done
    fi
    [ ! -f "$1.tests" ] || "./$1.tests"
}

shell_folder() {
    unset LANG LC_ALL
    PATH=$ash_test:$PATH
    cd "$ash_test/$1" || exit 1
    for test in *.tests; do
        name=${test%.tests}
        [ -f "$name.right" ] || continue
        "$THIS_SH" "./$test" 2>&1 | grep -va '^ash: using fallback suid method$' >"$name.xx"
        if diff -u "$name.right" "$name.xx" >"$name.fail"; then
            echo "PASS: $name"
        else
            echo "FAIL: $name"
            show "$name.fail"
        fi
    done
}

if [ "$1" = --one ]; then
    case $2 in
    ash-*) shell_folder "$2" ;;
    *) applet "$2" ;;
    esac
    exit
fi

# Not in the background: what a shell starts there ignores SIGINT.
for wanted; do
    script=${wanted%=*}
    echo "@begin $script"
    setsid sh -c 'echo $$ >"$1/leader"; shift; exec "$@"' sh "$suite" \
        timeout -s KILL "${wanted#*=}" sh "$0" --one "$script" </dev/null
    echo "@end $script $?"
    kill -KILL -"$(cat "$suite/leader")" 2>/dev/null
done
