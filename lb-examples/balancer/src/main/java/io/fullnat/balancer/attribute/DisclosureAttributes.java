// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/// How servers are told who their clients are.
final class DisclosureAttributes {
    private static final Attribute<VirtualService, ?> TOA =
            of(
                            "toa",
                            new Kind.Switch(),
                            ClientDisclosure::toa,
                            ClientDisclosure::withToa,
                            false,
                            "whether a TCP option tells servers their clients")
                    .withoutValue("yes")
                    .ipvsadm("toa", "[yes|no]", "tell servers their clients by a TCP option")
                    .rest(
                            "Toa",
                            "whether a TCP option tells servers their clients; TCP alone",
                            "whether a TCP option tells servers their clients")
                    .row(
                            "`true`, `false`",
                            "`false`",
                            "whether a TCP option tells real servers who their clients are:"
                                    + " [TOA](client-address.md#toa); TCP alone")
                    .build();

    private static final Attribute<VirtualService, ?> TOA_KIND =
            of(
                            "toa-kind",
                            new Kind.Whole(
                                    "toa-kind",
                                    ClientDisclosure.MIN_TOA_KIND,
                                    ClientDisclosure.MAX_TOA_KIND),
                            ClientDisclosure::toaKind,
                            ClientDisclosure::withToaKind,
                            ClientDisclosure.DEFAULT_TOA_KIND,
                            "the kind of that option, 254 (default) or what the servers' module knows")
                    .listing("toaKind")
                    .ipvsadm("toa-kind", "KIND", "the kind of that option; 254 (default)")
                    .rest(
                            "ToaKind",
                            "the kind of that option; 254 is what most modules know",
                            "the kind of that option")
                    .row(
                            "70-255",
                            "254",
                            "the kind of that option, as the servers' module expects it; some expect"
                                    + " 200 or 252")
                    .build();

    private static final Attribute<VirtualService, ?> UOA =
            of(
                            "uoa",
                            new Kind.Choice<>(List.of(Uoa.values()), Uoa::word),
                            ClientDisclosure::uoa,
                            ClientDisclosure::withUoa,
                            Uoa.OFF,
                            "what tells servers of UDP their clients: off (default), opp, ipo")
                    .rest(
                            "Uoa",
                            "what tells servers their clients, which they need a module for: opp,"
                                    + " ipo, off; UDP alone",
                            "what tells servers their clients")
                    .row(
                            "`off`, `opp`, `ipo`",
                            "`off`",
                            "what tells real servers who their clients are: a header behind IP, or an"
                                    + " option of IPv4: [UOA](client-address.md#uoa). Servers without"
                                    + " the module lose the first datagrams; UDP alone")
                    .build();

    private static final Attribute<VirtualService, ?> UOA_PACKETS =
            of(
                            "uoa-packets",
                            new Kind.Whole("uoa-packets", 1, ClientDisclosure.MAX_UOA_PACKETS),
                            ClientDisclosure::uoaPackets,
                            ClientDisclosure::withUoaPackets,
                            ClientDisclosure.DEFAULT_UOA_PACKETS,
                            "how many datagrams tell it, unless the server answers before; 3")
                    .listing("uoaPackets")
                    .ipvsadm(
                            "uoa-packets",
                            "COUNT",
                            "how many datagrams tell it, unless the server answers before; 3")
                    .rest(
                            "UoaPackets",
                            "how many datagrams tell it, unless the server answers before",
                            "how many datagrams tell it, unless the server answers before")
                    .row(
                            "1-255",
                            "3",
                            "how many datagrams of a connection tell it, unless the server answers"
                                    + " before")
                    .build();

    /// All of them, in order.
    static final List<Attribute<VirtualService, ?>> ALL = List.of(TOA, TOA_KIND, UOA, UOA_PACKETS);

    private DisclosureAttributes() {}

    private static <V> AttributeBuilder<VirtualService, V> of(
            String name,
            Kind<V> kind,
            Function<ClientDisclosure, V> get,
            BiFunction<ClientDisclosure, V, ClientDisclosure> with,
            V usual,
            String text) {
        return new AttributeBuilder<>(
                name,
                kind,
                service -> get.apply(service.policy().disclosure()),
                (service, value) ->
                        service.withPolicy(
                                service.policy()
                                        .withDisclosure(
                                                with.apply(service.policy().disclosure(), value))),
                usual,
                text);
    }
}
