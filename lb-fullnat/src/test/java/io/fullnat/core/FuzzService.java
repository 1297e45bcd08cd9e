// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// Services of a [FuzzBalancer] that look into packets or change more of them than addresses and
/// ports; of each there are four, for clients and real servers of either family. A real server's
/// port tells which it is.
enum FuzzService {
    COOKIES_AND_OPTION,
    COOKIES_AND_HEADER,
    OPTION,
    TEXT_HEADER,
    HEADER,
    QUIC_LB,
    QUIC_DPVS,
    DATAGRAM_HEADER,
    DATAGRAM_OPTION;

    static final int FAMILIES = 4;

    /// Of the server whose QUIC-LB id ends with 01.
    static final int SECOND_SERVER = 500;

    private static final int FIRST_PORT = 9_000;
    private static final String KEY = "8f95f09245765f80256934e50c66207f";

    private static final ClientDisclosure TOLD =
            ClientDisclosure.NONE.withProxyTlvs(Set.of(ProxyTlv.values()));

    /// One of the four.
    ///
    /// @param what it does
    /// @param client6 whether clients are of IPv6
    /// @param server6 whether real servers are
    record One(FuzzService what, boolean client6, boolean server6) {
        boolean isTcp() {
            return what.ordinal() < QUIC_LB.ordinal();
        }

        /// Of the service and of its first server.
        int port() {
            return FIRST_PORT + FAMILIES * what.ordinal() + (client6 ? 2 : 0) + (server6 ? 1 : 0);
        }

        ServiceKey key() {
            String vip = client6 ? Rig6.VIP : Rig.VIP;
            return isTcp() ? ServiceKey.tcp(vip, port()) : ServiceKey.udp(vip, port());
        }

        VirtualService service() {
            String local = server6 ? Rig6.LOCAL : Rig.LOCAL;
            VirtualService service =
                    VirtualService.of(key())
                            .withScheduler("rr")
                            .withLocalAddress(LocalAddress.of(local, "lan"))
                            .withPolicy(what.policy());
            for (int i = 0; i < (isTcp() ? 1 : 2); i++) {
                service = service.withRealServer(server(i));
            }
            return service;
        }

        private RealServer server(int number) {
            RealServer server =
                    RealServer.of(
                            server6 ? Rig6.SERVER : Rig.SERVER, port() + number * SECOND_SERVER);
            return what == QUIC_LB
                    ? server.toBuilder().quicIds(List.of("ab0" + number)).build()
                    : server;
        }
    }

    /// Each in a place of its own.
    static List<One> all() {
        return IntStream.range(0, values().length * FAMILIES)
                .mapToObj(i -> new One(values()[i / FAMILIES], (i & 2) != 0, (i & 1) != 0))
                .toList();
    }

    /// What it does.
    ServicePolicy policy() {
        ServicePolicy policy = ServicePolicy.DEFAULT;
        return switch (this) {
            case COOKIES_AND_OPTION ->
                    policy.withTcp(TcpPolicy.KEEP.withFreshIsn(true).withSynProxy(SynProxy.ALWAYS))
                            .withDisclosure(ClientDisclosure.NONE.withToa(true));
            case COOKIES_AND_HEADER ->
                    policy.withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))
                            .withProxyProtocol(ProxyProtocol.V2_INSECURE)
                            .withDisclosure(TOLD);
            case OPTION ->
                    policy.withTcp(TcpPolicy.KEEP.withFreshIsn(true).withMss(TcpPolicy.PATH_MSS))
                            .withDisclosure(ClientDisclosure.NONE.withToa(true));
            case TEXT_HEADER ->
                    policy.withProxyProtocol(ProxyProtocol.V1_INSECURE)
                            .withOutOfWindow(OutOfWindow.DROP);
            case HEADER ->
                    policy.withTcp(TcpPolicy.KEEP.withStripsTimestamps(true))
                            .withProxyProtocol(ProxyProtocol.V2)
                            .withDisclosure(TOLD);
            case QUIC_LB ->
                    policy.withQuic(
                            QuicRouting.parse(
                                    List.of(
                                            "config 1 server-id 2 nonce 4",
                                            "config 2 server-id 2 nonce 6 key " + KEY)));
            case QUIC_DPVS -> policy.withQuic(QuicRouting.parse(List.of(QuicRouting.DPVS)));
            case DATAGRAM_HEADER ->
                    policy.withProxyProtocol(ProxyProtocol.V2_INSECURE).withDisclosure(TOLD);
            case DATAGRAM_OPTION -> policy.withDisclosure(ClientDisclosure.NONE.withUoa(Uoa.OPP));
        };
    }
}
