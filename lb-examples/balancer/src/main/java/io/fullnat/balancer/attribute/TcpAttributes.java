// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/// What services do to TCP segments, and how they tell real servers who the client is.
final class TcpAttributes {
    private static final String KEEP = "keep";

    private static final Attribute<VirtualService, ?> PROXY_PROTOCOL =
            new AttributeBuilder<VirtualService, ProxyProtocol>(
                            "proxy-protocol",
                            new Kind.Parsed<>(
                                    ProxyProtocol::parse,
                                    ProxyProtocol::word,
                                    "disable|v1|v2|v1-insecure|v2-insecure"),
                            service -> service.policy().proxyProtocol(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withProxyProtocol(value)),
                            ProxyProtocol.DISABLE,
                            "PROXY header for real servers: v1, v2, v1-insecure, v2-insecure")
                    .listing("proxyProtocol")
                    .ipvsadm(
                            "proxy-protocol",
                            "disable|v1|v2|v1-insecure|v2-insecure",
                            "PROXY header for real servers: disable (default), v1, v2, or -insecure")
                    .rest(
                            "ProxyProtocol",
                            "by which PROXY header real servers are told who the client is:"
                                    + " disable, v1, v2, v1-insecure, v2-insecure",
                            "by which PROXY header real servers are told who the client is")
                    .row(
                            "`disable`, `v1`, `v2`, `v1-insecure`, `v2-insecure`",
                            "`disable`",
                            "by which header real servers are told who the client is:"
                                    + " [PROXY protocol](client-address.md#proxy-protocol); UDP has"
                                    + " no `v1`")
                    .build();

    private static final Attribute<VirtualService, ?> PROXY_TLVS =
            new AttributeBuilder<VirtualService, Set<ProxyTlv>>(
                            "proxy-tlvs",
                            new Kind.Parsed<>(
                                    ProxyTlv::parse,
                                    ProxyTlv::text,
                                    "none|unique-id,service,crc32c"),
                            service -> service.policy().disclosure().proxyTlvs(),
                            (service, value) ->
                                    service.withPolicy(
                                            service.policy()
                                                    .withDisclosure(
                                                            service.policy()
                                                                    .disclosure()
                                                                    .withProxyTlvs(value))),
                            Set.of(),
                            "what a PROXY header v2 says besides: none, unique-id, service, crc32c")
                    .listing("proxyTlvs")
                    .ipvsadm(
                            "proxy-tlvs",
                            "none|unique-id,service,crc32c",
                            "what a PROXY header v2 says besides: none (default), or words with commas")
                    .rest(
                            "ProxyTlvs",
                            "what a PROXY header of version 2 says beside addresses and ports:"
                                    + " none, or some of unique-id, service, crc32c with commas"
                                    + " between",
                            "what a PROXY header of version 2 says beside addresses and ports")
                    .row(
                            "`none`, or `unique-id`, `service`, `crc32c` with commas between",
                            "`none`",
                            "what headers of `v2` and `v2-insecure` say beside addresses and ports:"
                                    + " [TLVs](client-address.md#tlvs)")
                    .build();

    private static final Attribute<VirtualService, ?> ISN =
            word(
                            "isn",
                            "fresh",
                            TcpPolicy::freshIsn,
                            TcpPolicy::withFreshIsn,
                            "initial sequence numbers that real servers see: keep, fresh (TCP)")
                    .listing("isn")
                    .rest(
                            "Isn",
                            "initial sequence numbers that real servers see: \"keep\" the"
                                    + " client's, \"fresh\" ones of the balancer",
                            "initial sequence numbers that real servers see")
                    .row(
                            "`keep`, `fresh`",
                            "`keep`",
                            "whether real servers see the initial sequence numbers of clients, or"
                                    + " fresh ones: [Sequence numbers]"
                                    + "(client-address.md#sequence-numbers); TCP alone")
                    .build();

    private static final Attribute<VirtualService, ?> TIMESTAMPS =
            word(
                            "tcp-timestamps",
                            "strip",
                            TcpPolicy::stripsTimestamps,
                            TcpPolicy::withStripsTimestamps,
                            "TCP timestamps of clients: keep, strip (TCP)")
                    .listing("tcpTimestamps")
                    .rest(
                            "TcpTimestamps",
                            "whether clients and real servers may agree on TCP timestamps: \"keep\","
                                    + " \"strip\"",
                            "whether clients and real servers may agree on TCP timestamps")
                    .row(
                            "`keep`, `strip`",
                            "`keep`",
                            "whether timestamps are taken out of SYNs:"
                                    + " [Timestamps](client-address.md#timestamps); TCP alone")
                    .build();

    private static final Attribute<VirtualService, ?> MSS =
            ofTcp(
                            "mss",
                            new Kind.Parsed<>(
                                    TcpPolicy::parseMss, TcpPolicy::mssWord, "keep|path|BYTES"),
                            TcpPolicy::mss,
                            TcpPolicy::withMss,
                            TcpPolicy.KEEP_MSS,
                            "most bytes of a segment: keep, path (what links carry), 536-65495 (TCP)")
                    .listing("mss")
                    .rest(
                            "Mss",
                            "the largest segment that SYNs may ask for: \"keep\", \"path\" for what"
                                    + " both links carry, or bytes",
                            "the largest segment that SYNs may ask for")
                    .row(
                            "`keep`, `path`, 536-65495",
                            "`keep`",
                            "the largest segment that SYNs of both sides may ask for:"
                                    + " [Segment sizes](client-address.md#segment-sizes); TCP alone")
                    .build();

    private static final Attribute<VirtualService, ?> SYN_PROXY =
            ofTcp(
                            "syn-proxy",
                            new Kind.Parsed<>(
                                    TcpAttributes::readSynProxy,
                                    SynProxy::text,
                                    "off|always|HALF_OPEN[,mss=BYTES][,scale=BITS|no][,sack=no]"
                                            + "[,timestamps=no]"),
                            TcpPolicy::synProxy,
                            TcpPolicy::withSynProxy,
                            SynProxy.OFF,
                            "SYN cookies: off, always, or from so many half-open connections on")
                    .letter('j')
                    .listing("synProxy")
                    .ipvsadm(
                            "synproxy",
                            "enable|disable|HALF_OPEN[,mss=..]",
                            "SYN cookies: disable (default), enable, or from half-open connections on")
                    .rest(
                            "SynProxyMode",
                            "when SYNs are answered with cookies: off, always, or from how many"
                                    + " half-open connections on; and what is offered then, as"
                                    + " \"always,mss=1400,scale=9\"",
                            "when SYNs are answered with cookies, and what is offered then")
                    .row(
                            "`off`, `always`, 1-1000000000; `,mss=`, `,scale=`, `,sack=no`,"
                                    + " `,timestamps=no`",
                            "`off`",
                            "whether SYNs are answered with cookies that take no memory: never,"
                                    + " always, or from so many half-open connections on"
                                    + " ([SYN proxy](syn-proxy.md)); TCP alone")
                    .build();

    /// Those of services, in order.
    static final List<Attribute<VirtualService, ?>> OF_SERVICES =
            List.of(PROXY_PROTOCOL, PROXY_TLVS, ISN, TIMESTAMPS, MSS, SYN_PROXY);

    private TcpAttributes() {}

    /// DPVS has two words.
    private static SynProxy readSynProxy(String text) {
        return switch (text) {
            case "enable" -> SynProxy.ALWAYS;
            case "disable" -> SynProxy.OFF;
            default -> SynProxy.parse(text);
        };
    }

    private static AttributeBuilder<VirtualService, Boolean> word(
            String name,
            String other,
            Function<TcpPolicy, Boolean> get,
            BiFunction<TcpPolicy, Boolean, TcpPolicy> with,
            String text) {
        Kind<Boolean> kind = new Kind.Choice<>(List.of(false, true), value -> value ? other : KEEP);
        return ofTcp(name, kind, get, with, false, text);
    }

    private static <V> AttributeBuilder<VirtualService, V> ofTcp(
            String name,
            Kind<V> kind,
            Function<TcpPolicy, V> get,
            BiFunction<TcpPolicy, V, TcpPolicy> with,
            V usual,
            String text) {
        return new AttributeBuilder<>(
                name,
                kind,
                service -> get.apply(service.policy().tcp()),
                (service, value) ->
                        service.withPolicy(
                                service.policy()
                                        .withTcp(with.apply(service.policy().tcp(), value))),
                usual,
                text);
    }
}
