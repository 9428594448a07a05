# Redirections: append, duplicate, close, noclobber, read-write, errors.
echo a > f; echo b >> f; cat f
{ echo out; echo err >&2; } > both 2>&1; cat both
echo x 2>&1 >/dev/null | cat
exec 4> g; echo four >&4; exec 4>&-; cat g
echo closed >&4
set -C; echo y > f; echo $?; echo y >| f; set +C; cat f
exec 5<> rw; echo hello >&5; exec 5>&-; cat rw
cat < nothing; echo $?
echo > /no/dir/file; echo $?
echo text > .; echo $?
cat f f - < g
wc -c < f
dd if=f bs=1 count=1 2>/dev/null
cat <&-; echo $?
echo full > /dev/full; echo $?
dd if=/dev/zero bs=10 count=3 2>/dev/null | od -c
head -c 5 /dev/null | wc -c
