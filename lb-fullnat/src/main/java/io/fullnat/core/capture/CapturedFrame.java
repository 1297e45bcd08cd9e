// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import io.fullnat.api.counter.Outcome;
import java.util.Optional;

/// A frame that a worker received or sent. Immutable, as long as nobody changes the bytes.
///
/// @param nanos the time of the burst that it was in, nanoseconds since 1970
/// @param port by number
/// @param worker by number
/// @param sent whether it was sent; else it was received
/// @param outcome how the packet ended; empty for packets of the balancer's own, and for what was
///   not known to end
/// @param ofKernel whether the machine's kernel sent it, by the interface beside the port
/// @param id the same for a packet that was received and then sent; no other's
/// @param length of the whole frame
/// @param bytes its beginning, as it was received or sent
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record CapturedFrame(
        long nanos,
        int port,
        int worker,
        boolean sent,
        Optional<Outcome> outcome,
        boolean ofKernel,
        long id,
        int length,
        byte[] bytes) {}
