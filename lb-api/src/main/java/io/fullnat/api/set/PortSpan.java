// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import java.util.Locale;

/// Ports from one to another, both included, of one protocol (0: of any): `80`, `tcp:80-89`.
record PortSpan(int protocol, int from, int to) {
    private static final int LAST = 0xFFFF;

    /// Any port.
    static final PortSpan ANY = new PortSpan(0, 0, 0);

    /// Reads one.
    ///
    /// @param zeroIsAny whether port 0 stands for all
    static PortSpan parse(String text, boolean zeroIsAny) {
        int colon = text.indexOf(':');
        int protocol = colon < 0 ? 0 : protocol(text, text.substring(0, colon));
        String numbers = text.substring(colon + 1);
        int dash = numbers.indexOf('-');
        int from = number(text, dash < 0 ? numbers : numbers.substring(0, dash));
        int to = dash < 0 ? from : number(text, numbers.substring(dash + 1));
        if (from > to) {
            throw wrong(text, "give the lower port first");
        }
        if (zeroIsAny && from == 0 && to > 0) {
            throw wrong(text, "port 0 stands for all ports: begin at 1, or give 0 alone");
        }
        return new PortSpan(protocol, from, to);
    }

    private static int protocol(String text, String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "tcp" -> Protocol.TCP.number();
            case "udp" -> Protocol.UDP.number();
            default -> throw wrong(text, "protocols are tcp and udp");
        };
    }

    private static int number(String text, String digits) {
        int number = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : LAST + 1;
        if (number > LAST) {
            throw wrong(text, "ports are 0-65535, as in tcp:80, 80-89");
        }
        return number;
    }

    private static BalancerException wrong(String text, String remedy) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT, "\"" + text + "\" is no port: " + remedy);
    }

    int count() {
        return to - from + 1;
    }

    /// One of them, with the protocol.
    int get(int index) {
        return protocol << 16 | (from + index);
    }
}
