// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// `struct rte_mbuf`, two cache lines; the same in all supported versions.
///
/// ```
///  0          8          16      18      20      22      24         32         36       40     42
///  +----------+----------+-------+-------+-------+-------+----------+----------+--------+------+---
///  | buf_addr |          | data_ | refcnt| nb_   | port  | ol_flags |          | pkt_len| data_| ..
///  |          |          | off   |       | segs  |       |          |          |        | len  |
///  +----------+----------+-------+-------+-------+-------+----------+----------+--------+------+---
///  54       56     64     72
///  +--------+------+------+----
///  | buf_len| pool | next | ...
///  +--------+------+------+----
/// ```
///
/// The eight bytes at 16 are read and written in one piece, named `rearm` as in DPDK.
final class MbufLayout {
    static final int SIZE = 128;
    static final int BUFFER_ADDRESS = 0;
    static final int DATA_OFFSET = 16;
    static final int REFERENCES = 18;
    static final int SEGMENTS = 20;
    static final int FLAGS = 24;
    static final int PACKET_LENGTH = 36;
    static final int DATA_LENGTH = 40;
    static final int BUFFER_LENGTH = 54;
    static final int POOL = 56;

    /// Offset of data offset, references, segments and port.
    static final int REARM = 16;

    /// One reference and one segment, in the bits of [#SHARE_MASK] of the rearm word.
    static final long UNSHARED = 1L << 32 | 1L << 16;

    static final long SHARE_MASK = 0x0000_FFFF_FFFF_0000L;

    /// The rearm word of a fresh buffer: `RTE_PKTMBUF_HEADROOM`, unshared, no port.
    static final long FRESH = 0xFFFFL << 48 | UNSHARED | 128;

    /// `RTE_MBUF_F_RX_IP_CKSUM_BAD`; together with GOOD it means that nobody looked.
    static final long IP_CHECKSUM_BAD = 1L << 4;

    /// `RTE_MBUF_F_RX_IP_CKSUM_GOOD`.
    static final long IP_CHECKSUM_GOOD = 1L << 7;

    /// `RTE_MBUF_F_EXTERNAL` and `RTE_MBUF_F_INDIRECT`: the data is not the buffer's own.
    static final long BORROWED = 1L << 61 | 1L << 62;

    private MbufLayout() {}
}
