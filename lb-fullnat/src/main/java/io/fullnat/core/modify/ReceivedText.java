// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;

/// Reads a line of the PROXY protocol's text form: `PROXY`, `TCP4` or `TCP6`, two addresses of that
/// family and two ports with one blank between, or `UNKNOWN` and anything, and then CR LF. For one
/// thread.
final class ReceivedText {
    /// The longest line.
    static final int LONGEST = 107;

    /// Where addresses and ports are written: those of IPv6.
    static final int ROOM = 2 * 16 + 4;

    private static final byte[] UNKNOWN = {'U', 'N', 'K', 'N', 'O', 'W', 'N'};
    private static final byte[] TCP = {'T', 'C', 'P'};
    private static final int GROUPS = 8;

    private int length;
    private boolean known;
    private boolean ipv6;

    /// The next byte to read, and where the line ends; 0 for the first if it is none.
    private long at;

    private long end;

    /// Reads a line.
    ///
    /// @param line which begins with `PROXY` and a blank
    /// @param available bytes
    /// @param room where [#ROOM] bytes may be written
    /// @return [ReceivedHeader#PART], [ReceivedHeader#WHOLE] or [ReceivedHeader#WRONG]
    int read(long line, int available, long room) {
        int most = Math.min(available, LONGEST);
        int feed = 0;
        while (feed < most && Memory.getByte(line + feed) != '\n') {
            feed++;
        }
        if (feed == most) {
            return available >= LONGEST ? ReceivedHeader.WRONG : ReceivedHeader.PART;
        }
        if (Memory.getByte(line + feed - 1) != '\r') {
            return ReceivedHeader.WRONG;
        }
        length = feed + 1;
        end = line + feed - 1;
        at = line + ProxyBytes.TEXT.length;
        return isRight(room) ? ReceivedHeader.WHOLE : ReceivedHeader.WRONG;
    }

    private boolean isRight(long room) {
        known = false;
        if (takes(UNKNOWN)) {
            return at == end || Memory.getByte(at) == ' ';
        }
        if (!takes(TCP) || end - at < 2) {
            return false;
        }
        int family = Memory.getByte(at++);
        if (family != '4' && family != '6') {
            return false;
        }
        known = true;
        ipv6 = family == '6';
        int address = ipv6 ? 16 : 4;
        return takesBlank()
                && takesAddress(room)
                && takesBlank()
                && takesAddress(room + address)
                && takesBlank()
                && takesPort(room + 2L * address)
                && takesBlank()
                && takesPort(room + 2L * address + 2)
                && at == end;
    }

    /// Bytes of the line, its end included.
    int length() {
        return length;
    }

    /// Whether it says more than `UNKNOWN`.
    boolean hasAddresses() {
        return known;
    }

    boolean isIpv6() {
        return ipv6;
    }

    private boolean takes(byte[] word) {
        if (end - at < word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (Memory.getByte(at + i) != word[i]) {
                return false;
            }
        }
        at += word.length;
        return true;
    }

    private boolean takesBlank() {
        return takes((byte) ' ');
    }

    private boolean takes(byte one) {
        if (at < end && Memory.getByte(at) == one) {
            at++;
            return true;
        }
        return false;
    }

    private boolean takesAddress(long to) {
        return ipv6 ? takesIpv6(to) : takesIpv4(to);
    }

    private boolean takesPort(long to) {
        int port = number(65_535);
        Memory.putNetworkShort(to, port);
        return port >= 0;
    }

    /// A decimal number without leading zeros; -1 if there is none.
    private int number(int most) {
        int value = 0;
        int digits = 0;
        while (at < end && digits < 6) {
            int digit = Memory.getByte(at) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            if (digits == 1 && value == 0) {
                return -1;
            }
            value = 10 * value + digit;
            digits++;
            at++;
        }
        return digits == 0 || value > most ? -1 : value;
    }

    private boolean takesIpv4(long to) {
        for (int i = 0; i < 4; i++) {
            if (i > 0 && !takes((byte) '.')) {
                return false;
            }
            int part = number(255);
            if (part < 0) {
                return false;
            }
            Memory.putByte(to + i, part);
        }
        return true;
    }

    /// Groups of hexadecimal digits, one run of zeros left out at most, the last two perhaps as an
    /// address of IPv4 (RFC 4291 §2.2).
    private boolean takesIpv6(long to) {
        int groups = 0;
        int gap = -1;
        if (takes((byte) ':')) {
            if (!takes((byte) ':')) {
                return false;
            }
            gap = 0;
        }
        boolean more = at < end && digit(Memory.getByte(at)) >= 0;
        while (more && groups < GROUPS) {
            long from = at;
            int group = group();
            if (group < 0) {
                return false;
            }
            if (at < end && Memory.getByte(at) == '.') {
                at = from;
                if (groups > GROUPS - 2 || !takesIpv4(to + 2L * groups)) {
                    return false;
                }
                groups += 2;
                more = false;
                break;
            }
            Memory.putNetworkShort(to + 2L * groups, group);
            groups++;
            more = takes((byte) ':');
            if (more && takes((byte) ':')) {
                if (gap >= 0) {
                    return false;
                }
                gap = groups;
                more = at < end && digit(Memory.getByte(at)) >= 0;
            }
        }
        return !(more && groups == GROUPS) && spread(to, groups, gap);
    }

    /// @return -1 if there are no digits, or too many
    private int group() {
        int value = 0;
        int digits = 0;
        while (at < end) {
            int digit = digit(Memory.getByte(at));
            if (digit < 0) {
                break;
            }
            value = value << 4 | digit;
            at++;
            if (++digits > 4) {
                return -1;
            }
        }
        return digits == 0 ? -1 : value;
    }

    private static int digit(int character) {
        return Character.digit(character, 16);
    }

    /// Puts the zeros in that were left out.
    private static boolean spread(long to, int groups, int gap) {
        if (gap < 0) {
            return groups == GROUPS;
        }
        if (groups == GROUPS) {
            return false;
        }
        int behind = 2 * (groups - gap);
        Memory.copy(to + 2L * gap, to + 16 - behind, behind);
        Memory.zero(to + 2L * gap, 16 - behind - 2 * gap);
        return true;
    }
}
