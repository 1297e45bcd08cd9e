// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static io.fullnat.core.simulation.OneHost.MAC;
import static io.fullnat.core.simulation.OneHost.OWN;
import static io.fullnat.core.simulation.OneHost.OWN_6;
import static io.fullnat.core.simulation.OneHost.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpInputTest {
    private static final String OTHER = "10.0.0.2";
    private static final String OTHER_6 = "2001:db8::2";

    private final OneHost one = new OneHost();
    private final List<byte[]> received = new ArrayList<>();
    private final IpInput input =
            new IpInput(
                    one.host,
                    packet -> {
                        assertThat(packet.isChecksumRight()).isTrue();
                        received.add(Memory.toBytes(packet.ip(), packet.length()));
                    });
    private final Region memory = Region.allocate(4096, "a frame");

    @AfterEach
    void close() {
        memory.close();
        one.close();
    }

    private static PacketBuilder to(boolean ipv6) {
        PacketBuilder frame = PacketBuilder.ethernet(PEER, MAC);
        return ipv6 ? frame.ipv6(OTHER_6, OWN_6) : frame.ipv4(OTHER, OWN).identification(7);
    }

    private static PacketBuilder datagram(boolean ipv6, int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) i;
        }
        return to(ipv6).udp(5000, 7).payload(data);
    }

    private void receive(byte[] frame) {
        Memory.fromBytes(frame, memory.address());
        long ip = memory.address() + Ethernet.HEADER_LENGTH;
        int available = frame.length - Ethernet.HEADER_LENGTH;
        if (Ipv4.version(ip) == 4) {
            input.ipv4(ip, available);
        } else {
            input.ipv6(ip, available);
        }
    }

    private static byte[] packet(byte[] frame) {
        return Arrays.copyOfRange(frame, Ethernet.HEADER_LENGTH, frame.length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPacketForTheHostIsHandedOnWithoutPadding(boolean ipv6) {
        byte[] frame = datagram(ipv6, 40).toBytes();
        receive(Arrays.copyOf(frame, frame.length + 5));
        assertThat(received).containsExactly(packet(frame));
    }

    @Test
    void aPacketForAGroupOfTheHostIsForTheHost() {
        receive(
                PacketBuilder.ethernet(PEER, MAC)
                        .ipv6(OTHER_6, "ff02::1:ff00:1")
                        .udp(5000, 7)
                        .toBytes());
        assertThat(received).hasSize(1);
    }

    @Test
    void whatIsForOthersIsIgnored() {
        receive(PacketBuilder.ethernet(PEER, MAC).ipv4(OTHER, "10.0.0.3").udp(1, 7).toBytes());
        receive(PacketBuilder.ethernet(PEER, MAC).ipv6(OTHER_6, "2001:db8::3").udp(1, 7).toBytes());
        assertThat(received).isEmpty();
        assertThat(one.host.counters().ignoredFrames()).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsCountedByWhatIsWrong() {
        receive(to(false).totalLength(900).udp(1, 7).toBytes());
        receive(datagram(true, 40).truncate(80).toBytes());
        assertThat(one.host.counters().malformed()).isEqualTo(2);
        assertThat(one.host.counters().badChecksums()).isZero();
        receive(to(false).badIpChecksum().udp(1, 7).toBytes());
        assertThat(received).isEmpty();
        assertThat(one.host.counters().badChecksums()).isOne();
        assertThat(one.host.counters().ignoredFrames()).isZero();
    }

    private static byte[] whole(boolean ipv6) {
        PacketBuilder datagram = datagram(ipv6, 100);
        return packet((ipv6 ? datagram : datagram.identification(0).dontFragment()).toBytes());
    }

    /// One fragment of the datagram above.
    private static byte[] part(boolean ipv6, int from, int end, boolean option) {
        byte[] whole = whole(ipv6);
        int header = ipv6 ? 40 : 20;
        PacketBuilder part = to(ipv6);
        if (option) {
            part = part.extension(Ipv6Extension.routerAlert());
        }
        boolean more = header + end < whole.length;
        part =
                ipv6
                        ? part.extension(Ipv6Extension.fragment(from, more, 7))
                        : part.fragment(from, more);
        return part.protocol(17)
                .payload(Arrays.copyOfRange(whole, header + from, header + end))
                .toBytes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fragmentsInAnyOrderAreOnePacket(boolean ipv6) {
        receive(part(ipv6, 64, 108, false));
        receive(part(ipv6, 0, 32, false));
        assertThat(received).isEmpty();
        receive(part(ipv6, 32, 64, false));
        assertThat(one.host.counters().fragments()).isEqualTo(3);
        assertThat(received).containsExactly(whole(ipv6));
    }

    /// RFC 8200 §4.5: what stands in front of the fragment header is of the fragments, not of the
    /// packet.
    @Test
    void extensionHeadersInFrontOfAFragmentHeaderAreLeftOut() {
        receive(part(true, 0, 64, true));
        receive(part(true, 64, 108, true));
        assertThat(received).containsExactly(whole(true));
    }

    @Test
    void fragmentsOfSeveralPacketsAreNotMixed() {
        byte[] beginning = part(false, 0, 64, false);
        byte[] rest =
                PacketBuilder.ethernet(PEER, MAC)
                        .ipv4(OTHER, OWN)
                        .identification(8)
                        .fragment(64, false)
                        .protocol(17)
                        .payload(new byte[44])
                        .toBytes();
        receive(beginning);
        receive(rest);
        assertThat(one.host.counters().fragments()).isEqualTo(2);
        assertThat(received).isEmpty();
    }
}
