# Pipelines: status of the last command, data through many stages, SIGPIPE ends the writer.
seq 1 1000 | grep 7 | wc -l
seq 1 100 | sort -rn | head -3
yes | head -2
false | true; echo $?
true | false; echo $?
! true; echo $?
seq 1 20000 | tr '0-9' 'a-j' | sort | uniq | tail -1
echo one two three | { read a b; echo "$b|$a"; }
seq 10 | sed -n '2~3p' | paste -s -d, -
(echo a; echo b >&2; echo c) 2>&1 | cat -n
