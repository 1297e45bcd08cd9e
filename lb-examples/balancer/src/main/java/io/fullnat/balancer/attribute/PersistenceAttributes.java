// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.Persistence.Quiesced;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The attributes that say whether a client's connections go to one server.
final class PersistenceAttributes {
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /// The mask of whole addresses, and of a service without persistence.
    private static final String WHOLE = "";

    private static final Attribute<VirtualService, ?> TIMEOUT =
            new AttributeBuilder<>(
                            "persistence",
                            new Kind.Seconds(Persistence.MAX_SECONDS, "none"),
                            PersistenceAttributes::timeout,
                            PersistenceAttributes::withTimeout,
                            Optional.empty(),
                            "for how long a client's connections go to one server")
                    .letter('p')
                    .listing("persistenceSeconds")
                    .ipvsadm(
                            "persistent",
                            "[SECONDS]",
                            "one server for all connections of a client; 360 if not said, 0 for not")
                    .withoutValue(String.valueOf(Persistence.DEFAULT_SECONDS))
                    .verbs(
                            "SECONDS",
                            "One server for all connections of a client, for so long.",
                            "One server for all connections of a client, for so long; 0 for not.")
                    .rest(
                            "Timeout",
                            "seconds for which a client's connections go to one server; 0 for not",
                            "seconds for which a client's connections go to one server; 0 for not")
                    .row(
                            "1-2678400",
                            "none",
                            "seconds for which a client's connections go to one server:"
                                    + " [Persistence](persistence.md)")
                    .build();

    private static final Attribute<VirtualService, ?> MASK =
            new AttributeBuilder<>(
                            "persistence-mask",
                            new Kind.Parsed<>(
                                    PersistenceAttributes::readMask, text -> text, "MASK|LENGTH"),
                            PersistenceAttributes::mask,
                            PersistenceAttributes::withMask,
                            WHOLE,
                            "which part of an address is one client: 255.255.255.0, 24, 64")
                    .letter('M')
                    .listing("persistenceMask")
                    .ipvsadm(
                            "netmask",
                            "MASK",
                            "which part of an address is one client: 255.255.255.0, or a length")
                    .flag("mask")
                    .rest(
                            "PersistenceMask",
                            "which part of an address is one client: a mask of IPv4, or a length;"
                                    + " empty for all of it",
                            "which part of an address is one client; empty for all of it")
                    .row(
                            "mask or prefix length",
                            "the whole address",
                            "which part of a client's address is one client: `255.255.255.0` or `24`"
                                    + " of IPv4, `64` of IPv6, `24,64` of a group of both; needs"
                                    + " `persistence`")
                    .build();

    private static final Attribute<VirtualService, ?> QUIESCED =
            new AttributeBuilder<>(
                            "persistence-quiesced",
                            new Kind.Choice<>(List.of(Quiesced.values()), Quiesced::word),
                            PersistenceAttributes::quiesced,
                            PersistenceAttributes::withQuiesced,
                            Quiesced.DROP,
                            "clients of a server with weight 0: drop (default), honour")
                    .listing("persistenceQuiesced")
                    .rest(
                            "PersistenceQuiesced",
                            "whether clients of a server with the weight 0 stay with it",
                            "whether clients of a server with the weight 0 stay with it")
                    .row(
                            "`drop`, `honour`",
                            "`drop`",
                            "what becomes of clients whose server has the weight 0: scheduled anew, or"
                                    + " they stay; needs `persistence`")
                    .build();

    /// All of them, in order.
    static final List<Attribute<VirtualService, ?>> ALL = List.of(TIMEOUT, MASK, QUIESCED);

    private PersistenceAttributes() {}

    private static Optional<Persistence> of(VirtualService service) {
        return service.policy().persistence();
    }

    private static VirtualService with(VirtualService service, Optional<Persistence> persistence) {
        return service.withPolicy(service.policy().withPersistence(persistence));
    }

    private static Optional<Duration> timeout(VirtualService service) {
        return of(service).map(Persistence::timeout);
    }

    private static VirtualService withTimeout(VirtualService service, Optional<Duration> timeout) {
        return with(
                service,
                timeout.map(time ->
                        of(service)
                                .map(known -> known.withTimeout(time))
                                .orElseGet(() -> Persistence.of(time))));
    }

    private static boolean isIpv4(VirtualService service) {
        return !has(service, IPV6_BITS);
    }

    /// Whether clients may be of both families: a group says both lengths then.
    private static boolean isMixed(VirtualService service) {
        return service.frontends().isEmpty()
                || (has(service, IPV4_BITS) && has(service, IPV6_BITS));
    }

    private static boolean has(VirtualService service, int bits) {
        return service.frontends().stream()
                .anyMatch(frontend -> frontend.address().bitLength() == bits);
    }

    private static String mask(VirtualService service) {
        return of(service)
                .map(known -> isMixed(service) ? bothMasks(known) : mask(known, isIpv4(service)))
                .orElse(WHOLE);
    }

    private static String bothMasks(Persistence persistence) {
        return persistence.ipv4Length() == IPV4_BITS && persistence.ipv6Length() == IPV6_BITS
                ? WHOLE
                : persistence.ipv4Length() + "," + persistence.ipv6Length();
    }

    private static String mask(Persistence persistence, boolean ipv4) {
        int length = ipv4 ? persistence.ipv4Length() : persistence.ipv6Length();
        if (length == (ipv4 ? IPV4_BITS : IPV6_BITS)) {
            return WHOLE;
        }
        return ipv4
                ? IpAddress.of(0, IpAddress.mapped(-1 << (IPV4_BITS - length))).toString()
                : String.valueOf(length);
    }

    /// Checks what can be checked without the service's family.
    private static String readMask(String words) {
        for (String word : words.isEmpty() ? new String[0] : words.split(",", 2)) {
            int _ = length(word);
        }
        return words;
    }

    /// The length of a mask, in either notation.
    private static int length(String words) {
        if (words.matches("[0-9]{1,3}")) {
            int length = Integer.parseInt(words);
            if (length >= 1 && length <= IPV6_BITS) {
                return length;
            }
            throw wrong(words);
        }
        if (!words.matches("[0-9.]{7,15}")) {
            throw wrong(words);
        }
        int mask = (int) Ipv4Address.parse(words).low();
        int length = Integer.bitCount(mask);
        if (length == 0 || mask != -1 << (IPV4_BITS - length)) {
            throw wrong(words);
        }
        return length;
    }

    private static BalancerException wrong(String words) {
        return invalid(
                "\""
                        + words
                        + "\" is no mask: 255.255.255.0 or a length 1-32 for IPv4, a length 1-128"
                        + " for IPv6");
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    private static VirtualService withMask(VirtualService service, String words) {
        Optional<Persistence> persistence = of(service);
        if (persistence.isEmpty()) {
            if (words.isEmpty()) {
                return service;
            }
            throw lacking(service, "mask " + words);
        }
        Persistence known = persistence.get();
        if (isMixed(service) && !words.isEmpty()) {
            return with(service, Optional.of(withBothMasks(service, known, words)));
        }
        if (words.isEmpty()) {
            return with(service, Optional.of(known.withLengths(IPV4_BITS, IPV6_BITS)));
        }
        boolean ipv4 = isIpv4(service);
        int bits = ipv4 ? IPV4_BITS : IPV6_BITS;
        if (words.contains(",")) {
            throw invalid(
                    "mask "
                            + words
                            + " of "
                            + service.key()
                            + ": its clients are of one family; give one length");
        }
        int length = length(words);
        if (length > bits || (!ipv4 && words.contains("."))) {
            throw invalid(
                    "mask "
                            + words
                            + " of "
                            + service.key()
                            + (ipv4
                                    ? ": IPv4 has lengths 1-32"
                                    : ": IPv6 has lengths 1-128, no dotted masks"));
        }
        return with(
                service,
                Optional.of(
                        ipv4
                                ? known.withLengths(length, known.ipv6Length())
                                : known.withLengths(known.ipv4Length(), length)));
    }

    private static Persistence withBothMasks(
            VirtualService service, Persistence known, String words) {
        String[] parts = words.split(",", 2);
        int ipv4 = length(parts[0]);
        int ipv6 = length(parts[parts.length - 1]);
        if (parts.length == 1 || ipv4 > IPV4_BITS || parts[1].contains(".")) {
            throw invalid(
                    "mask "
                            + words
                            + " of "
                            + service.key()
                            + ": its clients are of both families; give both lengths, that of IPv4"
                            + " first, as in 24,64");
        }
        return known.withLengths(ipv4, ipv6);
    }

    private static BalancerException lacking(VirtualService service, String what) {
        return invalid(
                what + " of " + service.key() + " needs persistence; give its time, too (-p)");
    }

    private static Quiesced quiesced(VirtualService service) {
        return of(service).map(Persistence::quiesced).orElse(Quiesced.DROP);
    }

    private static VirtualService withQuiesced(VirtualService service, Quiesced quiesced) {
        Optional<Persistence> persistence = of(service);
        if (persistence.isEmpty() && quiesced != Quiesced.DROP) {
            throw lacking(service, "persistence-quiesced " + quiesced.word());
        }
        return with(service, persistence.map(known -> known.withQuiesced(quiesced)));
    }
}
