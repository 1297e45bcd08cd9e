// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.persistence;

import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.Persistence.Quiesced;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.Masks;

/// The templates of one service: who is one client to it, and for how long. Immutable; all workers
/// share its table.
public final class ClientTemplates {
    private static final int IPV4_BITS_ABOVE = 96;

    private final TemplateTable table;
    private final int service;
    private final int timeout;
    private final boolean honoured;
    private final long ipv4Low;
    private final long ipv6High;
    private final long ipv6Low;

    /// The templates of a service.
    ///
    /// @param table of all services
    /// @param service the service's slot
    /// @param persistence what the service says of them
    public ClientTemplates(TemplateTable table, int service, Persistence persistence) {
        this.table = table;
        this.service = service;
        timeout = (int) persistence.timeout().toSeconds();
        honoured = persistence.quiesced() == Quiesced.HONOUR;
        ipv4Low = Masks.low(IPV4_BITS_ABOVE + persistence.ipv4Length());
        ipv6High = Masks.high(persistence.ipv6Length());
        ipv6Low = Masks.low(persistence.ipv6Length());
    }

    /// Whether clients of a server with the weight 0 stay with it.
    ///
    /// @return false if their templates are dropped
    public boolean isHonoured() {
        return honoured;
    }

    /// The first half of the address by which a client is known.
    ///
    /// @param high first half of its address
    /// @return without the bits that do not count
    public long high(long high) {
        return high & ipv6High; // 0 of IPv4 in any case
    }

    /// The last half.
    ///
    /// @param high first half of its address
    /// @param low last half
    /// @return without the bits that do not count
    public long low(long high, long low) {
        return low & (Addresses.isIpv4(high, low) ? ipv4Low : ipv6Low);
    }

    /// Finds a client's template, which lasts anew.
    ///
    /// @param high first half of the client's address
    /// @param low last half
    /// @param now the second
    /// @return the slot of its server, or [TemplateTable#NONE]
    public int find(long high, long low, int now) {
        return table.find(service, high(high), low(high, low), now, timeout);
    }

    /// Makes a client's template.
    ///
    /// @param high first half of the client's address
    /// @param low last half
    /// @param server slot of the server that was chosen
    /// @param stale slot of the server that it must not lead to, or [TemplateTable#NONE]
    /// @param now the second
    /// @return as [TemplateTable#claim]
    public int claim(long high, long low, int server, int stale, int now) {
        return table.claim(service, high(high), low(high, low), server, stale, now, timeout);
    }

    /// A connection of a client has been established.
    ///
    /// @param high first half of the client's address
    /// @param low last half
    public void prove(long high, long low) {
        table.prove(service, high(high), low(high, low));
    }
}
