// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import java.util.HexFormat;

/// Frames that two Linux hosts, 10.0.0.1 and 10.0.0.2, sent over a veth pair without offloads.
final class Captured {
    static final String ARP_REQUEST =
            """
            ffffffffffff 02000000000a 0806 0001 0800 06 04 0001
            02000000000a 0a000001 000000000000 0a000002\
            """;

    static final String ARP_REPLY =
            """
            02000000000a 02000000000b 0806 0001 0800 06 04 0002
            02000000000b 0a000002 02000000000a 0a000001\
            """;

    static final String SYN =
            """
            02000000000b 02000000000a 0800
            4500003c 76514000 4006b068 0a000001 0a000002
            a13684d0 e30b9387 00000000 a002faf0 e96b0000
            020405b4 0402080a a5670d9c 00000000 0103030a\
            """;

    static final String DATA =
            """
            02000000000b 02000000000a 0800
            45000039 76534000 4006b069 0a000001 0a000002
            a13684d0 e30b9388 268bdba1 8018003f 02a10000
            0101080a a5670d9c 66b66379 68656c6c6f\
            """;

    static final String UDP =
            """
            02000000000b 02000000000a 0800
            45000023 50e24000 4011d5e5 0a000001 0a000002
            9c419c40 000ffe07 66756c6c6e6174\
            """;

    static final String PORT_UNREACHABLE =
            """
            02000000000a 02000000000b 0800
            45c0003f c0180000 4001a5e3 0a000002 0a000001
            03031120 00000000
            45000023 50e24000 4011d5e5 0a000001 0a000002
            9c419c40 000ffe07 66756c6c6e6174\
            """;

    private Captured() {}

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }
}
