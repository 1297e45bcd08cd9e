// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// The key of a flow of either family, for connections that IPv6 takes part in; see [ConnectionKey]
/// for its words. A holder to be filled again and again.
///
/// **Thread-safety:** none.
public final class FlowKey implements AutoCloseable {
    /// Source and destination address of IPv6.
    static final int WIDE_LENGTH = 32;

    private final Region copy = Region.allocate(WIDE_LENGTH, "a flow's key");
    private boolean wide;
    private long addresses;
    private long portsAndProtocol;

    /// A holder of no key yet.
    public FlowKey() {}

    /// Fills in a key of IPv4.
    ///
    /// @param addresses its first word
    /// @param portsAndProtocol its second word
    /// @return this key
    public FlowKey ipv4(long addresses, long portsAndProtocol) {
        wide = false;
        this.addresses = addresses;
        this.portsAndProtocol = portsAndProtocol;
        return this;
    }

    /// Fills in a key of IPv6.
    ///
    /// @param addresses where its source and destination address lie, 32 bytes, which are copied
    /// @param portsAndProtocol its second word
    /// @return this key
    public FlowKey ipv6(long addresses, long portsAndProtocol) {
        wide = true;
        copyAddresses(addresses, copy.address());
        this.addresses = copy.address();
        this.portsAndProtocol = portsAndProtocol;
        return this;
    }

    /// Fills in a key of IPv6 from numbers.
    ///
    /// @param sourceHigh first half of the source address
    /// @param sourceLow last half
    /// @param destinationHigh first half of the destination address
    /// @param destinationLow last half
    /// @param portsAndProtocol its second word
    /// @return this key
    public FlowKey ipv6(
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            long portsAndProtocol) {
        wide = true;
        addresses = copy.address();
        Memory.putLong(addresses, Long.reverseBytes(sourceHigh));
        Memory.putLong(addresses + 8, Long.reverseBytes(sourceLow));
        Memory.putLong(addresses + 16, Long.reverseBytes(destinationHigh));
        Memory.putLong(addresses + 24, Long.reverseBytes(destinationLow));
        this.portsAndProtocol = portsAndProtocol;
        return this;
    }

    /// Fills in the key of packets the other way.
    ///
    /// @param reversed gets this key with source and destination exchanged
    public void reverse(FlowKey reversed) {
        int ports = Integer.rotateLeft((int) portsAndProtocol, 16);
        int protocol = ConnectionKey.protocol(portsAndProtocol);
        reversed.wide = wide;
        reversed.portsAndProtocol = ConnectionKey.portsAndProtocol(ports, protocol);
        reversed.addresses = Long.rotateLeft(addresses, 32);
        if (wide) {
            long other = reversed.copy.address();
            Memory.copy(addresses, other + WIDE_LENGTH / 2, WIDE_LENGTH / 2);
            Memory.copy(addresses + WIDE_LENGTH / 2, other, WIDE_LENGTH / 2);
            reversed.addresses = other;
        }
    }

    /// Changes the ports of a key, whose addresses stay.
    ///
    /// @param portsAndProtocol its second word
    /// @return this key
    public FlowKey ports(long portsAndProtocol) {
        this.portsAndProtocol = portsAndProtocol;
        return this;
    }

    /// Word by word: a call of the system's copy costs more than these.
    static void copyAddresses(long from, long to) {
        Memory.putLong(to, Memory.getLong(from));
        Memory.putLong(to + 8, Memory.getLong(from + 8));
        Memory.putLong(to + 16, Memory.getLong(from + 16));
        Memory.putLong(to + 24, Memory.getLong(from + 24));
    }

    /// Its family.
    ///
    /// @return true for IPv6
    public boolean isWide() {
        return wide;
    }

    /// Its addresses.
    ///
    /// @return the first word of a key of IPv4; of IPv6 where the 32 bytes lie, which are this
    ///   key's own
    public long addresses() {
        return addresses;
    }

    /// Its second word.
    ///
    /// @return as in [ConnectionKey#portsAndProtocol]
    public long portsAndProtocol() {
        return portsAndProtocol;
    }

    @Override
    public void close() {
        copy.close();
    }
}
