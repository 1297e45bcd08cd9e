// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import java.util.OptionalInt;

/// A frame of a capture. Immutable, as long as nobody changes the bytes; thread-safe.
///
/// @param seenAt where it was seen
/// @param nanos when, since 1970; 0 if the file does not say
/// @param direction which way it passed there
/// @param queue of the interface: for a capture of fullnat, the worker; empty if not said
/// @param id the same for all frames that are one packet's; 0 if not said
/// @param length of the whole frame, of which `bytes` may be the beginning
/// @param bytes the Ethernet frame without its check sequence
/// @param comment one or more lines, empty if there is none
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record CapturedPacket(
        CaptureInterface seenAt,
        long nanos,
        Direction direction,
        OptionalInt queue,
        long id,
        int length,
        byte[] bytes,
        String comment) {
    /// Which way a frame passed, as pcapng counts.
    public enum Direction {
        /// The file does not say.
        UNKNOWN,
        /// It was received.
        IN,
        /// It was sent.
        OUT
    }

    /// A frame of which no more is known.
    static CapturedPacket plain(CaptureInterface seenAt, long nanos, int length, byte[] bytes) {
        return new CapturedPacket(
                seenAt, nanos, Direction.UNKNOWN, OptionalInt.empty(), 0, length, bytes, "");
    }

    /// Whether all of the frame was captured.
    ///
    /// @return false if it was cut off
    public boolean isWhole() {
        return bytes.length >= length;
    }
}
