// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// A received packet while the slow path handles it, taken apart as far as the link layer. One
/// object a worker, filled again for each packet.
public final class Frame {
    private long buffer;
    private long l2;
    private int length;
    private int port;
    private int device;
    private int headerLength;

    /// An empty frame.
    public Frame() {}

    /// Takes the next packet.
    ///
    /// @param handle its buffer
    /// @param data its first byte
    /// @param bytes its length
    /// @param inPort where it came in
    public void set(long handle, long data, int bytes, int inPort) {
        buffer = handle;
        l2 = data;
        length = bytes;
        port = inPort;
        device = NetworkView.NONE;
        headerLength = 0;
    }

    /// Notes what the link header says.
    ///
    /// @param inDevice the device of port and VLAN
    /// @param linkHeaderLength 14, or 18 with a tag
    public void link(int inDevice, int linkHeaderLength) {
        device = inDevice;
        headerLength = linkHeaderLength;
    }

    /// Says where the packet in the frame starts after its headers were moved. The link header is
    /// not there any more, but its length is kept.
    ///
    /// @param l3 address of the IP header
    public void moveTo(long l3) {
        long moved = l3 - l3();
        l2 += moved;
        length -= (int) moved;
    }

    /// The handle of its buffer.
    ///
    /// @return never 0
    public long buffer() {
        return buffer;
    }

    /// Where the frame starts.
    ///
    /// @return address of the Ethernet header
    public long l2() {
        return l2;
    }

    /// Bytes of the frame.
    ///
    /// @return from [#l2()] on
    public int length() {
        return length;
    }

    /// The port it came in by.
    ///
    /// @return its number
    public int port() {
        return port;
    }

    /// The device it came in by.
    ///
    /// @return its number
    public int device() {
        return device;
    }

    /// Bytes of the link header.
    ///
    /// @return 14, or 18 with a tag
    public int headerLength() {
        return headerLength;
    }

    /// Where the packet in the frame starts.
    ///
    /// @return address of the IP header or ARP packet
    public long l3() {
        return l2 + headerLength;
    }

    /// Bytes from there.
    ///
    /// @return padding included
    public int l3Length() {
        return length - headerLength;
    }
}
