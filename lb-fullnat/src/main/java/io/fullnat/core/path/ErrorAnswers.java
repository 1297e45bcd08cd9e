// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.stack.Frame;

/// What is said to the source of a packet that ends here, in the words of the packet's family. The
/// packet stays the caller's; answers are rate limited. For the worker's thread.
interface ErrorAnswers {
    /// Why something cannot be reached.
    enum Unreachable {
        /// No route leads to the host.
        ROUTE,
        /// Nobody answers for the host.
        HOST,
        /// Nobody is there at the port.
        PORT,
        /// Nobody speaks the protocol.
        PROTOCOL,
        /// Rules keep the source out.
        PROHIBITED
    }

    /// Says that a packet without a connection cannot be delivered.
    ///
    /// @param frame with the packet
    /// @param what cannot be reached
    /// @param servicePort to which it was sent; 0 if there is no service
    void unreachable(Frame frame, Unreachable what, int servicePort);

    /// Says that the hops of a packet without a connection ended here.
    ///
    /// @param frame with the packet
    /// @param servicePort to which it was sent
    void timeExceeded(Frame frame, int servicePort);

    /// Resets the connection that a TCP segment believes in.
    ///
    /// @param frame with the segment
    /// @param servicePort to which it was sent; 0 if there is no service
    void reset(Frame frame, int servicePort);

    /// Says that a packet of a known connection cannot be delivered.
    ///
    /// @param frame with the packet
    /// @param what cannot be reached
    void unreachableToPeer(Frame frame, Unreachable what);

    /// Says that the hops of a packet of a known connection ended here.
    ///
    /// @param frame with the packet
    void timeExceededToPeer(Frame frame);

    /// Says that a packet of a known connection is too large for the next link.
    ///
    /// @param frame with the packet
    /// @param mtu what that link takes
    void tooBigToPeer(Frame frame, int mtu);
}
