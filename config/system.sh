# SPDX-License-Identifier: Apache-2.0
# Finds a JDK and installs packages of the system; read by ./build and ./fullnat, which set "me" to their name.

say() { echo "$me: $*" >&2; }
fail() { say "$*"; exit 1; }

# Reads the description of the JDK in a folder into "release", its feature release or 0, and "runtime", its version in
# characters fit for the name of a file. Without another process, as this stands before each command.
read_release() {
    release=0
    runtime=
    [ -r "$1/release" ] || return 0
    while IFS='="' read -r key _ value _; do
        case $key in
        JAVA_VERSION) release=${value%%[!0-9]*} ;;
        JAVA_RUNTIME_VERSION) runtime=${value%%/*} ;;
        esac
    done <"$1/release"
    release=${release:-0}
}

# Exports JAVA_HOME: the one that is set if it will do, else the first JDK that will. Sets "runtime" to its version.
find_jdk() {
    wanted=$1
    home=${HOME:-/nonexistent}
    if is_jdk "${JAVA_HOME:-/nonexistent}"; then return; fi
    on_path=$(readlink -f "$(command -v javac || true)" 2>/dev/null || true)
    for candidate in "${on_path%/bin/javac}" \
        /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/*jdk* /usr/local/*jdk* \
        "$home"/.sdkman/candidates/java/* "$home"/.jdks/* "$home"/.local/share/mise/installs/java/* \
        "$home"/.asdf/installs/java/*; do
        if is_jdk "$candidate"; then
            JAVA_HOME=$candidate
            export JAVA_HOME
            return
        fi
    done
    fail "no JDK $wanted or later in JAVA_HOME, PATH, /usr/lib/jvm, /opt or ~/.sdkman, ~/.jdks;" \
        "install one (openjdk-$wanted-jdk-headless, Temurin, Zulu, Corretto ...) or set JAVA_HOME to it"
}

# Whether there is a JDK of the wanted release or a later one in a folder.
is_jdk() {
    [ -x "$1/bin/javac" ] || return 1
    read_release "$1"
    [ "$release" -ge "$wanted" ]
}

is_root() { [ "$(id -u)" = 0 ]; }
is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }

# Brings the list of packages up to date, once.
apt_update() {
    [ -z "${apt_updated:-}" ] || return 0
    apt_updated=yes
    apt_get update -qq >/dev/null 2>&1 || true
}

# DPDK's libraries carry the number of their ABI in the package's name: 23 in Debian 12, 24 in Ubuntu 24.04, 25 in
# Debian 13. Prints that of the installed ones, else the newest that there is; nothing if there is none.
dpdk_abi() {
    installed=$(dpkg-query -W -f '${Package} ${Status}\n' 'librte-eal*' 2>/dev/null |
        sed -n 's/^librte-eal\([0-9][0-9]*\) .* installed$/\1/p' | sort -n | tail -n 1)
    [ -z "$installed" ] || { echo "$installed"; return; }
    apt-cache search --names-only '^librte-eal[0-9]+$' 2>/dev/null |
        sed -n 's/^librte-eal\([0-9]*\) .*/\1/p' | sort -n | tail -n 1
}

# What DPDK needs at run time: its core, and the drivers of virtual devices. (Those of NICs: librte-meta-net.)
dpdk_packages() {
    abi=$(dpdk_abi)
    if [ -z "$abi" ] && is_root; then
        apt_update
        abi=$(dpdk_abi)
    fi
    abi=${abi:-N}
    for part in eal ethdev mbuf mempool mempool-ring ring bus-pci bus-vdev \
        net-af-packet net-af-xdp net-memif net-null net-pcap net-ring net-tap net-virtio; do
        echo "librte-$part$abi"
    done
}

# Installs what is missing of some packages. Fails, saying what to type, if it cannot.
need() {
    missing=
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is no Debian or Ubuntu; make sure that you have what these packages hold: $*"
        return 0
    fi
    for package; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if ! is_root; then
        say "missing packages; type: sudo apt-get install -y --no-install-recommends$missing"
        return 1
    fi
    say "installing$missing"
    deny_services
    # The list may be absent (a fresh container) or too old: then once more with a new one.
    # shellcheck disable=SC2086
    if ! log=$(apt_get install -y -qq --no-install-recommends $missing 2>&1); then
        apt_update
        log=$(apt_get install -y -qq --no-install-recommends $missing 2>&1) || {
            allow_services
            echo "$log" >&2
            say "apt-get failed; type: apt-get update && apt-get install -y --no-install-recommends$missing"
            return 1
        }
    fi
    allow_services
    leave_off "$missing"
}

# Programs are what is wanted of packages, not their services: none is started while they are installed (invoke-rc.d(8)), unless this machine
# has a rule of its own for that ...
deny_services() {
    denial=/usr/sbin/policy-rc.d
    [ ! -e "$denial" ] || { denial=; return 0; }
    printf '#!/bin/sh\nexit 101\n' >"$denial" && chmod 755 "$denial"
    trap allow_services EXIT
}

allow_services() {
    [ -z "${denial:-}" ] || rm -f "$denial"
    denial=
}

# ... and none at the next start of the machine.
leave_off() {
    command -v systemctl >/dev/null || return 0
    for package in $1; do
        case "$package" in
        frr | keepalived | nginx | iperf3) systemctl disable --quiet "$package" 2>/dev/null || true ;;
        openssh-server) systemctl disable --quiet ssh.service ssh.socket 2>/dev/null || true ;;
        esac
    done
}
