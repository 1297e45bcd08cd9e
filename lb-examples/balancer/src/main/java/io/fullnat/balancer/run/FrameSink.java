// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.core.capture.CapturedFrame;
import java.io.IOException;

/// Gets captured frames, lot by lot. For one thread.
public interface FrameSink {
    /// Takes a frame.
    ///
    /// @param frame the next one
    /// @throws IOException if no more can be taken
    void frame(CapturedFrame frame) throws IOException;

    /// Tells how many frames were captured and lost so far.
    ///
    /// @param nanos since 1970
    /// @param captured fetched or not
    /// @param lost wanted, and not there
    /// @throws IOException if nobody reads
    void counts(long nanos, long captured, long lost) throws IOException;

    /// Ends a lot: lets the reader have what there is.
    ///
    /// @throws IOException if nobody reads
    void flush() throws IOException;
}
