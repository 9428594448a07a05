# The shell itself: functions, loops, case, parameters, arithmetic, getopts, errors.
f() { local x=1; echo "f $1 $# $x"; return 3; }
f a b; echo $?
for i in a "b c" d; do printf '<%s>' "$i"; done; echo
n=0; while :; do n=$((n + 1)); [ $n -eq 3 ] && continue; [ $n -gt 5 ] && break; echo -n $n; done; echo
until [ $n -le 0 ]; do n=$((n - 2)); done; echo $n
case abc in a*c) echo match;; *) echo no;; esac
v=path/to/file.txt; echo ${v##*/} ${v%.*} ${v#*/} ${#v} ${u:-default} ${v/to/from}
set -- one two three; shift; echo $* $#
while getopts ab:c o -a -b val -c; do echo "$o $OPTARG"; done
echo $((1 + 2 * 3 % 4)) $((0x1f)) $((1 << 10)) $((5 > 3 && 2 > 1)) $((-7 / 2))
(exit 9); echo $?
a=$(echo x; exit 4); echo $? $a
set -e; (false; echo unreached); set +e
echo "${nothing?is not set}" 2>&1
