#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compares the API with that of another commit; fails if what compiled or ran with that one does not with this:
#   config/compare-api.sh COMMIT
# Reports are in target/japicmp of each module. With a release it is ./build verify -Dbaseline=VERSION.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
[ $# = 1 ] || { echo "usage: config/compare-api.sh COMMIT" >&2; exit 2; }
commit=$(git -C "$here" rev-parse --verify "$1^{commit}")
jars=$here/target/baseline/$commit
modules=lb-api,lb-testing,lb-fullnat,lb-dpdk-io

if [ ! -e "$jars/lb-dpdk-io.jar" ]; then
    work=$(mktemp -d)
    leave() {
        git -C "$here" worktree remove --force "$work/then" 2>/dev/null || true
        rm -rf "$work"
    }
    trap leave EXIT
    trap 'exit 1' INT TERM HUP
    git -C "$here" worktree add -q --detach "$work/then" "$commit"
    there= # a module may be younger than the commit
    for module in $(echo "$modules" | tr , ' '); do
        [ ! -d "$work/then/$module" ] || there="$there $module"
    done
    "$work/then/build" -B -q -DskipTests -pl "$(echo $there | tr ' ' ,)" -am package
    mkdir -p "$jars"
    for module in $there; do
        cp "$work/then/$module/target/$module"-*.jar "$jars/$module.jar"
    done
fi
"$here/build" -B -q -DskipTests -pl $modules -am verify -Dbaseline.jars="$jars"
echo "compare-api: the API is compatible with that of $commit"
