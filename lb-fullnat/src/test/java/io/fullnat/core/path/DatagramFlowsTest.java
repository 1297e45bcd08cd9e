// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Flows of single datagrams, which wait with them; buffers are numbers here.
class DatagramFlowsTest {
    private static final int CAPACITY = 4096;

    private final Region memory = Region.allocate(2048, "a datagram");
    private final ConnectionTable table = new ConnectionTable(4, 1, 0, (of, how) -> {});
    private final Family family = new Ipv4Family(table);
    private final DatagramFlows flows = new DatagramFlows();

    @AfterEach
    void close() {
        table.close();
        memory.close();
    }

    private long datagram(int port) {
        byte[] frame =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4("198.51.100.7", "192.0.2.80")
                        .udp(port, 53)
                        .toBytes();
        Memory.fromBytes(frame, memory.address());
        return memory.address() + Ethernet.HEADER_LENGTH;
    }

    /// The inbound flow of a datagram's connection, which nobody finds by its key if it is single.
    private long open(int port, boolean single) {
        long ip = datagram(port);
        long entry =
                table.open(
                        Memory.getLong(ip + 12),
                        family.key(ip),
                        port,
                        ConnectionKey.portsAndProtocol(2, Ipv4.PROTOCOL_UDP));
        table.start(entry, ConnectionState.UDP_ONEWAY, 10, 0);
        if (single) {
            table.unindex(entry);
        }
        return entry;
    }

    @Test
    void aFlowIsTakenOnceByItsDatagram() {
        long flow = open(5000, true);
        assertThat(flows.keep(77, flow)).isTrue();
        assertThat(flows.take(family, 78, datagram(5000))).as("another buffer").isZero();
        assertThat(flows.take(family, 77, datagram(5000))).isEqualTo(flow);
        assertThat(flows.take(family, 77, datagram(5000))).as("again").isZero();
    }

    /// Its entry may be another connection's meanwhile.
    @Test
    void aFlowThatIsAnothersByNowIsNotTaken() {
        long flow = open(5000, true);
        flows.keep(77, flow);
        assertThat(flows.take(family, 77, datagram(5001))).isZero();
        flows.keep(77, flow);
        Memory.zero(flow, ConnectionLayout.ENTRY_LENGTH);
        assertThat(flows.take(family, 77, datagram(5000))).as("it has ended").isZero();
    }

    @Test
    void aFlowThatIsFoundByItsKeyNeedsNoKeeping() {
        assertThat(flows.keep(77, open(5000, false))).isTrue();
        assertThat(flows.take(family, 77, datagram(5000))).isZero();
    }

    @Test
    void answersAreFoundByTheirKey() {
        long flow = open(5000, true);
        assertThat(flows.keep(77, flow + ConnectionLayout.FLOW_LENGTH)).isTrue();
        assertThat(flows.take(family, 77, datagram(5000))).isZero();
    }

    @Test
    void whatIsForgottenIsNotTaken() {
        long flow = open(5000, true);
        flows.forget(77);
        flows.keep(77, flow);
        flows.forget(78);
        flows.forget(77);
        assertThat(flows.take(family, 77, datagram(5000))).isZero();
    }

    @Test
    void thereIsRoomForAsManyAsCanWait() {
        long flow = open(5000, true);
        for (int buffer = 1; buffer <= CAPACITY; buffer++) {
            assertThat(flows.keep(buffer, flow)).isTrue();
        }
        assertThat(flows.keep(CAPACITY + 1, flow)).isFalse();
        assertThat(flows.keep(CAPACITY, flow)).as("one that is kept").isTrue();
        flows.forget(1);
        assertThat(flows.keep(CAPACITY + 1, flow)).isTrue();
        assertThat(flows.take(family, CAPACITY + 1, datagram(5000))).isEqualTo(flow);
    }
}
