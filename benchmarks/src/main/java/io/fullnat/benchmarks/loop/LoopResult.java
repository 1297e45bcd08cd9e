package io.fullnat.benchmarks.loop;

import java.util.List;

/// What a case came to.
///
/// @param measured the case
/// @param ns nanoseconds a packet, one for each round
record LoopResult(LoopCase measured, List<Double> ns) {
    LoopResult {
        ns = ns.stream().sorted().toList();
    }

    double min() {
        return ns.getFirst();
    }

    double median() {
        int middle = ns.size() / 2;
        return ns.size() % 2 == 1 ? ns.get(middle) : (ns.get(middle - 1) + ns.get(middle)) / 2;
    }

    double max() {
        return ns.getLast();
    }
}
