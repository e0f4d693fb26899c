#!/bin/sh
# Tries a Debian package as a user would: installs it, starts the server as its unit says, has the client prove a
# session, upgrades, removes and purges. Afterwards every file is as before. `make check-deb` runs it.
#
#   usage: test/package/try_deb.sh PACKAGE.deb        as root
#
# All of it happens in a copy of this system, an overlay that is gone at the end. systemd does not run in it:
# run_unit.py has its part.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
deb=$(realpath "$1")

if [ "${2:-}" != in-copy ]; then
    [ "$(id -u)" -eq 0 ] || { echo "$0: needs root, to make a copy of this system" >&2; exit 1; }
    exec unshare --mount --pid --fork --kill-child sh "$here/try_deb.sh" "$deb" in-copy
fi

step() {
    printf '  TRY     %s\n' "$1"
    shift
    "$@" >"$log" 2>&1 || { cat "$log"; exit 1; }
}

files() {
    chroot "$root" find /etc /usr /var/lib ! -path '/var/lib/dpkg/*' ! -name '*.pyc' ! -name __pycache__ | LC_ALL=C sort
}

base=$(mktemp -d)
trap 'umount -l "$base"; rmdir "$base"' EXIT
mount -t tmpfs copy "$base"
mkdir "$base/upper" "$base/work" "$base/root"
root=$base/root log=$base/log
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs run "$root/run"
mount -t tmpfs tmp "$root/tmp"
cp "$deb" "$root/tmp/comms.deb"
cp "$here/run_unit.py" "$root/tmp/"

# A package of before would be an upgrade. A running systemd makes /var/lib/private, and keeps it.
chroot "$root" dpkg -P comms >/dev/null 2>&1 || true
mkdir -p "$root/var/lib/private"
files >"$base/before"

step 'dpkg -i' chroot "$root" dpkg -i /tmp/comms.deb
step 'dpkg -V' chroot "$root" dpkg -V comms
step 'not enabled' chroot "$root" sh -c '! ls /etc/systemd/system/*/comms-server.* 2>/dev/null'
step 'systemd-analyze verify' chroot "$root" systemd-analyze verify --man=no comms-server.service comms-server.socket
step 'man pages' chroot "$root" man -w comms-server comms-client
step 'the unit serves' chroot "$root" /usr/bin/python3 /tmp/run_unit.py
step 'an upgrade keeps /etc/default/comms-server' chroot "$root" sh -ec '
    echo COMMS_MODE=stateful >/etc/default/comms-server
    dpkg -i --force-confold /tmp/comms.deb
    grep -qx COMMS_MODE=stateful /etc/default/comms-server'
step 'the unit reads /etc/default/comms-server' chroot "$root" /usr/bin/python3 /tmp/run_unit.py stateful
step 'dpkg -r' chroot "$root" dpkg -r comms
step 'the programs are gone' chroot "$root" sh -c '! command -v comms-server && test -e /etc/default/comms-server'
mkdir "$root/var/lib/private/comms" "$root/var/lib/comms"
step 'dpkg -P' chroot "$root" dpkg -P comms
files >"$base/after"
step 'every file is as before' diff "$base/before" "$base/after"
