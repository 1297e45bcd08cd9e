// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.benchmarks.report.Spread;
import java.util.List;

/// What a case came to.
///
/// @param measured the case
/// @param ns nanoseconds a packet
record LoopResult(LoopCase measured, Spread ns) {
    /// Of several rounds.
    static LoopResult of(LoopCase measured, List<Double> ns) {
        return new LoopResult(measured, Spread.of(ns));
    }
}
