// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// In which order a packet is seen by its connection's state and modifier, and its numbers are
/// moved: the state knows those of the real server, a modifier those of the client.
class PacketStepsTest {
    private static final int CLIENT = 1_000;
    private static final int SERVER = -70_000;
    private static final String TOLD = "fe14" + "9c40" + "20010db8000000000000000000000007";

    private final LoopBench loop = new LoopBench(Families.IPV6, OpenBench.TCP);
    private final Ipv6Family family = new Ipv6Family(loop.context.table().wide());
    private final PacketSteps steps =
            new PacketSteps(loop.context, family, new CrossingTo4(family, loop.identifications));
    private final List<String> seen = new ArrayList<>();

    @AfterEach
    void close() {
        loop.close();
    }

    /// Notes the numbers of what it is shown.
    private final class Noting implements PacketModifier {
        @Override
        public void modify(ModifiedPacket packet) {
            long l4 = packet.transport();
            seen.add(Tcp.sequence(l4) + " " + Tcp.acknowledgement(l4));
        }
    }

    /// @return where the TCP header is
    private long advance(int direction, PacketBuilder packet) {
        long ip = loop.add(direction, packet);
        family.takePlain(ip);
        assertThat(steps.advance(loop.flow(direction), direction, ip, 1500, false)).isEqualTo(ip);
        return ip + 40;
    }

    private PacketBuilder segment(int direction, int flags, int sequence, int acknowledgement) {
        return loop.arriving(direction)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement);
    }

    private ConnectionState state() {
        return ConnectionState.of(Memory.getByte(loop.entry + ConnectionLayout.STATE));
    }

    @Test
    void thePacketsOfAHandshakeEstablishAConnection() {
        loop.context.life().move(loop.entry, ConnectionState.SYN_RECV);
        loop.context.stack().time(5_000_000_000L);
        advance(OUTBOUND, segment(OUTBOUND, Tcp.SYN | Tcp.ACK, 7, 1));
        assertThat(state()).isEqualTo(ConnectionState.SYN_RECV);
        advance(INBOUND, segment(INBOUND, Tcp.ACK, 1, 8));
        assertThat(state()).isEqualTo(ConnectionState.ESTABLISHED);
        assertThat(steps.seen()).isEqualTo(5);
    }

    /// What a client says of itself in its handshake; later segments are not looked at.
    @Test
    void whatAClientSaysOfItselfIsTakenOutOfItsHandshake() {
        byte[] told = HexFormat.of().parseHex(TOLD);
        long l4 = advance(INBOUND, segment(INBOUND, Tcp.ACK, 1, 8).tcpOptions(told));
        assertThat(Memory.toBytes(l4 + 20, 20)).isEqualTo(told);
        loop.context.life().move(loop.entry, ConnectionState.SYN_RECV);
        l4 = advance(OUTBOUND, segment(OUTBOUND, Tcp.SYN | Tcp.ACK, 7, 1).tcpOptions(told));
        assertThat(Memory.toBytes(l4 + 20, 20)).as("the server may say it").isEqualTo(told);
        l4 = advance(INBOUND, segment(INBOUND, Tcp.SYN, 0, 0).tcpOptions(told));
        assertThat(Memory.toBytes(l4 + 20, 20)).doesNotContain((byte) 0xFE);
        assertThat(loop.context.stack().counters().get(Counter.TOA_STRIPPED)).isOne();
    }

    @Test
    void numbersAreMovedInBothDirections() {
        loop.context.table().shifts().set(loop.entry, CLIENT, SERVER);
        long in = advance(INBOUND, segment(INBOUND, Tcp.ACK, 100, 5_000));
        assertThat(Tcp.sequence(in)).isEqualTo(100 + CLIENT);
        assertThat(Tcp.acknowledgement(in)).isEqualTo(5_000 - SERVER);
        long out = advance(OUTBOUND, segment(OUTBOUND, Tcp.ACK, 100, 5_000));
        assertThat(Tcp.sequence(out)).isEqualTo(100 + SERVER);
        assertThat(Tcp.acknowledgement(out)).isEqualTo(5_000 - CLIENT);
    }

    /// A client's before they are moved, a server's behind that.
    @Test
    void aModifierSeesTheClientsNumbers() {
        requireNonNull(loop.context.modify(4, (entry, service) -> new Noting()))
                .begin(loop.entry, loop.bench.service);
        loop.context.table().shifts().set(loop.entry, CLIENT, SERVER);
        long in = advance(INBOUND, segment(INBOUND, Tcp.ACK, 100, 5_000));
        assertThat(Tcp.sequence(in)).isEqualTo(100 + CLIENT);
        advance(OUTBOUND, segment(OUTBOUND, Tcp.ACK, 100, 5_000));
        assertThat(seen).containsExactly("100 5000", (100 + SERVER) + " " + (5_000 - CLIENT));
    }

    /// And the state what the server sends and gets.
    @Test
    void theStateKnowsTheServersNumbers() {
        loop.context.table().shifts().set(loop.entry, CLIENT, SERVER);
        advance(INBOUND, segment(INBOUND, Tcp.ACK, 100, 5_000));
        assertThat(Memory.getNetworkInt(loop.flow(INBOUND) + ConnectionLayout.ACKNOWLEDGED))
                .isEqualTo(5_000 - SERVER);
        advance(OUTBOUND, segment(OUTBOUND, Tcp.ACK, 100, 6_000));
        assertThat(Memory.getNetworkInt(loop.flow(OUTBOUND) + ConnectionLayout.ACKNOWLEDGED))
                .isEqualTo(6_000);
    }
}
