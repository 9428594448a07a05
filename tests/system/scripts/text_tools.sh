# The text tools on generated data.
seq 1 300 | awk '{ print $1 % 7, $1 * $1 % 101 }' > data
sort -k1,1n -k2,2nr data | head -4
cut -d' ' -f2 data | sort -n | uniq -c | sort -k1,1nr -k2n | head -3
sed -e 's/^\(.\) \(.*\)$/\2-\1/' -e '5q' data
grep -c '^3' data; grep -n '^6 9[0-9]$' data
awk '{ n[$1] += $2 } END { for (k in n) print k, n[k] }' data | sort
tr ' ' '\n' < data | sort -u | wc -l
head -n 50 data | tail -n 2
fold -w 7 data | head -2
printf '%5d|%-5s|%x|%o|%e\n' 42 ab 255 8 3.14159
expr 6 '*' 7; expr length hello; expr abc : 'a\(.\)c'
comm -12 a b 2>&1; echo $?
od -An -tx1 -N8 data
diff data data && echo no difference
head -3 data > p; sed 2d p > q; diff p q; echo $?
echo 'a,b;c' | tr ',;' '\n\n'
printf 'b\na\nc\n' | sort | rev | nl
seq 5 | tac; seq 3 | shuf -n 3 | sort
echo '2^10 + 5' | bc; echo '3 4 + p' | dc
printf 'x=%s\n' "$(basename /a/b.c .c)" "$(dirname /a/b.c)"
