#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds what is published twice, and the packages, from clean checkouts of a commit in two folders, and compares the bytes:
#   config/reproducible.sh [COMMIT]
# Says the SHA-256 of each file; ends with 1 if a file differs or is missing.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
commit=$(git -C "$here" rev-parse --verify "${1:-HEAD}^{commit}")
work=$(mktemp -d)
leave() {
    for side in one the-other-one; do
        git -C "$here" worktree remove --force "$work/$side" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

for side in one the-other-one; do
    git -C "$here" worktree add -q --detach "$work/$side" "$commit"
    # Elsewhere, in another language, at another time: none of it may show.
    (
        cd "$work/$side"
        if [ "$side" = one ]; then LC_ALL=C TZ=UTC; else LC_ALL=C.UTF-8 TZ=Pacific/Auckland; fi
        export LC_ALL TZ
        ./build -B -q -Prelease -DskipTests -pl bom,lb-api,lb-testing,lb-fullnat,lb-dpdk-io,lb-examples/demo -am package >&2
        config/dist.sh "$work/$side-dist" >&2
        ! command -v mmdebstrap >/dev/null || ! command -v umoci >/dev/null || config/image.sh "$work/$side-dist" >&2
        (cd "$work/$side-dist" && sha256sum -- *)
        find bom/target lb-api/target lb-testing/target lb-fullnat/target lb-dpdk-io/target -maxdepth 1 \
            \( -name '*.jar' -o -name 'published-pom.xml' -o -name '*-sbom.*' \) | sort | xargs sha256sum
    ) >"$work/$side.sums"
done

cat "$work/one.sums"
if [ ! -s "$work/one.sums" ] || ! diff "$work/one.sums" "$work/the-other-one.sums"; then
    echo "reproducible: two builds of $commit differ" >&2
    exit 1
fi
echo "reproducible: two builds of $commit have equal bytes"
