// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

/// What was read at the end of one interval.
///
/// @param seconds since the start
/// @param packets received in the interval
/// @param nsPerPacket the worker's processor time in the interval for each of them
/// @param connections in the table
/// @param buffers in use
/// @param heapBytes in use after a collection
/// @param residentBytes of the process in memory
/// @param offHeapBytes allocated outside the heap by Java code: tables, counters, buffers; 0 if the
///   JVM does not track it
/// @param threads of Java
/// @param files open
/// @param commands carried out since the start
record Sample(
        double seconds,
        long packets,
        double nsPerPacket,
        long connections,
        long buffers,
        long heapBytes,
        long residentBytes,
        long offHeapBytes,
        long threads,
        long files,
        long commands) {
    private static final double MIB = 1 << 20;

    static String header() {
        return "%8s %9s %7s %9s %7s %8s %8s %8s %7s %5s %8s"
                .formatted(
                        "seconds",
                        "Mpackets",
                        "ns each",
                        "connect.",
                        "buffers",
                        "heap MiB",
                        "RSS MiB",
                        "off-heap",
                        "threads",
                        "files",
                        "commands");
    }

    String line() {
        return "%8.0f %9.1f %7.1f %9d %7d %8.1f %8.1f %8.1f %7d %5d %8d"
                .formatted(
                        seconds,
                        packets / 1e6,
                        nsPerPacket,
                        connections,
                        buffers,
                        heapBytes / MIB,
                        residentBytes / MIB,
                        offHeapBytes / MIB,
                        threads,
                        files,
                        commands);
    }
}
