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
        Memory.copy(addresses, copy.address(), WIDE_LENGTH);
        this.addresses = copy.address();
        this.portsAndProtocol = portsAndProtocol;
        return this;
    }

    /// Its family.
    ///
    /// @return true for IPv6
    public boolean isWide() {
        return wide;
    }

    /// The first word of IPv4, the address of the 32 bytes of IPv6.
    long addresses() {
        return addresses;
    }

    long portsAndProtocol() {
        return portsAndProtocol;
    }

    @Override
    public void close() {
        copy.close();
    }
}
