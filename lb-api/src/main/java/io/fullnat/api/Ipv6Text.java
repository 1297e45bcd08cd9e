// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// The text of IPv6 addresses: reads what RFC 4291 §2.2 allows, writes what RFC 5952 recommends.
final class Ipv6Text {
    private static final int GROUPS = 8;
    private static final int MAX_DIGITS = 4;
    private static final int NOWHERE = -1;

    /// A longer text is none; what is told of a wrong one stays short.
    private static final int MAX_LENGTH = 45;

    private final String text;
    private final int[] groups = new int[GROUPS];
    private int count;

    /// How many groups stand before `::`.
    private int gap = NOWHERE;

    private Ipv6Text(String text) {
        this.text = text;
    }

    static Ipv6Address parse(String text) {
        Ipv6Text reading = new Ipv6Text(text);
        if (text.indexOf('%') >= 0) {
            throw wrong(text, "has a zone; write the address alone, the device is named beside it");
        }
        if (text.startsWith("[")) {
            throw wrong(
                    text, "has brackets, which belong to an address with a port; write it without");
        }
        if (text.length() > MAX_LENGTH) {
            throw reading.malformed();
        }
        reading.read();
        return reading.address();
    }

    private void read() {
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            int end = groupEnd(at);
            boolean last = end == text.length();
            if (last && text.indexOf('.', at) >= 0) {
                embedded(text.substring(at));
                return;
            }
            add(hexadecimal(at, end));
            if (last) {
                return;
            }
            at = end + 1;
            if (at == text.length()) {
                throw malformed(); // a colon at the end
            }
            if (text.charAt(at) == ':') {
                if (gap != NOWHERE) {
                    throw malformed();
                }
                gap = count;
                at++;
            }
        }
    }

    private int groupEnd(int from) {
        int colon = text.indexOf(':', from);
        return colon < 0 ? text.length() : colon;
    }

    private int hexadecimal(int from, int to) {
        if (to == from || to - from > MAX_DIGITS) {
            throw malformed();
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw malformed();
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private void embedded(String quad) {
        int bits;
        try {
            bits = Ipv4Address.parse(quad).bits();
        } catch (BalancerException e) {
            throw wrong(text, "ends with \"" + quad + "\", which is no IPv4 address");
        }
        add(bits >>> 16);
        add(bits & 0xFFFF);
    }

    private void add(int group) {
        if (count == GROUPS) {
            throw malformed();
        }
        groups[count++] = group;
    }

    private Ipv6Address address() {
        if (gap == NOWHERE ? count != GROUPS : count == GROUPS) {
            throw malformed();
        }
        int zeros = GROUPS - count;
        long high = 0;
        long low = 0;
        for (int i = 0; i < GROUPS; i++) {
            int group;
            if (gap == NOWHERE || i < gap) {
                group = groups[i];
            } else {
                group = i < gap + zeros ? 0 : groups[i - zeros];
            }
            high = high << 16 | low >>> 48;
            low = low << 16 | group;
        }
        return new Ipv6Address(high, low);
    }

    private BalancerException malformed() {
        return wrong(
                text,
                "is not an IPv6 address (eight groups of hexadecimal digits, as in 2001:db8::1)");
    }

    private static BalancerException wrong(String text, String what) {
        String shown = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "..." : text;
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, "\"" + shown + "\" " + what);
    }

    static String format(long high, long low) {
        int from = NOWHERE; // of the longest row of zeros
        int longest = 1; // one group alone is written as it is (§4.2.2)
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && group(high, low, end) == 0) {
                end++;
            }
            if (end - i > longest) {
                from = i;
                longest = end - i;
            }
        }
        StringBuilder written = new StringBuilder(MAX_LENGTH);
        for (int i = 0; i < GROUPS; i++) {
            if (i == from) {
                written.append("::");
                i += longest - 1;
            } else {
                if (i > 0 && i != from + longest) {
                    written.append(':');
                }
                written.append(Integer.toHexString(group(high, low, i)));
            }
        }
        return written.toString();
    }

    private static int group(long high, long low, int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (16 * (3 - (index % 4)))) & 0xFFFF;
    }
}
