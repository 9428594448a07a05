#!/bin/sh
# Process 1 where the suite runs on Linux's own kernel: makes what a Linux world of Corm has from
# the start, runs the suite in the same environment, and switches the machine off.
# Results go to the second UART, complaints to the console.

mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t proc proc /proc
mount -t sysfs sys /sys
ln -s /proc/self/fd /dev/fd
hostname -F /etc/hostname
stty -F /dev/ttyS1 raw

read -r arguments </arguments
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root SHELL=/bin/sh USER=root
cd /
setsid sh /suite/run.sh $arguments </dev/null 2>/dev/console | cat >/dev/ttyS1
poweroff -f
