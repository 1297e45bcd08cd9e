// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.core.capture.CapturedFrame;
import java.io.IOException;

/// Makes bytes of captured frames. For one thread.
interface FrameSink {
    /// Takes a frame.
    void frame(CapturedFrame frame) throws IOException;

    /// Tells how many frames were captured and lost so far.
    void counts(long nanos, long captured, long lost) throws IOException;

    /// Lets the reader have what there is.
    ///
    /// @throws IOException if nobody reads
    void flush() throws IOException;
}
