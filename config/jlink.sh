#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the embedded example on the module path, and makes an image of it: a runtime of its own that needs no JDK.
#   config/jlink.sh [FOLDER]
# jlink takes no module without a descriptor, and Agrona has none: a copy of its jar gets one here. docs/embedding.md tells
# the steps. JARS, if set, names the jars (parted by colons) instead of a build.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
me=jlink
# shellcheck source=config/system.sh
. "$here/config/system.sh"
find_jdk 25
example=$here/lb-examples/embedded
folder=${1:-$example/target/image}
main=io.fullnat.examples/io.fullnat.examples.EmbeddedBalancer
flags=--add-exports=java.base/jdk.internal.misc=org.agrona
# Who logs is the application's business; SLF4J would say that nobody does.
quiet=-Dslf4j.internal.verbosity=ERROR

if [ -z "${JARS:-}" ]; then
    "$here/build" -B -q -pl lb-examples/embedded -am package -DskipTests \
        org.apache.maven.plugins:maven-dependency-plugin:build-classpath \
        -Dmdep.outputFile=target/class-path -Dmdep.includeScope=runtime
    JARS=$(ls "$example"/target/fullnat-embedded-*.jar):$(cat "$example/target/class-path")
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

mkdir "$work/modules"
agrona=
IFS=:
for jar in $JARS; do
    case ${jar##*/} in
    fullnat-embedded-* | lb-api-* | lb-fullnat-* | jctools-core-* | slf4j-api-*) cp "$jar" "$work/modules/" ;;
    agrona-*) agrona=$jar ;;
    esac
done
unset IFS
[ -n "$agrona" ] || fail "no agrona-*.jar among $JARS"

# 1. As it is, Agrona is an automatic module, with which java runs.
"$JAVA_HOME/bin/java" $flags $quiet -p "$work/modules:$agrona" -m "$main" >"$work/said" || fail "it does not run on the module path"
say "on the module path: $(cat "$work/said")"

# 2. A descriptor for Agrona, made from what its classes use.
"$JAVA_HOME/bin/jdeps" --multi-release base --generate-module-info "$work/descriptor" "$agrona" >"$work/log" 2>&1 ||
    fail "jdeps: $(cat "$work/log")"
"$JAVA_HOME/bin/javac" --patch-module "org.agrona=$agrona" -d "$work/compiled" \
    "$(find "$work/descriptor" -name module-info.java)" >"$work/log" 2>&1 || fail "javac: $(cat "$work/log")"
cp "$agrona" "$work/modules/agrona.jar"
"$JAVA_HOME/bin/jar" --update --file "$work/modules/agrona.jar" -C "$work/compiled" module-info.class

# 3. The image. What java would be told is written into it.
rm -rf "$folder"
"$JAVA_HOME/bin/jlink" --module-path "$work/modules" --add-modules io.fullnat.examples --launcher "embedded=$main" \
    --add-options=" $flags $quiet" --strip-debug --no-header-files --no-man-pages --compress=zip-6 --output "$folder"
"$folder/bin/embedded" >"$work/said" || fail "the image does not run"
say "in $folder, $(du -sm "$folder" | cut -f1) MB: $(cat "$work/said")"
