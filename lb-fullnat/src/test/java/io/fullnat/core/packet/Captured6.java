// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

/// Frames that two Linux hosts, 2001:db8::a and 2001:db8::b, sent over a veth pair without
/// offloads.
final class Captured6 {
    static final String SOLICITATION =
            """
            3333ff00000b 02000000000a 86dd 60000000 0020 3a ff
            20010db800000000000000000000000a ff0200000000000000000001ff00000b
            87001c03 00000000 20010db800000000000000000000000b 0101 02000000000a\
            """;

    static final String ADVERTISEMENT =
            """
            02000000000a 02000000000b 86dd 60000000 0020 3a ff
            20010db800000000000000000000000b 20010db800000000000000000000000a
            88008a4d 60000000 20010db800000000000000000000000b 0201 02000000000b\
            """;

    static final String UDP =
            """
            02000000000b 02000000000a 86dd 60009ec6 000f 11 40
            20010db800000000000000000000000a 20010db800000000000000000000000b
            b31e9c40000f9fa6 66756c6c6e6174\
            """;

    static final String PORT_UNREACHABLE =
            """
            02000000000a 02000000000b 86dd 6000a812 003f 3a 40
            20010db800000000000000000000000b 20010db800000000000000000000000a
            01049305 00000000
            60009ec6 000f 11 40
            20010db800000000000000000000000a 20010db800000000000000000000000b
            b31e9c40000f9fa6 66756c6c6e6174\
            """;

    static final String SYN =
            """
            02000000000b 02000000000a 86dd 600259f4 0028 06 40
            20010db800000000000000000000000a 20010db800000000000000000000000b
            8e2e9c41 40dccff6 00000000 a002fd20 c8540000
            020405a0 0402080a 6bb6801b 00000000 0103030a\
            """;

    static final String ECHO_REQUEST =
            """
            02000000000b 02000000000a 86dd 600470f0 000f 3a 40
            20010db800000000000000000000000a 20010db800000000000000000000000b
            80005cb6 12340001 66756c6c6e6174\
            """;

    private Captured6() {}
}
