// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.TestHops;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The segments that [EndResets] sends, byte for byte: the client has acknowledged 5,000 of the
/// server's numbers, the server 9,000 of the client's.
@ParameterizedClass
@EnumSource(Families.class)
class EndResetSegmentsTest {
    private static final Device LAN =
            new Device(0, "lan", 0, 0, (2L << 40) | 2, 1500, ReversePath.OFF);
    private static final String OURS = "02:00:00:00:00:02";
    private static final String CLIENT_MAC = "02:00:00:00:00:c1";
    private static final String SERVER_MAC = "02:00:00:00:00:51";
    private static final int CLIENT_GOT = 5_000;
    private static final int SERVER_GOT = 9_000;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final EndResets resets = bench.context.resets();
    private final FrameEnd far = new FrameEnd(bench.io.wire("lan").far(), bench.io.buffers());
    private final Families families;
    private final String client;
    private final String server;

    EndResetSegmentsTest(Families families) {
        this.families = families;
        client = families.in ? "2001:db8:0:c1::7" : "198.51.0.7";
        server = families.out ? "2001:db8:0:1::b" : "10.0.1.11";
        TestHops.reachable(bench.adjacencies, LAN, client, CLIENT_MAC);
        TestHops.reachable(bench.adjacencies, LAN, server, SERVER_MAC);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private long open(int protocol, int number, ConnectionState state) {
        long entry = bench.open(families, protocol, number);
        bench.context.life().move(entry, state);
        Memory.putNetworkInt(entry + ACKNOWLEDGED, CLIENT_GOT);
        Memory.putNetworkInt(entry + FLOW_LENGTH + ACKNOWLEDGED, SERVER_GOT);
        return entry;
    }

    private long established() {
        return open(OpenBench.TCP, 7, ConnectionState.ESTABLISHED);
    }

    private List<byte[]> sent() {
        bench.context.stack().transmitter(0).flush();
        return far.receiveAll();
    }

    private long count(Counter counter) {
        return bench.context.stack().counters().get(counter);
    }

    private PacketBuilder toServer(long entry) {
        PacketBuilder frame = PacketBuilder.ethernet(OURS, SERVER_MAC);
        PacketBuilder ip =
                families.out
                        ? frame.ipv6("2001:db8:0:1::64", server)
                        : frame.ipv4("10.0.1.100", server);
        return ip.tcp(ConnectionKey.destinationPort(entry, OUTBOUND), 8080);
    }

    private PacketBuilder toClient() {
        PacketBuilder frame = PacketBuilder.ethernet(OURS, CLIENT_MAC);
        PacketBuilder ip =
                families.in
                        ? frame.ipv6("2001:db8:0:1::1", client)
                        : frame.ipv4("192.0.2.1", client);
        return ip.tcp(80, 30_007);
    }

    private static PacketBuilder reset(PacketBuilder packet, int sequence, int acknowledgement) {
        return packet.flags(Tcp.RST | Tcp.ACK)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(0);
    }

    /// At least as long as Ethernet wants them.
    private static byte[] bytes(PacketBuilder packet, boolean ipv6) {
        byte[] bytes = (ipv6 ? packet : packet.dontFragment()).toBytes();
        return bytes.length < 60 ? Arrays.copyOf(bytes, 60) : bytes;
    }

    @Test
    void eachEndHearsTheNumberThatItExpects() {
        long entry = established();
        resets.tell(entry);
        assertThat(sent())
                .containsExactly(
                        bytes(reset(toServer(entry), SERVER_GOT, CLIENT_GOT), families.out),
                        bytes(reset(toClient(), CLIENT_GOT, SERVER_GOT), families.in));
        assertThat(count(Counter.END_RESETS)).isEqualTo(2);
    }

    /// What is known is in the server's numbers.
    @Test
    void aClientWithOtherNumbersHearsItsOwn() {
        long entry = established();
        bench.context.table().shifts().set(entry, 1_000, -70_000);
        resets.tell(entry);
        assertThat(sent().getLast())
                .isEqualTo(
                        bytes(
                                reset(toClient(), CLIENT_GOT - 70_000, SERVER_GOT - 1_000),
                                families.in));
    }

    @ParameterizedTest
    @EnumSource(
            value = ConnectionState.class,
            names = {
                "ESTABLISHED",
                "FIN_WAIT",
                "CLOSE_WAIT",
                "SYN_RECV",
                "TIME_WAIT",
                "CLOSE",
                "LAST_ACK"
            })
    void onlyWhatIsOpenHasEndsToTell(ConnectionState state) {
        resets.tell(open(OpenBench.TCP, 7, state));
        boolean open =
                state == ConnectionState.ESTABLISHED
                        || state == ConnectionState.FIN_WAIT
                        || state == ConnectionState.CLOSE_WAIT;
        assertThat(sent()).hasSize(open ? 2 : 0);
    }

    @Test
    void datagramsHaveNoEnds() {
        long entry = open(OpenBench.UDP, 7, ConnectionState.UDP_STREAM);
        resets.tell(entry);
        resets.reset(entry);
        assertThat(sent()).isEmpty();
    }

    @Test
    void anEndThatHasAcknowledgedNothingIsNotKnown() {
        long entry = established();
        Memory.putInt(entry + ACKNOWLEDGED, 0);
        resets.tell(entry);
        Memory.putNetworkInt(entry + ACKNOWLEDGED, CLIENT_GOT);
        Memory.putInt(entry + FLOW_LENGTH + ACKNOWLEDGED, 0);
        resets.tell(entry);
        assertThat(sent()).isEmpty();
    }

    @Test
    void aConnectionThatIsResetIsClosed() {
        long entry = established();
        resets.reset(entry);
        assertThat(sent()).hasSize(2);
        resets.reset(entry);
        assertThat(sent()).as("it is over").isEmpty();
    }

    /// A neighbour is not asked for, nor does a reset wait for a buffer.
    @Test
    void whatCannotBeSentIsLostAndCounted() {
        // A client whose MAC address nobody knows.
        resets.tell(open(OpenBench.TCP, 8, ConnectionState.ESTABLISHED));
        assertThat(sent()).hasSize(1);
        assertThat(count(Counter.END_RESETS)).isOne();
        assertThat(count(Counter.END_RESETS_LOST)).isOne();
    }

    /// In the client's numbers, with timestamps turned round if it has some.
    @Test
    void aClientMayHearThatSomethingHasArrived() {
        long entry = established();
        try (Region memory = Region.allocate(128, "a segment")) {
            byte[] options = HexFormat.of().parseHex("0101080a1111111122222222");
            for (boolean stamped : new boolean[] {false, true}) {
                PacketBuilder from =
                        PacketBuilder.ethernet(CLIENT_MAC, OURS)
                                .ipv4("198.51.0.7", "192.0.2.1")
                                .tcp(30_007, 80)
                                .acknowledgement(501);
                (stamped ? from.tcpOptions(options) : from).writeTo(memory.address());
                resets.acknowledge(entry, memory.address() + 34, 106, 2_000);
                PacketBuilder expected =
                        toClient().flags(Tcp.ACK).sequence(501).acknowledgement(106).window(2_000);
                if (stamped) {
                    expected.tcpOptions(HexFormat.of().parseHex("0101080a2222222211111111"));
                }
                assertThat(sent()).containsExactly(bytes(expected, families.in));
            }
        }
        assertThat(count(Counter.END_RESETS)).as("it is none").isZero();
    }
}
