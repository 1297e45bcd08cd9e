// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.FlowTuple;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.io.Toeplitz;
import java.nio.ByteBuffer;

/// The Toeplitz hash alone: on which receive queue a NIC brings the packets of a flow. Immutable.
public final class ReceiveQueues {
    private static final int TUPLE_LENGTH = 12;

    private final Toeplitz hash;
    private final int[] redirection;

    /// Queues of a NIC.
    ///
    /// @param key of its hash, as `ethtool -x` shows it
    /// @param redirection its table; as many entries as a power of two
    public ReceiveQueues(byte[] key, int... redirection) {
        hash = new Toeplitz(key, TUPLE_LENGTH);
        this.redirection = redirection.clone();
    }

    /// The queue of a flow's packets.
    ///
    /// @param tuple of the packets, over IPv4
    /// @return its number
    public int queue(FlowTuple tuple) {
        return redirection[hash(tuple) & redirection.length - 1];
    }

    /// The hash that the NIC reports of a flow's packets.
    ///
    /// @param tuple of the packets, over IPv4
    /// @return 32 bits
    public int hash(FlowTuple tuple) {
        ByteBuffer input = ByteBuffer.allocate(TUPLE_LENGTH);
        input.putInt(((Ipv4Address) tuple.source().address()).bits());
        input.putInt(((Ipv4Address) tuple.destination().address()).bits());
        input.putShort((short) tuple.source().port());
        input.putShort((short) tuple.destination().port());
        return hash.hash(input.array());
    }
}
