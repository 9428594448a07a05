# Processes: ids, groups, environment, nice statuses, exec, deep nesting, many children.
[ $(sh -c 'echo $PPID') = $$ ] && echo parent
export A=1; sh -c 'echo $A'; A=2 sh -c 'echo $A'; env -i B=3 sh -c 'echo $A $B'
(exec echo replaced); echo back
sh -c 'sh -c "sh -c \"exit 42\""'; echo $?
i=0; while [ $i -lt 200 ]; do /bin/true 2>/dev/null || true; i=$((i + 1)); done; echo $i
i=0; while [ $i -lt 50 ]; do (exit $i) & i=$((i + 1)); done; wait; echo all
sleep 0.1 && echo slept
timeout 0.3 sleep 10; echo $?
time true 2>/dev/null
setsid sh -c 'echo session'
nohup echo nohup 2>/dev/null
xargs -n 2 echo <<EOF
1 2 3 4 5
EOF
seq 1 30 | xargs -P 4 -n 1 sh -c 'echo $0' | sort -n | tail -1
sh -c 'ulimit -n' > /dev/null && echo limit
x=$(sh -c 'echo deep; exit 2'); echo $x $?
kill -0 $$ && echo alive; kill -0 999999; echo $?
pidof no_such_program; echo $?
