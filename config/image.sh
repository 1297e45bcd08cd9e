#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes an image for containers, without a daemon, of Debian's packages of DPDK and of the tar.gz that config/dist.sh made:
#   config/image.sh [FOLDER]        (./build image installs the tools and makes the tar.gz before)
# The image is a tar of an OCI layout, in the same folder. The same tar.gz and packages make the same bytes. PACKAGES adds
# packages of Debian; MIRROR is a line of sources.list, for example of snapshot.debian.org, instead of what mmdebstrap takes.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
me=image
# shellcheck source=config/system.sh
. "$here/config/system.sh"
folder=$(cd "${1:-$here/lb-examples/demo/target/dist}" && pwd)
LC_ALL=C TZ=UTC
export LC_ALL TZ
umask 022
for tool in mmdebstrap umoci; do
    command -v $tool >/dev/null || fail "$tool is missing; type: ./build image"
done
archive=$(ls "$folder"/fullnat-*-linux-"$(uname -m)".tar.gz 2>/dev/null) || fail "no tar.gz in $folder; type: ./build image"
version=${archive##*/fullnat-}
version=${version%-linux-*}
# As old as what is in it.
SOURCE_DATE_EPOCH=$(tar -tvzf "$archive" --full-time | awk 'NR == 1 { print $4 " " $5 }')
SOURCE_DATE_EPOCH=$(date -d "$SOURCE_DATE_EPOCH" +%s)
export SOURCE_DATE_EPOCH
created=$(date -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
# Numbers that no system gives to somebody else by itself.
user=10001

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

# 1. The system below: a C library, a shell for bin/fullnat, Perl for commands, DPDK with its virtual devices and the NICs
# that machines with DPDK mostly have. Its packages are noted where scanners of images look.
suite=bookworm
abi=23
# usr-is-merged stands in for a program that would merge, and its interpreter.
packages=base-files,libc-bin,usr-is-merged,dash,coreutils,perl-base,zlib1g
for part in eal ethdev mbuf mempool mempool-ring ring bus-pci bus-vdev bus-vmbus \
    net-af-packet net-af-xdp net-memif net-null net-pcap net-ring net-tap net-virtio \
    net-bnxt net-ena net-gve net-hinic net-iavf net-ice net-ixgbe net-netvsc; do
    packages=$packages,librte-$part$abi
done
for part in net-e1000 net-i40e net-igc net-mlx5 net-vmxnet3; do
    case $part in
    *[0-9]) packages=$packages,librte-$part-$abi ;;
    *) packages=$packages,librte-$part$abi ;;
    esac
done
cat >"$work/note" <<'END'
set -e
mkdir -p "$1/var/lib/dpkg/status.d"
for deb in "$1"/var/cache/apt/archives/*.deb; do
    dpkg-deb --field "$deb" >"$1/var/lib/dpkg/status.d/$(dpkg-deb --field "$deb" Package)"
done
END
cat >"$work/trim" <<'END'
set -e
cd "$1"
rm -rf etc/cron* etc/logrotate.d etc/machine-id etc/init.d etc/rc?.d etc/default etc/udev etc/systemd \
    etc/update-motd.d etc/skel etc/perl \
    usr/share/locale usr/share/man usr/share/info usr/share/bash-completion usr/share/lintian usr/share/bug usr/lib/*/gconv \
    lib/systemd usr/lib/systemd lib/udev usr/lib/udev var/log/* \
    usr/bin/dpkg* usr/sbin/dpkg* sbin/start-stop-daemon usr/share/dpkg usr/lib/dpkg var/lib/dpkg/info
find usr/share/doc -mindepth 1 ! -type d ! -name copyright -delete
find usr/share/doc -mindepth 1 -type d -empty -delete
# Nobody becomes root in it.
find . -xdev -type f -perm /6000 -exec chmod ug-s {} +
rm -f etc/ld.so.cache
END
mmdebstrap --quiet --variant=extract --include="$packages${PACKAGES:+,$PACKAGES}" \
    --extract-hook="sh $work/note \"\$1\"" --extract-hook="sh $work/trim \"\$1\"" \
    "$suite" "$work/system.tar" ${MIRROR:+"$MIRROR"} >"$work/log" 2>&1 || fail "mmdebstrap: $(cat "$work/log")"
# Its own, which it needs until then.
tar --delete -f "$work/system.tar" ./etc/apt ./etc/dpkg ./etc/fstab ./etc/hostname ./etc/resolv.conf

# 2. What is ours.
mkdir "$work/unpacked"
tar -xzf "$archive" -C "$work/unpacked"
given=$work/unpacked/fullnat-$version
root=$work/root
mkdir -p "$root/usr/lib/fullnat" "$root/usr/sbin" "$root/usr/share/doc/fullnat" "$root/etc/fullnat" "$root/run/fullnat" \
    "$root/var/log/fullnat"
cp -a "$given/bin" "$given/lib" "$given/runtime" "$root/usr/lib/fullnat/"
cp -a "$given/LICENSE" "$given/NOTICE" "$given/share/doc/examples" "$root/usr/share/doc/fullnat/"
for name in fullnat ipvsadm dpip; do
    ln -s ../lib/fullnat/bin/$name "$root/usr/sbin/$name"
done
printf 'root:x:0:0:root:/:/usr/sbin/nologin\nfullnat:x:%s:%s:fullnat:/:/usr/sbin/nologin\n' $user $user >"$root/etc/passwd"
printf 'root:x:0:\nfullnat:x:%s:\n' $user >"$root/etc/group"
pack() {
    tar -C "$root" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime --numeric-owner --no-recursion "$@"
}
(cd "$root" && find . -mindepth 1 ! -path './etc/fullnat' ! -path './run/fullnat' ! -path './var/log/fullnat' | sort) >"$work/names"
pack --owner=0 --group=0 -cf "$work/fullnat.tar" -T "$work/names"
chmod 750 "$root/etc/fullnat" "$root/run/fullnat" "$root/var/log/fullnat"
pack --owner=0 --group=$user -rf "$work/fullnat.tar" ./etc/fullnat
pack --owner=$user --group=$user -rf "$work/fullnat.tar" ./run/fullnat ./var/log/fullnat

# 3. The image. Told by RUNTIME_DIRECTORY, as by systemd, its socket is in a folder of its own.
image=$work/oci:$version
revision=$(git -C "$here" rev-parse HEAD 2>/dev/null) || revision=unknown
umoci init --layout "$work/oci"
umoci new --image "$image"
for layer in system fullnat; do
    umoci raw add-layer --image "$image" --history.created="$created" --history.created_by="config/image.sh, $layer" \
        "$work/$layer.tar"
done
umoci config --image "$image" --created="$created" --no-history --author="The fullnat contributors" \
    --os=linux --architecture="$(dpkg --print-architecture)" --config.user=$user:$user --config.workingdir=/ \
    --config.env=PATH=/usr/sbin:/usr/bin:/sbin:/bin --config.env=LC_ALL=C.UTF-8 --config.env=RUNTIME_DIRECTORY=/run/fullnat \
    --config.entrypoint=/usr/sbin/fullnat \
    --config.cmd=run --config.cmd=--config --config.cmd=/etc/fullnat/fullnat.yaml --config.stopsignal=SIGTERM \
    --config.label=org.opencontainers.image.title=fullnat \
    --config.label="org.opencontainers.image.description=layer-4 load balancer with full NAT, over DPDK" \
    --config.label=org.opencontainers.image.version="$version" \
    --config.label=org.opencontainers.image.revision="$revision" \
    --config.label=org.opencontainers.image.created="$created" \
    --config.label=org.opencontainers.image.url=https://fullnat.io \
    --config.label=org.opencontainers.image.vendor="The fullnat contributors" \
    --config.label="org.opencontainers.image.licenses=Apache-2.0 AND GPL-2.0-only WITH Classpath-exception-2.0"
umoci gc --layout "$work/oci"
result=$folder/fullnat-$version-oci.tar
rm -f "$folder"/fullnat-*-oci.tar
tar -C "$work/oci" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    -cf "$result" oci-layout index.json blobs
digest=$(sed 's/.*"digest":"\([^"]*\)".*/\1/' "$work/oci/index.json")
say "$result, $(du -m "$result" | cut -f1) MB, $(cat "$work/system.tar" "$work/fullnat.tar" | wc -c | awk '{ print int($1 / 1048576) }') MB unpacked, $digest"
