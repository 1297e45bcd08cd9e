// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;

/// Writes the text form of a PROXY header (version 1), a line of at most 104 bytes. Stateless; for
/// the packet path, which makes no objects.
final class ProxyText {
    private static final byte[] TCP4 = {'P', 'R', 'O', 'X', 'Y', ' ', 'T', 'C', 'P', '4', ' '};
    private static final byte[] TCP6 = {'P', 'R', 'O', 'X', 'Y', ' ', 'T', 'C', 'P', '6', ' '};
    private static final byte[] DIGITS = {
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };
    private static final int GROUPS = 8;

    private ProxyText() {}

    /// Writes a header.
    ///
    /// @param at where, with room for [ProxyBytes#LONGEST] bytes
    /// @param ipv6 the family of both addresses
    /// @param addresses where source and destination lie, in network order
    /// @param ports where both ports lie
    /// @return its length
    static int write(long at, boolean ipv6, long addresses, long ports) {
        long end = copy(at, ipv6 ? TCP6 : TCP4);
        int length = ipv6 ? 16 : 4;
        end = blank(address(end, ipv6, addresses));
        end = blank(address(end, ipv6, addresses + length));
        end = blank(decimal(end, Memory.getNetworkShort(ports)));
        end = decimal(end, Memory.getNetworkShort(ports + 2));
        Memory.putByte(end, '\r');
        Memory.putByte(end + 1, '\n');
        return (int) (end + 2 - at);
    }

    private static long copy(long at, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            Memory.putByte(at + i, bytes[i]);
        }
        return at + bytes.length;
    }

    private static long blank(long at) {
        Memory.putByte(at, ' ');
        return at + 1;
    }

    private static long address(long at, boolean ipv6, long address) {
        if (ipv6) {
            return ipv6(at, address);
        }
        long end = at;
        for (int i = 0; i < 4; i++) {
            if (i > 0) {
                Memory.putByte(end++, '.');
            }
            end = decimal(end, Memory.getUnsignedByte(address + i));
        }
        return end;
    }

    private static long decimal(long at, int number) {
        int divisor = 1;
        while (number / divisor >= 10) {
            divisor *= 10;
        }
        long end = at;
        for (; divisor > 0; divisor /= 10) {
            Memory.putByte(end++, DIGITS[number / divisor % 10]);
        }
        return end;
    }

    /// As RFC 5952 has it: small letters, no leading zeros, the longest run of two or more zero
    /// groups left out, the first of equals.
    private static long ipv6(long at, long address) {
        int first = -1;
        int most = 1;
        for (int i = 0; i < GROUPS; i++) {
            int run = zeros(address, i);
            if (run > most) {
                first = i;
                most = run;
            }
        }
        long end = at;
        for (int i = 0; i < GROUPS; i++) {
            if (i == first) {
                Memory.putByte(end++, ':');
                Memory.putByte(end++, ':');
                i += most - 1;
                continue;
            }
            if (i > 0 && (first < 0 || i != first + most)) {
                Memory.putByte(end++, ':');
            }
            end = hexadecimal(end, Memory.getNetworkShort(address + 2L * i));
        }
        return end;
    }

    private static int zeros(long address, int from) {
        int run = 0;
        while (from + run < GROUPS && Memory.getNetworkShort(address + 2L * (from + run)) == 0) {
            run++;
        }
        return run;
    }

    /// A hexadecimal digit.
    static byte digit(int value) {
        return DIGITS[value];
    }

    private static long hexadecimal(long at, int group) {
        int shift = 12;
        while (shift > 0 && group >>> shift == 0) {
            shift -= 4;
        }
        long end = at;
        for (; shift >= 0; shift -= 4) {
            Memory.putByte(end++, DIGITS[group >>> shift & 0xF]);
        }
        return end;
    }
}
