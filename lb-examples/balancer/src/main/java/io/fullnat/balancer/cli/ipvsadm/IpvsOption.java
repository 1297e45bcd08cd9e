// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The options of `ipvsadm`: those of attributes, and all others. Those of features that are not
/// built are known, so that they can be refused by name. Immutable and thread-safe.
public final class IpvsOption implements Comparable<IpvsOption> {
    private static final Map<String, IpvsOption> BY_WORD = new LinkedHashMap<>();
    private static final Map<Character, IpvsOption> BY_LETTER = new HashMap<>();

    static final IpvsOption TCP_SERVICE = option('t', "tcp-service", Value.NEEDED, "");
    static final IpvsOption UDP_SERVICE = option('u', "udp-service", Value.NEEDED, "");
    static final IpvsOption SCTP_SERVICE = option(' ', "sctp-service", Value.NEEDED, "SCTP");
    static final IpvsOption ICMP_SERVICE =
            option('q', "icmp-service", Value.NEEDED, "ICMP services");
    static final IpvsOption ICMPV6_SERVICE =
            option('1', "icmpv6-service", Value.NEEDED, "ICMPv6 services");
    static final IpvsOption FWMARK_SERVICE = option('f', "fwmark-service", Value.NEEDED, "");
    static final IpvsOption MATCH = option('H', "match", Value.NEEDED, "services by match, SNAT");
    static final IpvsOption IPV6 = option('6', "ipv6", Value.NONE, "");

    static {
        ServiceAttributes.ALL.forEach(IpvsOption::add);
    }

    static final IpvsOption PE = option(' ', "pe", Value.NEEDED, "persistence engines");
    static final IpvsOption HASH_TARGET = option(' ', "hash-target", Value.NEEDED, "");
    static final IpvsOption SCHED_FLAGS = option(' ', "sched-flags", Value.NEEDED, "");
    static final IpvsOption PROXY_PROTOCOL =
            option(' ', "proxy-protocol", Value.NEEDED, "the PROXY protocol");
    static final IpvsOption REAL_SERVER = option('r', "real-server", Value.NEEDED, "");
    static final IpvsOption GATEWAYING = option('g', "gatewaying", Value.NONE, "direct routing");
    static final IpvsOption IPIP = option('i', "ipip", Value.NONE, "tunnels");
    static final IpvsOption FULLNAT = option('b', "fullnat", Value.NONE, "");
    static final IpvsOption SNAT = option('J', "snat", Value.NONE, "SNAT");
    static final IpvsOption MASQUERADING = option('m', "masquerading", Value.NONE, "NAT");

    static {
        ServerAttributes.ALL.forEach(IpvsOption::add);
    }

    static final IpvsOption LADDR = option('z', "laddr", Value.NEEDED, "");
    static final IpvsOption IFNAME = option('F', "ifname", Value.NEEDED, "");
    static final IpvsOption BLKLST = option('k', "blklst", Value.NEEDED, "");
    static final IpvsOption WHTLST = option('2', "whtlst", Value.NEEDED, "");
    static final IpvsOption CONNECTION = option('c', "connection", Value.NONE, "");
    static final IpvsOption SOCKPAIR = option(' ', "sockpair", Value.NEEDED, "");
    static final IpvsOption PERSISTENT_CONN = option(' ', "persistent-conn", Value.NONE, "");
    static final IpvsOption STATS = option(' ', "stats", Value.NONE, "");
    static final IpvsOption RATE = option(' ', "rate", Value.NONE, "");
    static final IpvsOption THRESHOLDS = option(' ', "thresholds", Value.NONE, "");
    static final IpvsOption EXACT = option('X', "exact", Value.NONE, "");
    static final IpvsOption NUMERIC = option('n', "numeric", Value.NONE, "");
    static final IpvsOption SORT = option(' ', "sort", Value.NONE, "");
    static final IpvsOption NOSORT = option(' ', "nosort", Value.NONE, "");
    static final IpvsOption CPU = option(' ', "cpu", Value.NEEDED, "");
    static final IpvsOption TIMEOUT = option(' ', "timeout", Value.NONE, "");
    static final IpvsOption DAEMON =
            option(' ', "daemon", Value.NONE, "connection synchronisation");
    static final IpvsOption SYNCID =
            option(' ', "syncid", Value.NEEDED, "connection synchronisation");
    static final IpvsOption MCAST_INTERFACE =
            option(' ', "mcast-interface", Value.NEEDED, "connection synchronisation");
    static final IpvsOption FORCE = option(' ', "force", Value.NONE, "");
    static final IpvsOption JSON = option(' ', "json", Value.NONE, "");

    /// Whether a value follows.
    enum Value {
        NONE,
        OPTIONAL,
        NEEDED
    }

    private final int place;
    private final char letter;
    private final String word;
    private final Value value;
    private final String missingFeature;

    private IpvsOption(int place, char letter, String word, Value value, String missingFeature) {
        this.place = place;
        this.letter = letter;
        this.word = word;
        this.value = value;
        this.missingFeature = missingFeature;
    }

    private static IpvsOption option(char letter, String word, Value value, String missingFeature) {
        IpvsOption option = new IpvsOption(BY_WORD.size(), letter, word, value, missingFeature);
        BY_WORD.put(word, option);
        if (letter != ' ') {
            BY_LETTER.put(letter, option);
        }
        return option;
    }

    /// The option of an attribute; services and servers may share one.
    private static void add(Attribute<?, ?> attribute) {
        if (!BY_WORD.containsKey(attribute.ipvsadmOption())) {
            option(
                    attribute.letter().orElse(' '),
                    attribute.ipvsadmOption(),
                    attribute.withoutValue().isPresent() ? Value.OPTIONAL : Value.NEEDED,
                    "");
        }
    }

    static Optional<IpvsOption> of(char letter) {
        return Optional.ofNullable(BY_LETTER.get(letter));
    }

    static Optional<IpvsOption> of(String word) {
        return Optional.ofNullable(BY_WORD.get(word));
    }

    /// The option of an attribute.
    static IpvsOption of(Attribute<?, ?> attribute) {
        return Objects.requireNonNull(BY_WORD.get(attribute.ipvsadmOption()));
    }

    /// All options.
    public static Collection<IpvsOption> all() {
        return Collections.unmodifiableCollection(BY_WORD.values());
    }

    /// All options in long.
    static List<String> longForms() {
        return all().stream().map(IpvsOption::longForm).toList();
    }

    @Override
    public int compareTo(IpvsOption other) {
        return Integer.compare(place, other.place);
    }

    @Override
    public String toString() {
        return label();
    }

    Value value() {
        return value;
    }

    /// The feature that this option asks for, if it is not built.
    public Optional<String> missingFeature() {
        return missingFeature.isEmpty() ? Optional.empty() : Optional.of(missingFeature);
    }

    /// Whether a value of an option whose feature is not built asks for what is so without it, as
    /// scripts that are made by programs do.
    boolean asksForNothing(String given) {
        return this == PROXY_PROTOCOL && given.equals("disable");
    }

    /// The option as messages call it: `-w (--weight)`.
    String label() {
        return letter == ' ' ? "--" + word : "-" + letter + " (--" + word + ")";
    }

    public String longForm() {
        return "--" + word;
    }

    public Optional<String> shortForm() {
        return letter == ' ' ? Optional.empty() : Optional.of("-" + letter);
    }
}
