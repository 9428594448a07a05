# Holes, seeking, truncation, growing, and a file rewritten in place.
dd if=/dev/zero of=f bs=1 count=1 seek=10000000 2>/dev/null; stat -c %s f; md5sum f
echo end | dd of=f bs=1 seek=5 conv=notrunc 2>/dev/null; head -c 12 f | od -c
truncate -s 100 f; stat -c %s f; truncate -s 5000 f; tail -c 3 f | od -An -tx1
: > f; stat -c %s f
seq 1 50000 > g; dd if=g bs=4096 skip=3 count=2 2>/dev/null | md5sum
tail -c 11 g; head -c 20 g
split -l 20000 g part; wc -l part*; cat part* | cmp - g && echo whole
for i in 1 2 3; do cat g >> h; done; wc -c < h
dd if=h of=h2 bs=64k 2>/dev/null; cmp h h2 && echo copy
sort -n h | uniq -c | awk '$1 != 3' | wc -l
