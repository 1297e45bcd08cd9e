// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.cookie.CookieOffer;
import io.fullnat.core.packet.ClientOptionForm;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import org.jspecify.annotations.Nullable;

/// How a service with a SYN proxy answers SYNs. Not changed after construction.
public final class ProxiedSyns {
    /// What an IPv6 header is longer than one of IPv4.
    private static final int LONGER = Ipv6.HEADER_LENGTH - Ipv4.MIN_HEADER_LENGTH;

    /// To a host that takes less no segments are sent by anybody.
    private static final int LEAST = 64;

    private final SynProxy proxy;
    private final int from;
    private final CookieOffer offer;
    private final int most;
    private final int less4;
    private final int less6;

    private ProxiedSyns(VirtualService service) {
        TcpPolicy tcp = service.policy().tcp();
        proxy = tcp.synProxy();
        int limit = service.policy().limits().halfOpen();
        from = limit > 0 ? Math.min(proxy.from(), limit) : proxy.from();
        boolean timestamps = proxy.timestamps() && !tcp.stripsTimestamps();
        offer = new CookieOffer(proxy.scale(), proxy.selective(), timestamps);
        int clamp = tcp.mss() > 0 ? tcp.mss() : TcpPolicy.MAX_MSS;
        most = proxy.segmentSize() > 0 ? Math.min(proxy.segmentSize(), clamp) : clamp;
        ClientDisclosure disclosure = service.policy().disclosure();
        boolean anySix =
                service.realServers().stream()
                        .map(server -> server.endpoint().address())
                        .anyMatch(address -> !Addresses.isIpv4(address.high(), address.low()));
        less4 = (disclosure.toa() ? ClientOptionForm.LENGTH_IPV4 : 0) + (anySix ? LONGER : 0);
        less6 = disclosure.toa() ? ClientOptionForm.LENGTH_IPV6 : 0;
    }

    /// That of a service.
    ///
    /// @param service the desired state
    /// @return null if it has no SYN proxy
    static @Nullable ProxiedSyns of(VirtualService service) {
        return service.policy().tcp().synProxy().isUsed() ? new ProxiedSyns(service) : null;
    }

    /// Whether each SYN is answered.
    ///
    /// @return false if that depends on [#from()]
    public boolean isAlways() {
        return proxy.mode() == SynProxy.Mode.ALWAYS;
    }

    /// From how many half-open connections on SYNs are answered.
    ///
    /// @return 0 for [#isAlways()]
    public int from() {
        return from;
    }

    /// What clients are offered.
    ///
    /// @return in place of real servers
    public CookieOffer offer() {
        return offer;
    }

    /// The largest segment that a client may send: what its link carries, and real servers take,
    /// with what is put into it on the way.
    ///
    /// @param ipv6 whether the client is of IPv6
    /// @param mtu of its link
    /// @return 64 to 65,495
    public int segmentSize(boolean ipv6, int mtu) {
        int headers =
                (ipv6 ? Ipv6.HEADER_LENGTH + less6 : Ipv4.MIN_HEADER_LENGTH + less4)
                        + Tcp.MIN_HEADER_LENGTH;
        return Math.max(LEAST, Math.min(most, mtu - headers));
    }
}
