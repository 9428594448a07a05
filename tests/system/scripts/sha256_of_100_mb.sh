# 100 MB through a pipe and through a file.
head -c 100000000 /dev/zero | sha256sum
head -c 20000000 /dev/zero | tr '\0' x > f
sha256sum f; wc -c < f; rm f
