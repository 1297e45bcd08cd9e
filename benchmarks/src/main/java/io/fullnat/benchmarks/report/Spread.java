// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where the figures of several rounds lie.
///
/// @param min the least
/// @param median the middle one, or the mean of both
/// @param max the greatest
public record Spread(double min, double median, double max) {
    /// Of at least one figure.
    ///
    /// @param figures in any order
    /// @return where they lie
    public static Spread of(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median =
                sorted.size() % 2 == 1
                        ? sorted.get(middle)
                        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(sorted.getFirst(), median, sorted.getLast());
    }

    /// As an object of JSON.
    ///
    /// @return the three, with two decimals
    public Map<String, Object> json() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("min", rounded(min));
        object.put("median", rounded(median));
        object.put("max", rounded(max));
        return object;
    }

    /// With as many decimals as JSON has.
    static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
