// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

/// Numbers of pcapng (draft-ietf-opsawg-pcapng), and what both formats ask of a packet.
final class Pcapng {
    /// Of a block: reads the same in both byte orders.
    static final int SECTION_HEADER = 0x0A0D_0D0A;

    static final int INTERFACE = 1;
    static final int OLD_PACKET = 2;
    static final int SIMPLE_PACKET = 3;
    static final int STATISTICS = 5;
    static final int PACKET = 6;

    /// In a section header: tells its byte order.
    static final int ORDER_MAGIC = 0x1A2B_3C4D;

    static final int MAJOR_VERSION = 1;

    static final int OPTION_END = 0;
    static final int OPTION_COMMENT = 1;
    static final int SECTION_APPLICATION = 4;
    static final int INTERFACE_NAME = 2;
    static final int INTERFACE_RESOLUTION = 9;
    static final int INTERFACE_OFFSET = 14;
    static final int PACKET_FLAGS = 2;
    static final int PACKET_ID = 5;
    static final int PACKET_QUEUE = 6;
    static final int STATISTICS_RECEIVED = 4;
    static final int STATISTICS_DROPPED = 5;

    /// Of a packet's flags: which way it passed.
    static final int DIRECTION_MASK = 3;

    /// `LINKTYPE_ETHERNET`.
    static final int ETHERNET = 1;

    private Pcapng() {}

    static void requireEthernet(CaptureBytes in, int linkType) {
        if (linkType != ETHERNET) {
            throw in.wrong(
                    "has packets of link type "
                            + linkType
                            + ", not Ethernet (1); capture at one interface, not at \"any\"");
        }
    }

    static void requireLengths(CaptureBytes in, int captured, int length) {
        if (captured < 0 || captured > CaptureReader.MAX_PACKET) {
            throw in.wrong(
                    "has a packet of "
                            + Integer.toUnsignedString(captured)
                            + " bytes, more than "
                            + CaptureReader.MAX_PACKET);
        }
        if (length < 0) {
            throw in.wrong(
                    "has a packet that says to be "
                            + Integer.toUnsignedString(length)
                            + " bytes long");
        }
    }

    /// Bytes with those that fill up the last word.
    static int padded(int length) {
        return (length + 3) & ~3;
    }
}
