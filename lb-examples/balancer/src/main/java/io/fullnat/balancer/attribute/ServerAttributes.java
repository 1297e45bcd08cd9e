// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.balancer.attribute.Attribute.Shown;
import java.util.List;
import java.util.stream.Stream;

/// The attributes of real servers.
public final class ServerAttributes {
    private static final int DEFAULT_WEIGHT = 1;

    private static final Attribute<RealServer, ?> WEIGHT =
            new AttributeBuilder<>(
                            "weight",
                            new Kind.Whole("weight", 0, RealServer.MAX_WEIGHT),
                            RealServer::weight,
                            RealServer::withWeight,
                            DEFAULT_WEIGHT,
                            "its share of new connections")
                    .letter('w')
                    .shown(Shown.ALWAYS, "WEIGHT")
                    .ipvsadm("weight", "WEIGHT", "0-65535, default 1; 0 takes no new connections")
                    .verbs(
                            "WEIGHT",
                            "0-65535, default 1; 0 gets no new connections.",
                            "0-65535; 0 gets no new connections.")
                    .rest(
                            "weight",
                            "if it is missing: 1, or what the server has",
                            "if it is missing: 1, or what the server has")
                    .row(
                            "0-65535",
                            "1",
                            "its share of new connections; 0 gives it none and leaves it those that"
                                    + " it has")
                    .build();

    private static final Attribute<RealServer, ?> INHIBITED =
            new AttributeBuilder<>(
                            "inhibited",
                            new Kind.Switch(),
                            RealServer::inhibited,
                            RealServer::withInhibited,
                            false,
                            "whether it gets no new connections, and keeps its weight for later")
                    .withoutValue("yes")
                    .shown(Shown.IF_SET, "INHIBITED")
                    .ipvsadm("inhibited", "[yes|no]", "no new connections; the weight stays")
                    .rest(
                            "inhibited",
                            "whether it is taken out; in a report, whether it is down",
                            "whether the operator has taken it out")
                    .row(
                            "`true`, `false`",
                            "`false`",
                            "whether it is taken out: it gets no new connections, of no client, and"
                                    + " keeps its weight for later ([draining](draining.md))")
                    .build();

    private static final Attribute<RealServer, ?> DESCRIPTION =
            new AttributeBuilder<>(
                            "description",
                            new Kind.Text(
                                    0,
                                    ServicePolicy.MAX_DESCRIPTION,
                                    ServicePolicy::requireDescription,
                                    List::of),
                            RealServer::description,
                            RealServer::withDescription,
                            "",
                            "what the operator notes of it, up to 255 characters; '' for nothing")
                    .shown(Shown.IF_SET, "DESCRIPTION")
                    .rest(
                            "description",
                            "what the operator notes of it; empty for nothing",
                            "what the operator notes of it; empty for nothing")
                    .row(
                            "text of up to 255 characters",
                            "none",
                            "what the operator notes of it, on one line; it changes nothing else")
                    .build();

    /// All of them, in the order in which everything shows them.
    public static final List<Attribute<RealServer, ?>> ALL =
            Stream.of(
                            List.<Attribute<RealServer, ?>>of(WEIGHT, INHIBITED),
                            LimitAttributes.OF_SERVERS,
                            List.of(QuicAttributes.ID, HealthAttributes.SERVER_CHECKS, DESCRIPTION))
                    .flatMap(List::stream)
                    .toList();

    private ServerAttributes() {}
}
