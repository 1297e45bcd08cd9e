#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a site of README, docs/, the sources that they link to, and Javadoc; fails if a link leads nowhere or a page loads
# anything from elsewhere:
#   config/site.sh [FOLDER]        (./build site installs the generator and builds before)
# JARS names the jars (parted by colons) that what is published needs.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
me=site
# shellcheck source=config/system.sh
. "$here/config/system.sh"
find_jdk 25
: "${JARS:?}"
command -v mkdocs >/dev/null || fail "mkdocs is missing; type: ./build site"
mkdir -p "${1:-$here/target/site}"
folder=$(cd "${1:-$here/target/site}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

mkdir "$work/input"
"$JAVA_HOME/bin/java" "$here/config/site/PreparePages.java" "$here" "$work/input" "$folder" "$work/mkdocs.yml" javadoc
# The generator wants to see what its menu leads to.
mkdir "$work/input/javadoc"
modules=
set --
for module in api:lb-api core:lb-fullnat dpdk:lb-dpdk-io testing:lb-testing; do
    modules=$modules${modules:+,}io.fullnat.${module%%:*}
    set -- "$@" --module-source-path "io.fullnat.${module%%:*}=$here/${module#*:}/src/main/java"
done
# Of two jars with one module only the first is looked at; ours are sources here.
jars=
IFS=:
for jar in $JARS; do
    case ${jar##*/} in
    agrona-* | slf4j-api-* | jctools-core-jdk11-* | jspecify-* | micrometer-* | junit-jupiter-api-* | opentest4j-* | \
        apiguardian-api-* | junit-platform-commons-*) jars=$jars${jars:+:}$jar ;;
    esac
done
unset IFS
# Comments are judged by the build.
"$JAVA_HOME/bin/javadoc" -quiet -Xdoclint:none -notimestamp -windowtitle fullnat -doctitle "fullnat" --module-path "$jars" "$@" \
    --module "$modules" -d "$work/input/javadoc" >"$work/log" 2>&1 || fail "javadoc: $(cat "$work/log")"
rm -rf "${folder:?}"/*
mkdocs build -q --config-file "$work/mkdocs.yml" >"$work/log" 2>&1 || fail "mkdocs: $(cat "$work/log")"
"$JAVA_HOME/bin/java" "$here/config/site/CheckLinks.java" "$folder"
say "$folder/index.html"
