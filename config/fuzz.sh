# SPDX-License-Identifier: Apache-2.0
# What ./build fuzz does. Needs $here, $JAVA_HOME and config/system.sh.
#
# Inputs of new coverage gather in target/fuzz/TARGET, so that each run goes on where the last one ended. An input that
# breaks something is written to target/fuzz/TARGET-crash-SHA1: repair what it broke, and keep it in src/test/corpus/TARGET
# of the module, which the ordinary tests replay.

fuzz_usage() {
    fail "usage: ./build fuzz [--minutes N] [target ...]; targets: $fuzz_targets"
}

# The class of a target, and the module that has it.
fuzz_class() {
    case $1 in
    frames) echo lb-fullnat io.fullnat.core.FramesFuzz ;;
    flows) echo lb-fullnat io.fullnat.core.FlowsFuzz ;;
    families) echo lb-fullnat io.fullnat.core.FamiliesFuzz ;;
    sessions) echo lb-fullnat io.fullnat.core.SessionsFuzz ;;
    configuration) echo lb-examples/balancer io.fullnat.balancer.config.ConfigurationFuzz ;;
    commands) echo lb-examples/balancer io.fullnat.balancer.cli.CommandFuzz ;;
    api) echo lb-examples/balancer io.fullnat.balancer.api.ApiFuzz ;;
    http) echo lb-examples/balancer io.fullnat.balancer.server.HttpFuzz ;;
    *) return 1 ;;
    esac
}

fuzz() {
    fuzz_targets="frames flows families sessions configuration commands api http"
    minutes=5
    chosen=
    while [ $# -gt 0 ]; do
        case $1 in
        --minutes)
            minutes=${2:-}
            case $minutes in '' | *[!0-9]* | 0*) fuzz_usage ;; esac
            shift
            ;;
        *)
            fuzz_class "$1" >/dev/null || fuzz_usage
            chosen="$chosen $1"
            ;;
        esac
        shift
    done
    mvn -B -q -f "$here/pom.xml" -Pfuzz -pl lb-fullnat,lb-examples/balancer -am package dependency:build-classpath \
        -DskipTests -Dmdep.outputFile=target/fuzz-class-path -Dmdep.includeScope=test
    failed=
    for target in ${chosen:-$fuzz_targets}; do
        fuzz_one "$target" || failed="$failed $target"
    done
    [ -z "$failed" ] || fail "found something:$failed; the inputs are in $here/target/fuzz"
}

# Runs one target. The JVM has the options of tests, and may be given an agent.
fuzz_one() {
    # shellcheck disable=SC2046
    set -- "$1" $(fuzz_class "$1")
    module=$here/$2
    mkdir -p "$here/target/fuzz/$1"
    say "fuzz $1: $minutes min, $here/target/fuzz/$1.log"
    rc=0
    (
        cd "$here/target/fuzz"
        "$JAVA_HOME/bin/java" -Xmx2g -XX:+EnableDynamicAgentLoading --sun-misc-unsafe-memory-access=allow \
            --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED --enable-native-access=ALL-UNNAMED \
            -Dlogback.configurationFile="$here/config/fuzz-log.xml" \
            -cp "$module/target/test-classes:$module/target/classes:$(cat "$module/target/fuzz-class-path")" \
            com.code_intelligence.jazzer.Jazzer --target_class="$3" --reproducer_path=. \
            '--instrumentation_includes=io.fullnat.**:org.snakeyaml.**' \
            -max_total_time=$((minutes * 60)) -max_len=4096 -timeout=300 -rss_limit_mb=0 -use_value_profile=1 \
            -artifact_prefix="$1-" -print_final_stats=1 "$1" "$module/src/test/corpus/$1" >"$1.log" 2>&1
    ) || rc=$?
    grep -E '^(stat::number_of_executed_units|== Java Exception|SUMMARY)' "$here/target/fuzz/$1.log" >&2 || true
    return $rc
}
