# Devices and the part of /proc that does not differ between two machines.
echo gone > /dev/null; cat /dev/null | wc -c
head -c 4 /dev/zero | od -An -tx1
head -c 64 /dev/urandom | wc -c
[ "$(head -c 16 /dev/urandom | md5sum)" != "$(head -c 16 /dev/urandom | md5sum)" ] && echo differ
[ -c /dev/null ] && [ -c /dev/zero ] && [ -c /dev/full ] && echo devices
stat -c %t,%T /dev/null /dev/zero /dev/full /dev/urandom
grep -c '^State' /proc/self/status
tr '\0' ' ' < /proc/self/cmdline; echo
[ -d /proc/$$/fd ] && echo fd
sh -c 'readlink /proc/self/fd/0 > /dev/null' && echo link
grep -q MemTotal /proc/meminfo && echo memory
awk '{ exit !($1 > 0) }' /proc/uptime && echo up
cat /proc/self/stat | awk '{ print $2 }'
ls /proc/no_such; echo $?
[ -t 1 ]; echo $?
tty; echo $?
