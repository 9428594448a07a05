# Archives: tar and gzip round trips, what they hold, and damaged ones.
mkdir -p src/sub/deep
seq 1 20000 > src/numbers
echo small > src/sub/deep/small
ln -s numbers src/link
ln src/numbers src/hard
chmod 640 src/numbers; chmod 755 src/sub
touch -d '2001-02-03 04:05:06' src/numbers src/sub/deep/small
tar cf a.tar src; tar tf a.tar | sort
mkdir out; tar xf a.tar -C out
diff -r src out/src && echo same
stat -c '%a %s %Y %n' out/src/numbers
readlink out/src/link
[ out/src/hard -ef out/src/numbers ] && echo hard
tar czf a.tgz src; gzip -t a.tgz && echo sound
tar xzf a.tgz -O src/sub/deep/small
gzip -c src/numbers | gunzip | cmp - src/numbers && echo equal
head -c 100 a.tgz > cut.tgz; gzip -t cut.tgz; echo $?
seq 1 1000 | bzip2 | bunzip2 | md5sum
seq 1 1000 | gzip -9 > s.gz; gunzip s.gz; wc -l < s
