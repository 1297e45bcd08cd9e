// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// How a connection ended.
public enum TcpEnd {
    /// Both ends sent all they had and the FINs were acknowledged.
    ORDERLY,
    /// The peer, or somebody on the way, sent a RST.
    RESET,
    /// This end gave up with [TcpConnection#abort()].
    ABORTED,
    /// The peer did not answer.
    TIMED_OUT
}
