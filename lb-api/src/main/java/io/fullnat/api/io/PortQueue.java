// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import java.util.OptionalInt;

/// One receive queue and the transmit queue of the same number: a worker's own access to a port.
///
/// **Thread-safety:** one thread at a time; a worker owns its queue for as long as it runs. Queues
/// of different numbers are independent. No method blocks, allocates or throws for load.
///
/// **Buffers:** a received packet belongs to the caller until it transmits it (on any port of the
/// same [PacketIo]) or frees it through a [BufferPool].
public interface PortQueue {
    /// Takes the packets that have arrived.
    ///
    /// @param burst is cleared, then filled with up to its capacity
    /// @return the number of packets, 0 if none was waiting
    int receive(PacketBurst burst);

    /// Hands packets to the device, in order. For each, the device takes what `data` and `length`
    /// say at the time of the call. It looks neither at the verdict nor at the tag, but for the
    /// tag's [PacketBurst#offloads(int)], of which none means anything yet.
    ///
    /// @param burst packets from index 0 to its size; not changed
    /// @return how many were taken, 0 to the burst's size: always the first ones. The others still
    ///   belong to the caller
    int transmit(PacketBurst burst);

    /// How many packets waited to be received when the device was last asked, which its worker does
    /// now and then, or as it is now. Any thread may call this.
    ///
    /// @return empty if the device does not tell
    default OptionalInt waiting() {
        return OptionalInt.empty();
    }

    /// Why the last [#transmit(PacketBurst)] did not take all packets. Asked only then, by the same
    /// thread. A device counts what it refuses for good among its send errors.
    ///
    /// @return the reason; [Refusal#BUSY] for devices that know no other
    default Refusal refusal() {
        return Refusal.BUSY;
    }
}
