// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.packet.Crc32c;
import io.fullnat.core.service.ServiceEntry;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes what PROXY headers of one worker say beside addresses and ports ([ProxyTlv]): type,
/// length in two bytes, value. For the worker's thread.
final class ProxyTlvs {
    /// Type and length.
    static final int FRONT = 3;

    /// Of the checksum, which is the last.
    static final int CRC_LENGTH = FRONT + Integer.BYTES;

    /// All of them together, with the longest text of a service.
    static final int LONGEST = FRONT + 2 * Long.BYTES * 2 + FRONT + 57 + CRC_LENGTH;

    private static final int DIGITS = Long.BYTES * 2;

    private final long worker;
    private long connections;

    /// By slot of the service.
    private @Nullable Name[] names = {};

    /// How a service is told.
    private static final class Name {
        final ServiceKey key;
        final byte[] text;

        Name(ServiceKey key) {
            this.key = key;
            text = key.name().getBytes(StandardCharsets.US_ASCII);
        }
    }

    /// @param worker what no other worker has, of this process or another
    ProxyTlvs(long worker) {
        this.worker = worker;
    }

    /// Writes those that a service wants, the checksum's value not yet.
    ///
    /// @param at where, with room for [#LONGEST] bytes
    /// @param service of a connection that begins
    /// @return how many bytes
    int write(long at, ServiceEntry service) {
        Set<ProxyTlv> wanted = service.service().policy().disclosure().proxyTlvs();
        long end = at;
        if (wanted.contains(ProxyTlv.UNIQUE_ID)) {
            end = front(end, ProxyTlv.UNIQUE_ID, 2 * DIGITS);
            end = hexadecimal(hexadecimal(end, worker), connections++);
        }
        if (wanted.contains(ProxyTlv.SERVICE)) {
            byte[] name = name(service.slot(), service.service().key());
            end = front(end, ProxyTlv.SERVICE, name.length);
            for (byte one : name) {
                Memory.putByte(end++, one);
            }
        }
        if (wanted.contains(ProxyTlv.CRC32C)) {
            end = front(end, ProxyTlv.CRC32C, Integer.BYTES);
            Memory.putInt(end, 0);
            end += Integer.BYTES;
        }
        return (int) (end - at);
    }

    /// Made once for each service, not for each connection.
    private byte[] name(int slot, ServiceKey key) {
        if (slot >= names.length) {
            names = Arrays.copyOf(names, slot + 1);
        }
        Name name = names[slot];
        if (name == null || !name.key.equals(key)) {
            name = new Name(key);
            names[slot] = name;
        }
        return name.text;
    }

    private static long front(long at, ProxyTlv tlv, int length) {
        Memory.putByte(at, tlv.type());
        Memory.putNetworkShort(at + 1, length);
        return at + FRONT;
    }

    private static long hexadecimal(long at, long number) {
        long end = at;
        for (int shift = Long.SIZE - 4; shift >= 0; shift -= 4) {
            Memory.putByte(end++, ProxyText.digit((int) (number >>> shift) & 0xF));
        }
        return end;
    }

    /// Writes the checksum of a header, if it ends with one.
    ///
    /// @param header where it begins
    /// @param length of all of it
    /// @param tlvs how many bytes of that [#write] has written
    static void seal(long header, int length, int tlvs) {
        long at = header + length - CRC_LENGTH;
        if (tlvs >= CRC_LENGTH && Memory.getUnsignedByte(at) == ProxyTlv.CRC32C.type()) {
            Memory.putInt(at + FRONT, 0);
            int sum = Crc32c.end(Crc32c.add(Crc32c.START, header, length));
            Memory.putNetworkInt(at + FRONT, sum);
        }
    }
}
