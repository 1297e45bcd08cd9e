// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The groups of a file, by kind and name, and ranges of addresses in them.
final class Groups {
    static final String VIRTUAL = "virtual_server_group";
    static final String LOCAL = "local_address_group";
    static final String DENY = "deny_address_group";
    static final String ALLOW = "allow_address_group";
    static final List<String> KINDS = List.of(VIRTUAL, LOCAL, DENY, ALLOW);

    /// As many addresses as a range may have.
    private static final int MAX_RANGE = 65_536;

    private final Map<String, Statement> groups = new LinkedHashMap<>();
    private final Findings findings;

    Groups(List<Statement> statements, Findings findings) {
        this.findings = findings;
        for (Statement each : statements) {
            if (KINDS.contains(each.keyword())) {
                Statement before = groups.put(key(each.keyword(), each.rest()), each);
                if (before != null) {
                    findings.differs(
                            each.place(),
                            each.keyword()
                                    + " "
                                    + each.rest()
                                    + " is there twice: this one counts");
                }
            }
        }
    }

    private static String key(String kind, String name) {
        return kind + " " + name;
    }

    /// A group that is referred to.
    Optional<Statement> find(String kind, String name, Statement by) {
        Optional<Statement> found = Optional.ofNullable(groups.get(key(kind, name)));
        if (found.isEmpty()) {
            findings.leftOut(by.place(), "there is no " + kind + " " + name);
        }
        return found;
    }

    /// Devices that local addresses are on.
    List<String> devices() {
        return groups.values().stream()
                .filter(group -> group.keyword().equals(LOCAL))
                .flatMap(group -> group.block().stream())
                .flatMap(entry -> entry.word(1).stream())
                .distinct()
                .toList();
    }

    /// The addresses that a word means: one, `10.0.0.1-9`, `10.0.0.1-10.0.1.9`, `10.0.0.0/24`.
    List<String> addresses(Statement entry, String text) {
        try {
            int slash = text.indexOf('/');
            int dash = text.indexOf('-');
            if (slash > 0) {
                return network(entry, text, slash);
            }
            if (dash < 0) {
                return List.of(IpAddress.parse(text).toString());
            }
            byte[] first = bytes(text.substring(0, dash));
            String last = text.substring(dash + 1);
            boolean whole = last.indexOf('.') >= 0 || last.indexOf(':') >= 0;
            BigInteger end = whole ? new BigInteger(1, bytes(last)) : lastOf(first, last);
            return span(entry, text, new BigInteger(1, first), end, first.length);
        } catch (BalancerException | NumberFormatException | UnknownHostException e) {
            findings.leftOut(entry.place(), "\"" + text + "\" is no address");
            return List.of();
        }
    }

    private List<String> network(Statement entry, String text, int slash)
            throws UnknownHostException {
        byte[] address = bytes(text.substring(0, slash));
        int free = address.length * 8 - Integer.parseInt(text.substring(slash + 1));
        if (free < 0 || free > address.length * 8) {
            findings.leftOut(entry.place(), "\"" + text + "\" is no network");
            return List.of();
        }
        if (free > 16) {
            findings.leftOut(entry.place(), "\"" + text + "\" has too many addresses");
            return List.of();
        }
        BigInteger first = new BigInteger(1, address).shiftRight(free).shiftLeft(free);
        BigInteger size = BigInteger.ONE.shiftLeft(free);
        return span(entry, text, first, first.add(size).subtract(BigInteger.ONE), address.length);
    }

    /// An end that names the last part of an address alone: of IPv4 in decimal, of IPv6 in
    /// hexadecimal.
    private static BigInteger lastOf(byte[] first, String last) {
        int bits = first.length == 4 ? 8 : 16;
        int part = Integer.parseInt(last, first.length == 4 ? 10 : 16);
        if (part < 0 || part >= 1 << bits) {
            throw new NumberFormatException(last + " is no part of an address");
        }
        return new BigInteger(1, first)
                .shiftRight(bits)
                .shiftLeft(bits)
                .add(BigInteger.valueOf(part));
    }

    private List<String> span(
            Statement entry, String text, BigInteger first, BigInteger last, int length)
            throws UnknownHostException {
        BigInteger size = last.subtract(first).add(BigInteger.ONE);
        if (size.signum() <= 0 || size.bitLength() > 31 || size.intValue() > MAX_RANGE) {
            findings.leftOut(entry.place(), "\"" + text + "\" is no range of up to " + MAX_RANGE);
            return List.of();
        }
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < size.intValue(); i++) {
            byte[] number = first.add(BigInteger.valueOf(i)).toByteArray();
            byte[] bytes = new byte[length];
            int digits = Math.min(number.length, length);
            System.arraycopy(number, number.length - digits, bytes, length - digits, digits);
            addresses.add(
                    IpAddress.parse(InetAddress.getByAddress(bytes).getHostAddress()).toString());
        }
        return addresses;
    }

    private static byte[] bytes(String text) throws UnknownHostException {
        // Parsed here first: a name would be asked for in the network.
        return InetAddress.getByName(IpAddress.parse(text).toString()).getAddress();
    }
}
