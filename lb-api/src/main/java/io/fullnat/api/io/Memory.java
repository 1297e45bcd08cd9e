// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import io.fullnat.api.JvmRequirements;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

/// Reads and writes native memory by address: packets, their descriptors and off-heap tables.
///
/// An access is one machine instruction, and nearly nothing to the compiler, which matters as much:
/// with memory segments the compiler's limit for the size of a method was reached in the middle of
/// the packet path, and the rest was called instead of inlined (docs/performance.md). Agrona's
/// access needs `--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED` ([JvmRequirements]).
///
/// There is **no** protection: an address that is not mapped ends the JVM. Callers check a packet
/// once, at the gate, and own the memory they name.
///
/// Multi-byte values are in the machine's order unless the name says `Network`, which is big endian
/// (RFC 1700). Stateless, so thread-safe; the accesses themselves are plain unless the name says
/// otherwise.
public final class Memory {
    static {
        JvmRequirements.require(); // else the JVM says only which class may not reach which
    }

    private Memory() {}

    /// Reads one byte.
    ///
    /// @param address where
    /// @return the byte, signed
    public static byte getByte(long address) {
        return UnsafeApi.getByte(address);
    }

    /// Reads one byte as a number.
    ///
    /// @param address where
    /// @return 0 to 255
    public static int getUnsignedByte(long address) {
        return getByte(address) & 0xFF;
    }

    /// Reads two bytes.
    ///
    /// @param address where
    /// @return the bytes in machine order
    public static short getShort(long address) {
        return UnsafeApi.getShort(address);
    }

    /// Reads two bytes as a number in machine order.
    ///
    /// @param address where
    /// @return 0 to 65535
    public static int getUnsignedShort(long address) {
        return getShort(address) & 0xFFFF;
    }

    /// Reads four bytes.
    ///
    /// @param address where
    /// @return the bytes in machine order
    public static int getInt(long address) {
        return UnsafeApi.getInt(address);
    }

    /// Reads four bytes that another thread, or the kernel, may be writing; what it wrote before
    /// them is seen after this (acquire).
    ///
    /// @param address where, a multiple of 4
    /// @return the bytes in machine order
    public static int getIntAcquire(long address) {
        return UnsafeApi.getIntAcquire(null, address);
    }

    /// Writes four bytes for another thread, or the kernel; what was read and written before is
    /// over when they are seen (release).
    ///
    /// @param address where, a multiple of 4
    /// @param value in machine order
    public static void putIntRelease(long address, int value) {
        UnsafeApi.putIntRelease(null, address, value);
    }

    /// Reads eight bytes.
    ///
    /// @param address where
    /// @return the bytes in machine order
    public static long getLong(long address) {
        return UnsafeApi.getLong(address);
    }

    /// Reads eight bytes; what is read after is not older (acquire).
    ///
    /// @param address a multiple of 8
    /// @return the bytes in machine order
    public static long getLongAcquire(long address) {
        return UnsafeApi.getLongAcquire(null, address);
    }

    /// Writes eight bytes; a reader by [#getLongAcquire] sees what was written before (release).
    ///
    /// @param address a multiple of 8
    /// @param value in machine order
    public static void putLongRelease(long address, long value) {
        UnsafeApi.putLongRelease(null, address, value);
    }

    /// Reads a 16-bit number of a packet.
    ///
    /// @param address where
    /// @return 0 to 65535
    public static int getNetworkShort(long address) {
        return Character.reverseBytes((char) getShort(address));
    }

    /// Reads a 32-bit number of a packet.
    ///
    /// @param address where
    /// @return the number
    public static int getNetworkInt(long address) {
        return Integer.reverseBytes(getInt(address));
    }

    /// Reads a 64-bit number of a packet, half an IPv6 address.
    ///
    /// @param address where
    /// @return the number
    public static long getNetworkLong(long address) {
        return Long.reverseBytes(getLong(address));
    }

    /// Reads a 48-bit number of a packet, a MAC address.
    ///
    /// @param address where
    /// @return the number in the low 48 bits
    public static long getNetworkMac(long address) {
        return (getNetworkShort(address) & 0xFFFFL) << 32
                | (getNetworkInt(address + 2) & 0xFFFF_FFFFL);
    }

    /// Writes one byte.
    ///
    /// @param address where
    /// @param value the low eight bits count
    public static void putByte(long address, int value) {
        UnsafeApi.putByte(address, (byte) value);
    }

    /// Writes two bytes.
    ///
    /// @param address where
    /// @param value in machine order, the low 16 bits count
    public static void putShort(long address, int value) {
        UnsafeApi.putShort(address, (short) value);
    }

    /// Writes four bytes.
    ///
    /// @param address where
    /// @param value in machine order
    public static void putInt(long address, int value) {
        UnsafeApi.putInt(address, value);
    }

    /// Writes eight bytes.
    ///
    /// @param address where
    /// @param value in machine order
    public static void putLong(long address, long value) {
        UnsafeApi.putLong(address, value);
    }

    /// Writes a 16-bit number of a packet.
    ///
    /// @param address where
    /// @param value the low 16 bits count
    public static void putNetworkShort(long address, int value) {
        putShort(address, Short.reverseBytes((short) value));
    }

    /// Writes a 32-bit number of a packet.
    ///
    /// @param address where
    /// @param value the number
    public static void putNetworkInt(long address, int value) {
        putInt(address, Integer.reverseBytes(value));
    }

    /// Writes a 64-bit number of a packet, half an IPv6 address.
    ///
    /// @param address where
    /// @param value the number
    public static void putNetworkLong(long address, long value) {
        putLong(address, Long.reverseBytes(value));
    }

    /// Writes a 48-bit number of a packet, a MAC address.
    ///
    /// @param address where
    /// @param mac the number in the low 48 bits
    public static void putNetworkMac(long address, long mac) {
        putNetworkShort(address, (int) (mac >>> 32));
        putNetworkInt(address + 2, (int) mac);
    }

    /// Adds to a 64-bit counter that only the calling thread writes.
    ///
    /// @param address of the counter
    /// @param increment what to add
    public static void addLong(long address, long increment) {
        putLong(address, getLong(address) + increment);
    }

    /// Adds to a 64-bit counter that several threads write.
    ///
    /// @param address of the counter, a multiple of 8
    /// @param increment what to add
    public static void addLongAtomically(long address, long increment) {
        UnsafeApi.getAndAddLong(null, address, increment);
    }

    /// Writes eight bytes if they are as expected, which is one step to other threads (volatile).
    ///
    /// @param address where, a multiple of 8
    /// @param expected what must be there
    /// @param value what is there then
    /// @return whether it was written
    public static boolean compareAndSetLong(long address, long expected, long value) {
        return UnsafeApi.compareAndSetLong(null, address, expected, value);
    }

    /// Copies bytes; the ranges may overlap.
    ///
    /// @param from first byte to read
    /// @param to first byte to write
    /// @param length how many
    public static void copy(long from, long to, long length) {
        UnsafeApi.copyMemory(from, to, length);
    }

    /// Takes memory from the system. Large blocks get their pages only when they are first written,
    /// on the NUMA node of the thread that does it.
    ///
    /// @param bytes how many
    /// @return the first byte, to be given to [#free(long)]; what the bytes hold is undefined
    /// @throws OutOfMemoryError if the system has not enough
    public static long allocate(long bytes) {
        return UnsafeApi.allocateMemory(bytes);
    }

    /// Has the system give the page of an address, unless it has; what it holds stays. Written at
    /// once and not read first: a page that is read first is one of zeroes that all share, and the
    /// write has to ask again.
    ///
    /// @param address a multiple of 8 in memory from [#allocate(long)]
    public static void touch(long address) {
        UnsafeApi.getAndAddLong(null, address, 0);
    }

    /// The size of the pages by which the system gives memory.
    ///
    /// @return bytes, a power of two
    public static int pageSize() {
        return UnsafeApi.pageSize();
    }

    /// Gives memory back.
    ///
    /// @param address from [#allocate(long)], not given back yet
    public static void free(long address) {
        UnsafeApi.freeMemory(address);
    }

    /// Sets bytes to zero.
    ///
    /// @param address the first byte
    /// @param length how many
    public static void zero(long address, long length) {
        long end = address + length;
        long at = address;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            putLong(at, 0);
        }
        for (; at < end; at++) {
            putByte(at, 0);
        }
    }

    /// Copies bytes out of native memory.
    ///
    /// @param address the first byte
    /// @param length how many
    /// @return a new array
    public static byte[] toBytes(long address, int length) {
        byte[] bytes = new byte[length];
        UnsafeApi.copyMemory(null, address, bytes, BufferUtil.ARRAY_BASE_OFFSET, length);
        return bytes;
    }

    /// Copies an array into native memory.
    ///
    /// @param bytes all of it is copied
    /// @param address the first byte to write
    public static void fromBytes(byte[] bytes, long address) {
        UnsafeApi.copyMemory(bytes, BufferUtil.ARRAY_BASE_OFFSET, null, address, bytes.length);
    }
}
