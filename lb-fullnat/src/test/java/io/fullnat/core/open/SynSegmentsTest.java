// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.testing.Seed;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a service does to the SYNs of its connections, option by option, with right checksums.
class SynSegmentsTest {
    private static final int ROOM = 64;
    private static final int ETHERNET = 14;
    private static final int ISN = 0x7FFF_FFFF;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final SynSegments syns = bench.context.syns();
    private final Region memory = Region.allocate(256, "a segment");

    @AfterEach
    void close() {
        memory.close();
        bench.close();
    }

    /// The bench's service with another policy, in force.
    private ServiceEntry service(TcpPolicy policy) {
        ServiceEntry entry = bench.service(0, ServicePolicy.DEFAULT.withTcp(policy));
        bench.serve(entry);
        return entry;
    }

    /// The options of a segment after it was changed.
    private String changed(Families families, int flags, String options, int to) {
        long entry = bench.open(families, OpenBench.TCP, 1);
        byte[] frame =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4("198.51.0.1", "192.0.2.1")
                        .tcp(30_001, 80)
                        .flags(flags)
                        .tcpOptions(HexFormat.of().parseHex(options.replace(" ", "")))
                        .toBytes();
        long before = memory.address() + ROOM + ETHERNET;
        Memory.fromBytes(frame, memory.address() + ROOM);
        long ip = syns.change(entry, before, Ipv4.payload(before), 0, to);
        long l4 = Ipv4.payload(ip);
        assertThat(Checksum.isIpv4HeaderValid(ip)).isTrue();
        assertThat(Checksum.isTransportValid(ip)).isTrue();
        assertThat(l4 + Tcp.headerLength(l4)).isEqualTo(ip + Ipv4.totalLength(ip));
        byte[] left = new byte[Tcp.headerLength(l4) - Tcp.MIN_HEADER_LENGTH];
        for (int i = 0; i < left.length; i++) {
            left[i] = Memory.getByte(l4 + Tcp.MIN_HEADER_LENGTH + i);
        }
        return HexFormat.of().formatHex(left);
    }

    private String clamped(int mss, String options) {
        service(TcpPolicy.KEEP.withMss(mss));
        return changed(Families.IPV4, Tcp.SYN, options, 1500);
    }

    @ParameterizedTest
    @CsvSource({
        "1400, 020405b4, 02040578",
        "1460, 020405b4, 020405b4",
        "1461, 020405b4, 020405b4",
        "1400, 01030307 020405b4, 01030307 02040578",
        "1400, 02030501 01010101, 02030501 01010101"
    })
    void aSegmentSizeIsNeverRaised(int mss, String options, String expected) {
        assertThat(clamped(mss, options)).isEqualTo(expected.replace(" ", ""));
    }

    /// A server of IPv6 sends 1,220 bytes to who says nothing, one of IPv4 536 (RFC 9293 §3.7.1).
    @ParameterizedTest
    @CsvSource({
        "IPV4, 536, '', ''",
        "IPV4_TO_IPV6, 1220, '', ''",
        "IPV4_TO_IPV6, 1219, '', 020404c3",
        "IPV4_TO_IPV6, 1000, 01030307, 020403e801030307"
    })
    void oneThatSaysNoneIsToldApart(Families families, int mss, String options, String expected) {
        service(TcpPolicy.KEEP.withMss(mss));
        assertThat(changed(families, Tcp.SYN, options, 1500)).isEqualTo(expected);
    }

    @Test
    void aHeaderWithoutRoomStays() {
        service(TcpPolicy.KEEP.withMss(1000));
        String full = "01".repeat(40);
        assertThat(changed(Families.IPV4_TO_IPV6, Tcp.SYN, full, 1500)).isEqualTo(full);
    }

    @Test
    void alsoOfTheAnswer() {
        service(TcpPolicy.KEEP.withMss(1000));
        assertThat(changed(Families.IPV4, Tcp.SYN | Tcp.ACK, "020405b4", 1500))
                .isEqualTo("020403e8");
    }

    @Test
    void whatIsNoSynStays() {
        service(TcpPolicy.KEEP.withMss(1000).withStripsTimestamps(true));
        assertThat(changed(Families.IPV4, Tcp.ACK, "020405b4 0101080a0000000100000002", 1500))
                .isEqualTo("020405b40101080a0000000100000002");
    }

    @Test
    void aServiceThatSaysNothingChangesNothing() {
        service(TcpPolicy.KEEP);
        assertThat(changed(Families.IPV4, Tcp.SYN, "0204ffff 0101080a0000000100000002", 576))
                .isEqualTo("0204ffff0101080a0000000100000002");
    }

    /// The bench's link carries 1,500 bytes; a header of IPv6 is 20 longer.
    @ParameterizedTest
    @CsvSource({
        "IPV4, 1500, 020405b4",
        "IPV4, 1400, 02040550",
        "IPV4, 9000, 020405b4",
        "IPV4_TO_IPV6, 1500, 020405a0",
        "IPV4_TO_IPV6, 9000, 020405b4"
    })
    void asMuchAsBothLinksCarry(Families families, int to, String expected) {
        service(TcpPolicy.KEEP.withMss(TcpPolicy.PATH_MSS));
        assertThat(changed(families, Tcp.SYN, "0204ffff", to)).isEqualTo(expected);
    }

    @Test
    void timestampsAreMadePadding() {
        service(TcpPolicy.KEEP.withStripsTimestamps(true));
        assertThat(changed(Families.IPV4, Tcp.SYN, "0402080a0000000100000000 020405b4", 1500))
                .isEqualTo("040201010101010101010101020405b4");
    }

    @Test
    void aFreshNumberIsThatOfTheConnection() {
        ServiceEntry fresh = service(TcpPolicy.KEEP.withFreshIsn(true));
        long entry = bench.open(Families.IPV4, OpenBench.TCP, 1);
        syns.begin(entry, fresh, ISN);
        assertThat(ConnectionLayout.isShifted(entry)).isTrue();
        int number = syns.number(entry, fresh, ISN);
        assertThat(number).isNotEqualTo(ISN);
        assertThat(ISN + (int) bench.context.table().shifts().of(entry)).isEqualTo(number);

        syns.begin(entry, service(TcpPolicy.KEEP), ISN);
        assertThat(ConnectionLayout.isShifted(entry)).as("begins anew without").isFalse();
        assertThat(syns.number(entry, bench.service, ISN)).isEqualTo(ISN);
    }

    @Test
    void aConnectionWhoseServiceIsGoneKeepsTheClientsNumber() {
        ServiceEntry fresh = service(TcpPolicy.KEEP.withFreshIsn(true));
        long entry = bench.open(Families.IPV4, OpenBench.TCP, 1);
        syns.begin(entry, fresh, ISN);
        syns.begin(entry, null, ISN);
        assertThat(ConnectionLayout.isShifted(entry)).isFalse();
    }
}
