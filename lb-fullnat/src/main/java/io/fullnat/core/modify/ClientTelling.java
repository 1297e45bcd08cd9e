// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.cookie.SipHash;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.transmit.WorkerCounters;
import org.jspecify.annotations.Nullable;

/// Chooses what tells the real server of a connection who its client is, as the connection's
/// service says ([ClientDisclosure], [ProxyProtocol]). For the worker's thread.
public final class ClientTelling implements Modifiers.Choice {
    private final Toa toa;
    private final Uoa uoa;
    private final ProxyStream proxyStream;
    private final ProxyDatagrams proxyDatagrams;

    private ClientTelling(FlowContext context, long seed, int worker) {
        ProxyTlvs tlvs = new ProxyTlvs(unique(seed, worker));
        WorkerCounters counters = context.stack().counters();
        SequenceShifts shifts = context.table().shifts();
        toa = new Toa(counters);
        uoa = new Uoa(counters);
        proxyStream = new ProxyStream(shifts, counters, tlvs);
        proxyDatagrams = new ProxyDatagrams(counters, tlvs);
    }

    /// Has it chosen for the connections of a worker from now on.
    ///
    /// @param context of the worker
    /// @param capacity how many of them can be modified at once
    /// @param seed a secret of the process
    /// @param worker its number among those of the process
    public static void begin(FlowContext context, int capacity, long seed, int worker) {
        context.modify(capacity, new ClientTelling(context, seed, worker));
    }

    /// A number that no other worker has, of this process or another: it says nothing of the seed.
    private static long unique(long seed, int worker) {
        return new SipHash().begin(seed, ~seed).add(worker).end((long) Long.BYTES << 56);
    }

    @Override
    public boolean mayChoose(ServiceEntry service) {
        return service.tellsServers();
    }

    @Override
    public @Nullable PacketModifier choose(long entry, ServiceEntry service) {
        ServicePolicy policy = service.service().policy();
        boolean tcp = Memory.getByte(entry + ConnectionLayout.PROTOCOL) == Ipv4.PROTOCOL_TCP;
        if (policy.proxyProtocol() != ProxyProtocol.DISABLE) {
            return tcp ? proxyStream : proxyDatagrams;
        }
        ClientDisclosure how = policy.disclosure();
        if (tcp) {
            return how.toa() ? toa : null;
        }
        return how.uoa() != ClientDisclosure.Uoa.OFF && Uoa.suits(entry, how.uoa()) ? uoa : null;
    }

    /// A stream without a header may begin with one that the client has made up, and a handshake
    /// that nobody looks at may carry its TOA. A UOA of the client is not taken out in any case.
    @Override
    public boolean isNeeded(ServiceEntry service) {
        ServicePolicy policy = service.service().policy();
        return policy.proxyProtocol() != ProxyProtocol.DISABLE || policy.disclosure().toa();
    }
}
