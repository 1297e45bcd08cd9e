// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.transmit.WorkerCounters;
import org.jspecify.annotations.Nullable;

/// Chooses what tells the real server of a connection who its client is, as the connection's
/// service says ([ClientDisclosure]). For the worker's thread.
public final class ClientTelling implements Modifiers.Choice {
    private final Toa toa;
    private final Uoa uoa;

    /// @param counters of the worker
    public ClientTelling(WorkerCounters counters) {
        toa = new Toa(counters);
        uoa = new Uoa(counters);
    }

    @Override
    public @Nullable PacketModifier choose(long entry, ServiceEntry service) {
        ClientDisclosure how = service.service().policy().disclosure();
        if (Memory.getByte(entry + ConnectionLayout.PROTOCOL) == Ipv4.PROTOCOL_TCP) {
            return how.toa() ? toa : null;
        }
        return how.uoa() != ClientDisclosure.Uoa.OFF && Uoa.suits(entry, how.uoa()) ? uoa : null;
    }
}
