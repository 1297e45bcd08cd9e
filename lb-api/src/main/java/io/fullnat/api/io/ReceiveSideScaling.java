// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// How a port spreads TCP and UDP packets over its receive queues: the low bits of the Toeplitz
/// hash of addresses and ports select an entry of a redirection table, which names the queue
/// (Microsoft, "RSS Hashing Functions"; the NIC's own description for key and table).
///
/// Who knows both can choose a port such that the answer arrives where it is awaited.
///
/// Immutable and thread-safe.
public final class ReceiveSideScaling {
    private static final int IPV4_TUPLE_LENGTH = 12;
    private static final int IPV6_TUPLE_LENGTH = 36;

    /// The shortest key for tuples of IPv6.
    private static final int IPV6_KEY_LENGTH = IPV6_TUPLE_LENGTH + Integer.BYTES;

    private final Toeplitz ipv4;
    private final @Nullable Toeplitz ipv6;
    private final int[] redirection;

    /// A port's way to spread packets, those of IPv6 too if the key is long enough.
    ///
    /// @param key of the hash, 16 bytes or more, for IPv6 40; NICs have 40 or 52
    /// @param redirection queues by the low bits of the hash; as many as a power of two
    /// @throws IllegalArgumentException if a length does not fit, or a queue is negative
    public ReceiveSideScaling(byte[] key, int[] redirection) {
        this(key, redirection, key.length >= IPV6_KEY_LENGTH);
    }

    /// A port's way to spread packets.
    ///
    /// @param key of the hash, 16 bytes or more, for IPv6 40; NICs have 40 or 52
    /// @param redirection queues by the low bits of the hash; as many as a power of two
    /// @param spreadsIpv6 whether addresses and ports of TCP and UDP over IPv6 are hashed as well
    /// @throws IllegalArgumentException if a length does not fit, or a queue is negative
    public ReceiveSideScaling(byte[] key, int[] redirection, boolean spreadsIpv6) {
        if (Integer.bitCount(redirection.length) != 1) {
            throw new IllegalArgumentException(
                    "a redirection table of " + redirection.length + " is no power of two");
        }
        for (int queue : redirection) {
            if (queue < 0) {
                throw new IllegalArgumentException("queue " + queue + " is negative");
            }
        }
        this.ipv4 = new Toeplitz(key, IPV4_TUPLE_LENGTH);
        this.ipv6 = spreadsIpv6 ? new Toeplitz(key, IPV6_TUPLE_LENGTH) : null;
        this.redirection = redirection.clone();
    }

    /// The queue on which a packet over IPv4 arrives.
    ///
    /// @param addresses source and destination address, as the eight bytes lie in the packet, read
    ///   as one word in the machine's order
    /// @param ports source and destination port, as the four bytes lie in the packet
    /// @return its queue
    public int queue(long addresses, int ports) {
        return redirection[ipv4.hash(addresses, ports) & redirection.length - 1];
    }

    /// Whether packets over IPv6 are spread by the same rule.
    ///
    /// @return false if [#queue(long, long, long, long, int)] cannot be asked
    public boolean spreadsIpv6() {
        return ipv6 != null;
    }

    /// The queue on which a packet over IPv6 arrives. Words are read from the packet in the
    /// machine's order.
    ///
    /// @param source0 the first eight bytes of its source address as they lie in the packet
    /// @param source1 the last eight
    /// @param destination0 the first eight bytes of its destination address
    /// @param destination1 the last eight
    /// @param ports source and destination port, as the four bytes lie in the packet
    /// @return its queue
    /// @throws IllegalStateException unless [#spreadsIpv6()]
    public int queue(long source0, long source1, long destination0, long destination1, int ports) {
        Toeplitz hash = ipv6;
        if (hash == null) {
            throw new IllegalStateException("the port spreads no packets over IPv6");
        }
        int bits = hash.hash(source0, source1, destination0, destination1, ports);
        return redirection[bits & redirection.length - 1];
    }

    /// Whether packets arrive on each of the first queues, and on no other.
    ///
    /// @param queues how many
    /// @return false if a queue is left out, or another one used
    public boolean isOver(int queues) {
        return highestQueue() < queues && Arrays.stream(redirection).distinct().count() == queues;
    }

    /// The highest queue that packets are sent to.
    ///
    /// @return 0 or more
    public int highestQueue() {
        int highest = 0;
        for (int queue : redirection) {
            highest = Math.max(highest, queue);
        }
        return highest;
    }
}
