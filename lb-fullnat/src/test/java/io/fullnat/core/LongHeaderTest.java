// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.AdjacencyTable;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An adjacency whose packets have more in front of them than a link header, as of a tunnel: what
/// goes in front, and how much, comes from the adjacency, on each way a packet can take.
class LongHeaderTest {
    private static final int LINK = 14;
    private static final int LAN = 1;
    private static final String OTHER_MAC = "02:00:00:00:00:52";

    private final Rig rig = new Rig().configured();

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private AdjacencyTable table() {
        return rig.balancer.workersThemselves().getFirst().neighbours();
    }

    private int server() {
        int index = table().find(LAN, 0, IpAddress.mapped(0x0A00_010B));
        assertThat(index).isNotNegative();
        return index;
    }

    private byte[] encapsulate(int length) {
        byte[] header = new byte[length];
        for (int i = 0; i < length; i++) {
            header[i] = (byte) (0xA0 + i);
        }
        try (Region memory = Region.allocate(length, "test")) {
            for (int i = 0; i < length; i++) {
                Memory.putByte(memory.address() + i, header[i]);
            }
            table().encapsulate(server(), memory.address(), length);
        }
        return header;
    }

    /// A frame without and then with a header behind its link header.
    private static byte[] with(byte[] header, byte[] frame) {
        byte[] longer = Arrays.copyOf(frame, frame.length + header.length);
        System.arraycopy(header, 0, longer, LINK, header.length);
        System.arraycopy(frame, LINK, longer, LINK + header.length, frame.length - LINK);
        return longer;
    }

    private static PacketBuilder toServer(String mac, byte[] sent, int header) {
        int port = (sent[LINK + header + 20] & 0xFF) << 8 | (sent[LINK + header + 21] & 0xFF);
        return PacketBuilder.ethernet(Rig.LAN_MAC, mac)
                .ipv4(Rig.LOCAL, Rig.SERVER)
                .timeToLive(63)
                .tcp(port, 8080);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 20, 40, AdjacencyTable.MAX_INNER})
    void eachPacketOfTheFlowHasIt(int length) {
        byte[] header = encapsulate(length);

        byte[] syn = rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN)).getFirst();
        byte[] data = rig.clientSends(fromClient().tcp(40000, 80).payload("known")).getFirst();

        assertThat(syn)
                .isEqualTo(
                        with(
                                header,
                                toServer(Rig.SERVER_MAC, syn, length).flags(Tcp.SYN).toBytes()));
        assertThat(data)
                .isEqualTo(
                        with(
                                header,
                                toServer(Rig.SERVER_MAC, syn, length).payload("known").toBytes()));
        assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 20})
    void aPacketOfTheSlowPathHasItToo(int length) {
        byte[] header = encapsulate(length);
        byte[] noOperation = {1, 1, 1, 1};

        byte[] out =
                rig.clientSends(fromClient().ipOptions(noOperation).tcp(40000, 80).flags(Tcp.SYN))
                        .getFirst();

        assertThat(Arrays.copyOfRange(out, LINK, LINK + length)).isEqualTo(header);
        assertThat(out[LINK + length]).as("version and header length").isEqualTo((byte) 0x46);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 20})
    void answersOfTheServerHaveNone(int length) {
        encapsulate(length);
        byte[] syn = rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN)).getFirst();
        int port = (syn[LINK + length + 20] & 0xFF) << 8 | (syn[LINK + length + 21] & 0xFF);

        List<byte[]> answer =
                rig.serverSends(
                        fromServer()
                                .tcp(8080, port)
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(9)
                                .acknowledgement(1));

        assertThat(answer.getFirst())
                .isEqualTo(
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .ipv4(Rig.VIP, Rig.CLIENT)
                                .timeToLive(63)
                                .tcp(80, 40000)
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(9)
                                .acknowledgement(1)
                                .toBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 20})
    void itLeavesSoMuchLessRoomForThePacket(int length) {
        encapsulate(length);
        rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN));
        PacketBuilder full =
                fromClient().dontFragment().tcp(40000, 80).payload(new byte[1460 - length]);
        PacketBuilder more =
                fromClient().dontFragment().tcp(40000, 80).payload(new byte[1461 - length]);

        assertThat(rig.clientSends(full).getFirst()).hasSize(LINK + 1500);
        byte[] refusal = rig.clientSends(more).getFirst();

        assertThat(rig.count(Outcome.TOO_BIG)).isOne();
        assertThat((refusal[40] & 0xFF) << 8 | (refusal[41] & 0xFF))
                .as("MTU of the next link")
                .isEqualTo(1500 - length);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 20})
    void fragmentsHaveItEach(int length) {
        byte[] header = encapsulate(length);
        rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN));

        List<byte[]> out = rig.clientSends(fromClient().tcp(40000, 80).payload(new byte[1460]));

        assertThat(out)
                .hasSize(2)
                .allSatisfy(frame -> {
                    assertThat(frame).hasSizeLessThanOrEqualTo(LINK + 1500);
                    assertThat(Arrays.copyOfRange(frame, LINK, LINK + length)).isEqualTo(header);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 20})
    void itStaysWhenTheNeighbourMoves(int length) {
        byte[] header = encapsulate(length);
        byte[] syn = rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN)).getFirst();

        rig.apply(Rig.neighbour(Rig.SERVER, OTHER_MAC, "lan"));
        byte[] data = rig.clientSends(fromClient().tcp(40000, 80).payload("known")).getFirst();

        assertThat(data)
                .isEqualTo(
                        with(header, toServer(OTHER_MAC, syn, length).payload("known").toBytes()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, AdjacencyTable.MAX_INNER + 1})
    void otherLengthsAreRefused(int length) {
        try (Region memory = Region.allocate(128, "test")) {
            assertThatThrownBy(() -> table().encapsulate(server(), memory.address(), length))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(length + " bytes");
        }
    }
}
