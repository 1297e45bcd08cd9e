// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Ipv6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Other addresses in the place of those that are there, the same for the same, by a key that is
/// thrown away. Addresses of one network stay in one network, so that routes and prefixes make
/// sense. For one thread.
final class Pseudonyms {
    private static final String MAC = "HmacSHA256";
    private static final Pattern ADDRESS =
            Pattern.compile(
                    "(?<mac>(?<![\\w:])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\\w:]))"
                            + "|(?<v6>(?<![\\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\\w:]))"
                            + "|(?<v4>(?<![\\w.])\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\w]|\\.\\d))");

    /// First bytes of IPv4 that stand for themselves: this network, loopback, masks, groups.
    private static final int LOOPBACK = 127;

    private static final int GROUPS = 224;

    private final Mac mac;
    private final int[] first = new int[256];
    private final Map<String, String> known = new HashMap<>();

    /// @param key secret
    Pseudonyms(byte[] key) {
        try {
            mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
        List<Integer> ordinary = new ArrayList<>();
        for (int octet = 1; octet < GROUPS; octet++) {
            if (octet != LOOPBACK) {
                ordinary.add(octet);
            }
        }
        List<Integer> shuffled = new ArrayList<>(ordinary);
        shuffled.sort(
                Comparator.comparing(octet ->
                        HexFormat.of().formatHex(mac.doFinal(new byte[] {octet.byteValue()}))));
        for (int octet = 0; octet < first.length; octet++) {
            int place = ordinary.indexOf(octet);
            first[octet] = place < 0 ? octet : shuffled.get(place);
        }
    }

    /// Text with other addresses.
    String of(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        StringBuilder other = new StringBuilder(text.length());
        while (matcher.find()) {
            matcher.appendReplacement(
                    other,
                    Matcher.quoteReplacement(
                            known.computeIfAbsent(matcher.group(), found -> pseudonym(matcher))));
        }
        return matcher.appendTail(other).toString();
    }

    private String pseudonym(Matcher matcher) {
        String found = matcher.group();
        if (matcher.group("mac") != null) {
            return station(found);
        }
        return matcher.group("v6") != null ? six(found) : four(found);
    }

    /// The maker stays.
    private String station(String text) {
        byte[] pad =
                mac.doFinal(
                        ("mac" + text.toLowerCase(Locale.ROOT))
                                .getBytes(StandardCharsets.US_ASCII));
        return "ff:ff:ff:ff:ff:ff".equalsIgnoreCase(text) || "00:00:00:00:00:00".equals(text)
                ? text
                : text.substring(0, 9) + "%02x:%02x:%02x".formatted(pad[0], pad[1], pad[2]);
    }

    private String four(String text) {
        String[] octets = text.split("\\.", -1);
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            int octet = Integer.parseInt(octets[i]);
            if (octet > 255) {
                return text;
            }
            bytes[i] = (byte) octet;
        }
        int begin = bytes[0] & 0xFF;
        if (begin == 0 || begin == LOOPBACK || begin >= GROUPS) {
            return text;
        }
        byte[] other = padded(bytes, 1);
        other[0] = (byte) first[begin];
        return (other[0] & 0xFF)
                + "."
                + (other[1] & 0xFF)
                + "."
                + (other[2] & 0xFF)
                + "."
                + (other[3] & 0xFF);
    }

    /// What sort of address it is stays: the first two bytes.
    private String six(String text) {
        try {
            byte[] bytes = InetAddress.ofLiteral(Ipv6Address.parse(text).toString()).getAddress();
            boolean ordinary =
                    bytes.length == 16 && (bytes[0] & 0xFF) != 0xFF && (bytes[0] | bytes[1]) != 0;
            if (!ordinary) {
                return text;
            }
            return Ipv6Address.parse(InetAddress.getByAddress(padded(bytes, 2)).getHostAddress())
                    .toString();
        } catch (BalancerException | IllegalArgumentException | UnknownHostException e) {
            return text; // a time of day, or the like
        }
    }

    /// Each byte changed by what all before it are. A zero stays, as it ends networks.
    private byte[] padded(byte[] bytes, int from) {
        byte[] other = bytes.clone();
        for (int i = from; i < bytes.length; i++) {
            byte pad = mac.doFinal(Arrays.copyOf(bytes, i))[0];
            if (bytes[i] != 0 && bytes[i] != pad) { // what would become zero stays as well
                other[i] = (byte) (bytes[i] ^ pad);
            }
        }
        return other;
    }
}
