// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import java.util.List;

/// A part of a balancer that has something to tell. Thread-safe.
interface Source {
    /// All that it may tell, whether or not there is anything now.
    List<Family> families();

    /// Reads the values of those that are wanted, and of others at will.
    void read(Samples samples);
}
