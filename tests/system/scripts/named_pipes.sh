# Named pipes, and both ends of a pipe closing.
mkfifo p; (echo through the pipe > p) & cat p; wait
mkfifo q; (sleep 0.1; seq 1 5000 > q) & wc -l < q
[ -p p ] && echo fifo
(cat q; echo eof) & : > q; wait
sh -c 'seq 1 100000 | true'; echo $?
{ sleep 0.2; echo late; } | cat
(sleep 0.1; echo tail) | dd bs=3 2>/dev/null
