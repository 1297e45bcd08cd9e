# SPDX-License-Identifier: Apache-2.0
# The JVM's cache of classes as they were read and linked in an earlier run (JEP 514), which makes a start faster; read
# by ./fullnat, which sets product, built, options and classes. Made once after a build, by a short run that needs neither
# root nor a network. Without it, or with one that does not fit, the JVM starts as ever.

aot_folder=$product/target/aot

# Sets "aot" to the options that use the cache of a kind of command, `worker` or `client`; to nothing if there is none.
aot_options() {
    aot=
    [ "${FULLNAT_AOT:-on}" != off ] || return 0
    aot_file=$aot_folder/$1-$runtime.aot
    if [ ! "$aot_file" -nt "$built" ]; then
        aot_make "$1" "$aot_file" >/dev/null 2>&1 || true
    fi
    # An empty one stands for one that could not be made. What the JVM says of one that does not fit is nobody's concern.
    [ ! -s "$aot_file" ] || aot="-XX:AOTCache=$aot_file -Xlog:aot*=off -Xlog:cds*=off"
}

aot_make() {
    mkdir -p "$aot_folder" && [ -w "$aot_folder" ] || return 0
    (
        # Another ./fullnat may be making it: then do without.
        ! command -v flock >/dev/null || flock -n 8 || exit 0
        aot_scratch=$(mktemp -d) || exit 0
        trap 'rm -rf "$aot_scratch"' EXIT
        "aot_train_$1" || true
        # Also if there is none: it would not come out better next time.
        : >>"$aot_scratch/new"
        rm -f "$aot_folder/$1"-*.aot
        cp "$aot_scratch/new" "$2.new" && mv "$2.new" "$2" || rm -f "$2.new"
    ) 8>"$aot_folder/lock"
}

# shellcheck disable=SC2086
aot_java() {
    "$JAVA_HOME/bin/java" $options -XX:AOTCacheOutput="$aot_scratch/new" -cp "$classes" io.fullnat.balancer.Main "$@" &
    aot_pid=$!
}

# shellcheck disable=SC2086
aot_ask() {
    "$JAVA_HOME/bin/java" $options -cp "$classes" io.fullnat.balancer.Main --socket "$aot_scratch/socket" "$@" || true
}

# Waits until the file $1 holds a line that starts with $2, or the program has ended, or half a minute has passed.
aot_await() {
    aot_left=300
    while [ $aot_left -gt 0 ] && kill -0 "$aot_pid" && ! grep -q "^$2" "$1"; do
        sleep 0.1
        aot_left=$((aot_left - 1))
    done
}

# A balancer over rings in memory: DPDK starts, the API answers, no interface is touched.
aot_train_worker() {
    cat >"$aot_scratch/fullnat.yaml" <<END
api: {socket: $aot_scratch/socket}
workers: {connections: 1000}
memory: {hugepages: none}
ports: [{name: outside, device: "ring:"}, {name: inside, device: "ring:"}]
addresses: [{address: 192.0.2.1/24, device: outside}, {address: 203.0.113.1/24, device: inside}]
services:
  - protocol: udp
    address: 192.0.2.1:53
    servers: [{address: "203.0.113.11:53"}]
    locals: [{address: 203.0.113.101, device: inside}]
END
    : >"$aot_scratch/said"
    aot_java run --config "$aot_scratch/fullnat.yaml" >"$aot_scratch/said" 2>&1
    aot_await "$aot_scratch/said" ready
    aot_worker=$aot_pid
    # What carries out commands is kept as well: the first one need not be slow.
    printf '%s\n' '-A -t 192.0.2.1:80 -s rr' '-a -t 192.0.2.1:80 -r 203.0.113.12:80 -b' >"$aot_scratch/rules"
    aot_ask ipvsadm -R <"$aot_scratch/rules"
    aot_ask ipvsadm -Ln
    aot_ask dpip link show
    aot_ask service list
    aot_pid=$aot_worker
    kill "$aot_pid"
    wait "$aot_pid"
    # Of a start that failed the cache would hold half.
    grep -q ^ready "$aot_scratch/said" || rm -f "$aot_scratch/new"
}

# Commands that get an answer, from the same process.
aot_train_client() {
    # shellcheck disable=SC2086
    "$JAVA_HOME/bin/java" $options -XX:AOTCacheOutput="$aot_scratch/new" -cp "$classes" \
        io.fullnat.balancer.ClientTraining "$aot_scratch/socket" </dev/null
}
