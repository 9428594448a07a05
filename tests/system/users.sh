# Two users, a program for members of a group, su with and without set-user-id, and what each is
# refused. Runs in a root of its own, as root; everything that is said goes to standard output.
exec 2>&1
umask 022
cd /

user() {
    echo "$1:x:$2:$2::/home/$1:/bin/sh" >>/etc/passwd
    echo "$1:x:$2:" >>/etc/group
    echo "$1:$3::0:99999:7:::" >>/etc/shadow
    mkdir -p "/home/$1"
    chown "$1:$1" "/home/$1"
    chmod 750 "/home/$1"
}
user alice 1000 "$(mkpasswd -m sha512 -S saltsalt secret)"
user bob 1001 '*'
echo 'staff:x:50:alice' >>/etc/group
id; id alice; id bob
look() { stat -c '%a %u %g %n' "$@"; }
look /etc/shadow /etc/passwd /root /tmp /home/alice

echo '-- as alice'
cat >/tmp/tries.sh <<'END'
id
cd; pwd; echo "$USER $HOME"
try() { "$@" && echo "$*: done" || echo "$*: refused ($?)"; }
try touch own
try chmod 4755 own
try chgrp staff own
try chgrp bob own
try chown bob own
stat -c '%a %u %g %n' own
try ls /root
try touch /etc/new
try cat /etc/shadow
try rm -f /etc/passwd
try mv /etc/passwd /tmp/passwd
try chmod 777 /etc/passwd
try touch -d '2000-01-01 00:00' /etc/passwd
try ln -s /etc/shadow /tmp/link
try cat /tmp/link
try mknod /tmp/device c 1 3
try mkfifo /tmp/pipe
try rm /tmp/tries.sh
try chroot / true
try kill -0 1
try sh -c 'renice -n -5 -p $$'
try sh -c 'renice -n 5 -p $$'
try ulimit -c 10
try ulimit -H -c 20
try su bob -c id
END
su alice -c 'sh /tmp/tries.sh'
echo '-- as bob'
su - bob -c 'id; ls /home/alice; cat /home/alice/own; rm -f /tmp/link; cp /bin/busybox busybox; chmod 4755 busybox; ./busybox id'

echo '-- programs with other rights'
mkdir /opt
cp /bin/busybox /opt/busybox-root; chmod 4755 /opt/busybox-root
cp /bin/busybox /opt/busybox-staff; chgrp staff /opt/busybox-staff; chmod 2755 /opt/busybox-staff
cp /bin/busybox /opt/busybox-for-staff; chgrp staff /opt/busybox-for-staff; chmod 4750 /opt/busybox-for-staff
for who in root alice bob; do
    su $who -c 'for program in /opt/*; do echo $program; $program id; done'
done
su bob -c '/opt/busybox-staff touch /tmp/of-staff; stat -c "%a %u %g" /tmp/of-staff; /home/bob/busybox id'
su alice -c '/home/bob/busybox id'
su bob -c 'cp /opt/busybox-root /tmp/copy; stat -c "%a %u %g" /tmp/copy; printf x >>/home/bob/busybox; stat -c "%a %u %g" /home/bob/busybox'

echo '-- su of a plain user, by password'
cp /bin/busybox /opt/busybox-su; chmod 4755 /opt/busybox-su
su bob -c 'echo secret | /opt/busybox-su su alice -c id'; echo " $?"
su bob -c 'echo wrong | /opt/busybox-su su alice -c id'; echo " $?"
su alice -c 'echo none | /opt/busybox-su su root -c id'; echo " $?"

echo '-- setpriv'
setpriv --nnp su alice -c '/opt/busybox-root id'
setpriv --nnp /opt/busybox-root id
exit 0
