// SPDX-License-Identifier: Apache-2.0
/// DPDK ports as packet I/O, called from Java through the foreign function and memory API: no C
/// code of our own. Start the JVM with `--enable-native-access=io.fullnat.dpdk` (or `=ALL-UNNAMED`
/// on the class path).
@org.jspecify.annotations.NullMarked
module io.fullnat.dpdk {
    requires static org.jspecify;
    requires transitive io.fullnat.api;
    requires org.slf4j;

    exports io.fullnat.dpdk;
}
