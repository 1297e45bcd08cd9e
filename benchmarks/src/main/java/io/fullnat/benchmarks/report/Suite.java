// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/// Measurements that are made in one go and stand in one table.
public interface Suite {
    /// What is measured, a line each.
    List<String> lines();

    /// Measures it all.
    ///
    /// @param progress is told what is being measured
    /// @return what it came to
    /// @throws IOException if something cannot be run
    /// @throws InterruptedException if the thread is interrupted
    Report run(PrintWriter progress) throws IOException, InterruptedException;
}
