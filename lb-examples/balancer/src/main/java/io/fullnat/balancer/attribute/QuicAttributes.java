// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.service.QuicConfig;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The attributes that say which server a connection id of QUIC names.
final class QuicAttributes {
    private static final String NONE = "none";

    /// How ids name servers. Keys stand in what is read again, and nowhere else.
    static final Attribute<VirtualService, ?> ROUTING =
            new AttributeBuilder<VirtualService, Optional<QuicRouting>>(
                            "quic",
                            new Kind.Lines<>(
                                    QuicRouting::parse,
                                    routing -> routing.map(QuicRouting::lines).orElse(List.of()),
                                    QuicAttributes::shown,
                                    QuicConfig.MAX_CONFIGS,
                                    "dpvs|'config N server-id BYTES nonce BYTES [key HEX] [; ...]'"),
                            service -> service.policy().quic(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withQuic(value)),
                            Optional.empty(),
                            "how QUIC connection ids name servers (UDP): dpvs; QUIC-LB's configs; none")
                    .listing("quic")
                    .withoutValue(QuicRouting.DPVS)
                    .ipvsadm(
                            "quic",
                            "[dpvs|CONFIGS]",
                            "follow QUIC connection ids: DPVS's layout if not said, QUIC-LB's")
                    .rest(
                            "QuicRouting",
                            "how QUIC connection ids name servers: \"dpvs\", or QUIC-LB's"
                                    + " configurations, for example \"config 0 server-id 3 nonce 4"
                                    + " key 8f95f09245765f80256934e50c66207f\"; replace those that"
                                    + " are there",
                            "how QUIC connection ids name servers; of keys the first bytes of their"
                                    + " SHA-256")
                    .row(
                            "list of texts",
                            "none",
                            "how connection ids name servers: `dpvs`, or QUIC-LB's configurations:"
                                    + " [QUIC](schedulers.md#quic); UDP alone")
                    .build();

    /// What ids of QUIC-LB name a server.
    static final Attribute<RealServer, ?> ID =
            new AttributeBuilder<RealServer, List<String>>(
                            "quic-id",
                            new Kind.Parsed<>(
                                    QuicAttributes::ids, QuicAttributes::text, "HEX[,HEX...]"),
                            RealServer::quicIds,
                            (server, ids) -> server.toBuilder().quicIds(ids).build(),
                            List.of(),
                            "its ids in connection ids of QUIC-LB, hexadecimal: 0a01,0a02; none")
                    .listing("quicId")
                    .rest(
                            "quicId",
                            "its ids in connection ids of QUIC-LB, hexadecimal, apart by commas;"
                                    + " \"none\" for none",
                            "its ids in connection ids of QUIC-LB, hexadecimal, apart by commas")
                    .row(
                            "`HEX[,HEX...]`, `none`",
                            "`none`",
                            "by which ids of 1-15 bytes connection ids of QUIC-LB name it; of each"
                                    + " configuration those of its length count, and one must be"
                                    + " of that length:"
                                    + " [QUIC](schedulers.md#quic)")
                    .build();

    private QuicAttributes() {}

    private static List<String> shown(Optional<QuicRouting> routing) {
        return switch (routing.orElse(null)) {
            case null -> List.of();
            case QuicRouting.Dpvs dpvs -> dpvs.lines();
            case QuicRouting.QuicLb lb -> lb.configs().stream().map(QuicConfig::toString).toList();
        };
    }

    private static List<String> ids(String text) {
        return text.equals(NONE)
                ? List.of()
                : QuicRouting.requireIds(List.of(text.toLowerCase(Locale.ROOT).split(",", -1)));
    }

    private static String text(List<String> ids) {
        return ids.isEmpty() ? NONE : String.join(",", ids);
    }
}
