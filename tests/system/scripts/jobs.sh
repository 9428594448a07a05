# Background jobs: wait gives each one's status, $! names it, a killed one tells its signal.
(sleep 0.2; exit 3) & first=$!
(exit 4) & second=$!
wait $second; echo $?
wait $first; echo $?
# (ash prints "Terminated" only if the child dies after the end of its own `kill`: a race)
sleep 100 & kill $!
wait $! 2>/dev/null; echo $?
sleep 100 & kill -9 $!
wait $! 2>/dev/null; echo $?
for i in 1 2 3 4 5; do (sleep 0.1; echo $i > job$i) & done
wait; cat job1 job2 job3 job4 job5
wait 99999; echo $?
sh -c 'exit 9' & wait; echo $?
