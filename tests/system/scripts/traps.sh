# Traps: handlers run, EXIT runs once, signals are ignored and restored, children get defaults.
trap 'echo got usr1' USR1
kill -USR1 $$
echo after
trap '' TERM
kill -TERM $$
echo still here
trap - TERM
sh -c 'trap "echo bye; exit 5" TERM; kill $$; echo never'; echo $?
sh -c 'trap "echo on exit" EXIT; exit 6'; echo $?
(trap 'echo sub exit' EXIT; true)
trap 'echo int' INT; kill -INT $$
sh -c 'kill -HUP $$'; echo $?
trap 'echo waking' USR2
(sleep 0.3; kill -USR2 $$) &
wait $!; echo waited
trap 'echo last' EXIT
