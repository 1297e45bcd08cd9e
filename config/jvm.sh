# SPDX-License-Identifier: Apache-2.0
# The garbage collector and the compiler of a JVM that forwards packets; read after config/system.sh, whose find_jdk sets
# "runtime". The collector must not stop the workers: that leaves generational Shenandoah and ZGC. Before JDK 26 only the
# former can use the objects in a cache of classes, which makes a start faster, and it disturbs packets less
# (docs/performance.md). But not every JDK has it.

# What its optimizing compiler is told. It learns from code that counts branches and calls: where its queue is long, other
# code would run meanwhile, from which it learns nothing, and a packet could take 1.8 times as long then, for as long as
# the JVM ran. And it is to take in what a packet needs even if that is compiled already and has up to 6,000 bytes, not
# 2,500.
# shellcheck disable=SC2034
compiler="-XX:Tier3DelayOn=100000 -XX:InlineSmallCode=6000"

# Sets "collector" to the options. What a JDK has is noted in the folder $1.
choose_collector() {
    chosen=$1/gc-$runtime
    collector=
    [ ! -s "$chosen" ] || read -r collector <"$chosen"
    [ -z "$collector" ] || return 0
    # Its control thread would wake up each millisecond: up to 3 % of a processor in an idle balancer.
    shenandoah="-XX:+UseShenandoahGC -XX:ShenandoahGCMode=generational"
    calm="-XX:+UnlockExperimentalVMOptions -XX:ShenandoahControlIntervalMin=10"
    for collector in "$shenandoah $calm" "$shenandoah" -XX:+UseZGC; do
        # shellcheck disable=SC2086
        ! "$JAVA_HOME/bin/java" $collector -version >/dev/null 2>&1 || break
    done
    # For the next time; where nothing can be kept, it is asked again.
    { echo "$collector" >"$chosen"; } 2>/dev/null || true
}
