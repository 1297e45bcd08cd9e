// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.testing.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is asked of whom: connections are marked when they begin, by what their service says then,
/// and judged by what it says now.
class WindowCheckTest {
    private static final int CLIENT = 1000;
    private static final int SERVER = 0xFFFF_FFF0;
    private static final int WINDOW = 5000;

    /// Twice the largest window without scaling, which is the least that counts.
    private static final int REACH = 2 * 65_535;

    private static final int FAR = REACH + 100;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final WindowCheck check = new WindowCheck(bench.context);
    private final Region header = Region.allocate(64, "a TCP header");

    @AfterEach
    void close() {
        header.close();
        bench.close();
    }

    private ServiceEntry service(int slot, OutOfWindow wanted) {
        return bench.service(slot, ServicePolicy.DEFAULT.withOutOfWindow(wanted));
    }

    private boolean drops(long entry, int direction, int flags, int sequence, int acknowledged) {
        long l4 = header.address();
        Memory.zero(l4, Tcp.MIN_HEADER_LENGTH);
        Tcp.headerLength(l4, Tcp.MIN_HEADER_LENGTH);
        Tcp.flags(l4, flags);
        Tcp.sequence(l4, sequence);
        Tcp.acknowledgement(l4, acknowledged);
        Tcp.window(l4, WINDOW);
        return check.drops(entry, direction, l4, Tcp.MIN_HEADER_LENGTH);
    }

    /// A connection of the bench's service that has shaken hands.
    private long established() {
        long entry = bench.open(Families.IPV4, OpenBench.TCP, 1);
        check.begin(entry);
        state(entry, ConnectionState.SYN_RECV);
        if (ConnectionLayout.isWindowed(entry)) {
            assertThat(drops(entry, INBOUND, Tcp.SYN, CLIENT, 0)).isFalse();
            assertThat(drops(entry, OUTBOUND, Tcp.SYN | Tcp.ACK, SERVER, CLIENT + 1)).isFalse();
            assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + 1, SERVER + 1)).isFalse();
        }
        state(entry, ConnectionState.ESTABLISHED);
        Memory.putNetworkInt(entry + ConnectionLayout.ACKNOWLEDGED, SERVER + 1);
        Memory.putNetworkInt(
                entry + ConnectionLayout.FLOW_LENGTH + ConnectionLayout.ACKNOWLEDGED, CLIENT + 1);
        return entry;
    }

    private static void state(long entry, ConnectionState state) {
        Memory.putByte(entry + ConnectionLayout.STATE, state.ordinal());
    }

    @Test
    void nobodyWhoWantsNothingIsMarked() {
        check.adopt(service(0, OutOfWindow.PASS));
        assertThat(ConnectionLayout.isWindowed(established())).isFalse();
        check.adopt(service(9, OutOfWindow.DROP));
        assertThat(ConnectionLayout.isWindowed(established())).as("of another one").isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = OutOfWindow.class,
            names = {"COUNT", "DROP"})
    void whoWantsToKnowIs(OutOfWindow wanted) {
        check.adopt(service(0, wanted));
        assertThat(ConnectionLayout.isWindowed(established())).isTrue();
    }

    @Test
    void datagramsHaveNoWindow() {
        check.adopt(service(0, OutOfWindow.DROP));
        long entry = bench.open(Families.IPV4, OpenBench.UDP, 1);
        check.begin(entry);
        assertThat(ConnectionLayout.isWindowed(entry)).isFalse();
    }

    @Test
    void whatDoesNotFitIsDroppedInEitherDirection() {
        check.adopt(service(0, OutOfWindow.DROP));
        long entry = established();
        assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + 1, SERVER + 1)).isFalse();
        assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + FAR, SERVER + 1)).isTrue();
        assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + 1, SERVER + FAR)).isTrue();
        assertThat(drops(entry, OUTBOUND, Tcp.ACK, SERVER + FAR, CLIENT + 1)).isTrue();
        assertThat(drops(entry, OUTBOUND, Tcp.ACK, SERVER + 1, CLIENT + FAR)).isTrue();
        assertThat(drops(entry, OUTBOUND, Tcp.ACK, SERVER + 1, CLIENT + 1)).isFalse();
    }

    /// From what the receiver has acknowledged; nothing that was not sent is acknowledged.
    @Test
    void theBorderIsTwiceTheWindow() {
        check.adopt(service(0, OutOfWindow.DROP));
        long entry = established();
        assertThat(drops(entry, INBOUND, Tcp.RST, CLIENT + 1 + REACH, 0)).isFalse();
        assertThat(drops(entry, INBOUND, Tcp.RST, CLIENT + 2 + REACH, 0)).isTrue();
        assertThat(drops(entry, INBOUND, Tcp.RST, CLIENT + 1 - REACH, 0)).isFalse();
        assertThat(drops(entry, INBOUND, Tcp.RST, CLIENT - REACH, 0)).isTrue();
        assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + 1, SERVER + 2)).isTrue();
    }

    @Test
    void orPassesWhereItIsOnlyCounted() {
        check.adopt(service(0, OutOfWindow.COUNT));
        long entry = established();
        assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + FAR, SERVER + 1)).isFalse();
        assertThat(ConnectionLayout.isWindowed(entry)).isTrue();
    }

    @Test
    void aServiceThatNoLongerWantsToKnowLetsItsConnectionsGo() {
        check.adopt(service(0, OutOfWindow.DROP));
        long entry = established();
        check.adopt(service(0, OutOfWindow.PASS));
        assertThat(drops(entry, INBOUND, Tcp.ACK, CLIENT + FAR, SERVER + 1)).isFalse();
        assertThat(ConnectionLayout.isWindowed(entry)).isFalse();
    }
}
