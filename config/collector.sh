# The garbage collector of a JVM that forwards packets; read after config/system.sh, whose find_jdk sets "runtime". It
# must not stop the workers: that leaves generational Shenandoah and ZGC. Before JDK 26 only the former can use the
# objects in a cache of classes, which makes a start faster, and it disturbs packets less (docs/performance.md). But not
# every JDK has it.

# Sets "collector" to the options. What a JDK has is noted in the folder $1.
choose_collector() {
    chosen=$1/collector-$runtime
    collector=
    [ ! -s "$chosen" ] || read -r collector <"$chosen"
    [ -z "$collector" ] || return 0
    collector="-XX:+UseShenandoahGC -XX:ShenandoahGCMode=generational"
    # shellcheck disable=SC2086
    "$JAVA_HOME/bin/java" $collector -version >/dev/null 2>&1 || collector=-XX:+UseZGC
    # For the next time; where nothing can be kept, it is asked again.
    { echo "$collector" >"$chosen"; } 2>/dev/null || true
}
