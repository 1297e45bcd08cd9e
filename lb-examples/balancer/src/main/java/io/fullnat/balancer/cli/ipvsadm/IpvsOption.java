// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The options of `ipvsadm`. Those of features that are not built are known, so that they can be
/// refused by name.
public enum IpvsOption {
    TCP_SERVICE('t', "tcp-service", Value.NEEDED, ""),
    UDP_SERVICE('u', "udp-service", Value.NEEDED, ""),
    SCTP_SERVICE(' ', "sctp-service", Value.NEEDED, "SCTP"),
    ICMP_SERVICE('q', "icmp-service", Value.NEEDED, "ICMP services"),
    ICMPV6_SERVICE('1', "icmpv6-service", Value.NEEDED, "ICMPv6 services"),
    FWMARK_SERVICE('f', "fwmark-service", Value.NEEDED, "services by firewall mark"),
    MATCH('H', "match", Value.NEEDED, "services by match, SNAT"),
    IPV6('6', "ipv6", Value.NONE, "IPv6"),
    SCHEDULER('s', "scheduler", Value.NEEDED, ""),
    PERSISTENT('p', "persistent", Value.OPTIONAL, "persistence"),
    NETMASK('M', "netmask", Value.NEEDED, "persistence"),
    OPS('o', "ops", Value.NONE, "one-packet scheduling"),
    PE(' ', "pe", Value.NEEDED, "persistence engines"),
    SYNPROXY('j', "synproxy", Value.NEEDED, "the SYN proxy"),
    EXPIRE_QUIESCENT(' ', "expire-quiescent", Value.NONE, "expiry of quiescent servers"),
    QUIC(' ', "quic", Value.NONE, "QUIC connection ids"),
    HASH_TARGET(' ', "hash-target", Value.NEEDED, "consistent hashing"),
    CONN_TIMEOUT(' ', "conn-timeout", Value.NEEDED, ""),
    REFUSAL(' ', "refusal", Value.NEEDED, ""),
    REMOVAL(' ', "removal", Value.NEEDED, ""),
    TIMEOUTS(' ', "timeouts", Value.NEEDED, ""),
    PROXY_PROTOCOL(' ', "proxy-protocol", Value.NEEDED, "the PROXY protocol"),
    DEST_CHECK(' ', "dest-check", Value.NEEDED, "checks of real servers"),
    REAL_SERVER('r', "real-server", Value.NEEDED, ""),
    GATEWAYING('g', "gatewaying", Value.NONE, "direct routing"),
    IPIP('i', "ipip", Value.NONE, "tunnels"),
    FULLNAT('b', "fullnat", Value.NONE, ""),
    SNAT('J', "snat", Value.NONE, "SNAT"),
    MASQUERADING('m', "masquerading", Value.NONE, "NAT"),
    WEIGHT('w', "weight", Value.NEEDED, ""),
    U_THRESHOLD('x', "u-threshold", Value.NEEDED, "connection thresholds"),
    L_THRESHOLD('y', "l-threshold", Value.NEEDED, "connection thresholds"),
    LADDR('z', "laddr", Value.NEEDED, ""),
    IFNAME('F', "ifname", Value.NEEDED, ""),
    BLKLST('k', "blklst", Value.NEEDED, ""),
    WHTLST('2', "whtlst", Value.NEEDED, ""),
    CONNECTION('c', "connection", Value.NONE, ""),
    SOCKPAIR(' ', "sockpair", Value.NEEDED, ""),
    PERSISTENT_CONN(' ', "persistent-conn", Value.NONE, ""),
    STATS(' ', "stats", Value.NONE, ""),
    RATE(' ', "rate", Value.NONE, ""),
    THRESHOLDS(' ', "thresholds", Value.NONE, ""),
    EXACT('X', "exact", Value.NONE, ""),
    NUMERIC('n', "numeric", Value.NONE, ""),
    SORT(' ', "sort", Value.NONE, ""),
    NOSORT(' ', "nosort", Value.NONE, ""),
    CPU(' ', "cpu", Value.NEEDED, ""),
    TIMEOUT(' ', "timeout", Value.NONE, ""),
    DAEMON(' ', "daemon", Value.NONE, "connection synchronisation"),
    SYNCID(' ', "syncid", Value.NEEDED, "connection synchronisation"),
    MCAST_INTERFACE(' ', "mcast-interface", Value.NEEDED, "connection synchronisation"),
    FORCE(' ', "force", Value.NONE, ""),
    JSON(' ', "json", Value.NONE, "");

    /// Whether a value follows.
    enum Value {
        NONE,
        OPTIONAL,
        NEEDED
    }

    private static final Map<Character, IpvsOption> BY_LETTER =
            Stream.of(values())
                    .filter(option -> option.letter != ' ')
                    .collect(Collectors.toMap(option -> option.letter, Function.identity()));
    private static final Map<String, IpvsOption> BY_WORD =
            Stream.of(values())
                    .collect(Collectors.toMap(option -> option.word, Function.identity()));

    private final char letter;
    private final String word;
    private final Value value;
    private final String missingFeature;

    IpvsOption(char letter, String word, Value value, String missingFeature) {
        this.letter = letter;
        this.word = word;
        this.value = value;
        this.missingFeature = missingFeature;
    }

    static Optional<IpvsOption> of(char letter) {
        return Optional.ofNullable(BY_LETTER.get(letter));
    }

    static Optional<IpvsOption> of(String word) {
        return Optional.ofNullable(BY_WORD.get(word));
    }

    /// All options in long.
    static List<String> longForms() {
        return Stream.of(values()).map(option -> "--" + option.word).toList();
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
        return switch (this) {
            case SYNPROXY, PROXY_PROTOCOL, DEST_CHECK -> given.equals("disable");
            case U_THRESHOLD, L_THRESHOLD -> given.equals("0");
            default -> false;
        };
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
