#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes what is installed: a tar.gz for any Linux with DPDK, and a .deb where dpkg-deb is. Both bring the Java runtime:
#   config/dist.sh [FOLDER]        (./build dist builds before)
# The same sources and JDK make the same bytes: nothing in them is younger than SOURCE_DATE_EPOCH, the time of the commit
# unless it is set. JARS, if set, names the jars (parted by colons) instead of those in lb-examples/demo/target.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
me=dist
# shellcheck source=config/system.sh
. "$here/config/system.sh"
# shellcheck source=config/jvm.sh
. "$here/config/jvm.sh"
find_jdk 25
product=$here/lb-examples/demo/target
folder=${1:-$product/dist}
LC_ALL=C TZ=UTC
export LC_ALL TZ
umask 022

# Of the JDK's programs only those that help to find what is wrong; docs/operations.md tells how.
programs="java jcmd jfr jstack"
# What no class asks for by name: TLS with keys in tokens, the flight recorder, those programs, names in certificates.
besides=jdk.crypto.cryptoki,jdk.jfr,jdk.jcmd,jdk.management.jfr,java.naming

version=$(sed -n '/<artifactId>fullnat-parent</{n;s/.*<version>\(.*\)<.*/\1/p;q}' "$here/pom.xml")
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct 2>/dev/null) ||
        SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/.*<project.build.outputTimestamp>\(.*\)<.*/\1/p' "$here/pom.xml")" +%s)
fi
export SOURCE_DATE_EPOCH
if [ -z "${JARS:-}" ]; then
    [ -f "$product/fullnat-demo.jar" ] || fail "nothing is built; type: ./build dist"
    JARS=$product/fullnat-demo.jar
    for jar in "$product"/lib/*.jar; do JARS=$JARS:$jar; done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
name=fullnat-$version
stage=$work/$name
mkdir -p "$stage/bin" "$stage/lib" "$stage/share/man/man8" "$stage/share/doc" "$stage/share/completion"

# 1. Jars and commands.
count=0
IFS=:
for jar in $JARS; do
    cp "$jar" "$stage/lib/" && count=$((count + 1))
done
unset IFS
# Two jars of one name would be one.
[ "$(ls "$stage/lib" | wc -l)" -eq "$count" ] || fail "jars with the same name among $JARS"
cp "$here/config/client.pl" "$here/config/dist/make-cache" "$stage/lib/"
cp "$here/config/dist/fullnat" "$stage/bin/"
ln -s fullnat "$stage/bin/ipvsadm"
ln -s fullnat "$stage/bin/dpip"
cp "$here/LICENSE" "$here/NOTICE" "$stage/"

# 2. The runtime, with the modules that the jars need; less those that libraries ask for only where they are (java.beans,
# annotation processors, types of SQL).
modules=$("$JAVA_HOME/bin/jdeps" --ignore-missing-deps --print-module-deps --multi-release 25 --module-path "$stage/lib" \
    "$stage"/lib/*.jar 2>&1 | tee "$work/log" |
    sed -n '/^java\.base,/ { s/java\.desktop,//; s/java\.compiler,//; s/java\.sql,//; p }')
[ -n "$modules" ] || fail "jdeps: $(cat "$work/log")"
"$JAVA_HOME/bin/jlink" --add-modules "$modules,$besides" --no-header-files --no-man-pages --strip-debug --compress=zip-6 \
    --output "$stage/runtime" >"$work/log" 2>&1 || fail "jlink: $(cat "$work/log")"
for program in "$stage"/runtime/bin/*; do
    case " $programs " in
    *" ${program##*/} "*) ;;
    *) rm -f "$program" ;;
    esac
done
# With this tools of other JDKs look into a runtime.
rm "$stage/runtime/lib/jrt-fs.jar"
jdk=$JAVA_HOME
JAVA_HOME=$stage/runtime
mkdir "$work/choice"
choose_collector "$work/choice"
echo "$collector $compiler" >"$stage/lib/jvm"

# What may be in the cache of classes (make-cache): those that the JDK itself keeps, and all of the jars.
{
    grep -vE '^(#|@cp)' "$jdk/lib/classlist" | sed 's/ id: .*//'
    for jar in "$stage"/lib/*.jar; do "$jdk/bin/jar" --list --file "$jar"; done |
        sed -n '/^META-INF/d; /-info\.class$/d; s/\.class$//p' | sort -u
} >"$stage/lib/classes.list"

# 3. What the commands themselves say of themselves.
said() { FULLNAT_CLIENT=java "$stage/bin/fullnat" "$@" || fail "fullnat $* failed"; }
for shell in bash zsh fish; do said completion $shell >"$stage/share/completion/$shell"; done
said man fullnat >"$stage/share/man/man8/fullnat.8"
for page in ipvsadm dpip; do said man $page >"$stage/share/man/man8/fullnat-$page.8"; done

mkdir "$stage/share/doc/examples" "$stage/share/systemd"
cp "$here"/lb-examples/balancer/src/main/config/*.yaml "$here"/lb-examples/balancer/src/main/monitoring/* "$stage/share/doc/examples/"
cp "$here/config/dist/fullnat.service" "$here/config/dist/fullnat.sysusers" "$here/config/dist/fullnat.tmpfiles" \
    "$here/config/dist/fullnat.default" "$stage/share/systemd/"
find "$stage" -type d -exec chmod 755 {} +
find "$stage" -type f ! -perm -100 -exec chmod 644 {} +
find "$stage" -type f -perm -100 -exec chmod 755 {} +

# 4. The archive.
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
rm -f "$folder"/fullnat-*.tar.gz "$folder"/fullnat_*.deb
machine=$(uname -m)
tar -C "$work" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    -cf - "$name" | gzip -6n >"$folder/$name-linux-$machine.tar.gz"
say "$folder/$name-linux-$machine.tar.gz, $(du -m "$folder/$name-linux-$machine.tar.gz" | cut -f1) MB"

# 5. The package.
if ! command -v dpkg-deb >/dev/null; then
    say "no dpkg-deb here, so no .deb"
    exit 0
fi
architecture=$(dpkg --print-architecture)
deb_version=$(echo "$version" | sed 's/-SNAPSHOT/~snapshot/')
root=$work/deb
own=$root/usr/lib/fullnat
doc=$root/usr/share/doc/fullnat
mkdir -p "$root/DEBIAN" "$own" "$root/usr/sbin" "$root/usr/share/man" "$doc" "$root/etc/default" \
    "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
    "$root/usr/share/fish/vendor_completions.d" "$root/usr/lib/systemd/system" "$root/usr/lib/sysusers.d" \
    "$root/usr/lib/tmpfiles.d" "$root/etc/needrestart/conf.d"
cp -a "$stage/bin" "$stage/lib" "$stage/runtime" "$own/"
ln -s ../lib/fullnat/bin/fullnat "$root/usr/sbin/fullnat"
cp -a "$stage/share/man/man8" "$root/usr/share/man/"
find "$root/usr/share/man" -type f -exec gzip -9n {} +
cp "$stage/share/completion/bash" "$root/usr/share/bash-completion/completions/fullnat"
cp "$stage/share/completion/zsh" "$root/usr/share/zsh/vendor-completions/_fullnat"
cp "$stage/share/completion/fish" "$root/usr/share/fish/vendor_completions.d/fullnat.fish"
cp "$here/config/dist/fullnat.service" "$root/usr/lib/systemd/system/"
cp "$here/config/dist/fullnat.sysusers" "$root/usr/lib/sysusers.d/fullnat.conf"
cp "$here/config/dist/fullnat.tmpfiles" "$root/usr/lib/tmpfiles.d/fullnat.conf"
cp "$here/config/dist/fullnat.default" "$root/etc/default/fullnat"
cp "$here/config/dist/needrestart.conf" "$root/etc/needrestart/conf.d/fullnat.conf"
cp -a "$stage/share/doc/examples" "$doc/"
cp "$here/NOTICE" "$doc/NOTICE"
mkdir -p "$root/usr/share/lintian/overrides"
cp "$here/config/dist/debian/lintian-overrides" "$root/usr/share/lintian/overrides/fullnat"
gzip -9nc "$here/CHANGELOG.md" >"$doc/CHANGELOG.md.gz"
sed "s/@YEAR@/$(date -d "@$SOURCE_DATE_EPOCH" +%Y)/" "$here/config/dist/debian/copyright" >"$doc/copyright"
{
    printf 'fullnat (%s) unstable; urgency=medium\n\n  * CHANGELOG.md tells what is new.\n\n' "$deb_version"
    printf ' -- The fullnat contributors <packages@fullnat.io>  %s\n' "$(date -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"

# The number of DPDK's ABI is in the names of its packages: 23 in Debian 12, 24 in Ubuntu 24.04, 25 in Debian 13.
dpdk=
for part in eal ethdev mbuf mempool mempool-ring ring bus-pci bus-vdev \
    net-af-packet net-af-xdp net-memif net-null net-pcap net-ring net-tap net-virtio; do
    dpdk="$dpdk, librte-${part}23 | librte-${part}24 | librte-${part}25"
done
sed -e "s/@VERSION@/$deb_version/; s/@ARCHITECTURE@/$architecture/; s/@DPDK@/${dpdk#, }/" \
    -e "s/@SIZE@/$(du -sk --apparent-size "$root" | cut -f1)/" "$here/config/dist/debian/control" >"$root/DEBIAN/control"
cp "$here/config/dist/debian/conffiles" "$root/DEBIAN/"
for script in postinst prerm postrm; do
    cp "$here/config/dist/debian/$script" "$root/DEBIAN/"
    chmod 755 "$root/DEBIAN/$script"
done
(cd "$root" && find usr -type f -printf '%P\n' | sort | sed 's,^,usr/,' | xargs -d '\n' md5sum >DEBIAN/md5sums)
find "$root" -type d -exec chmod 755 {} +
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
deb=$folder/fullnat_${deb_version}_$architecture.deb
# What is in it is compressed already.
dpkg-deb --root-owner-group -Zgzip -z6 --build "$root" "$deb" >/dev/null
say "$deb, $(du -m "$deb" | cut -f1) MB"
