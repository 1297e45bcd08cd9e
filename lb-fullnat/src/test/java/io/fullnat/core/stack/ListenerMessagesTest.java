// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.TAGGED;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.Mld;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Messages of multicast listeners as bytes (RFC 2710 §3, RFC 3810 §5.2).
class ListenerMessagesTest {
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final String GROUP = "ff02::1:ff00:100";
    private static final long GROUP_LOW = 0x1_FF00_0100L;

    private final TestNetwork network = TestNetwork.dual();
    private final ListenerMessages messages = new ListenerMessages(network.context, network.states);

    @AfterEach
    void close() {
        network.close();
    }

    private static PacketBuilder message(String from, String to, int type, int rest) {
        return PacketBuilder.ethernet(MAC, groupMac(to))
                .ipv6(from, to)
                .timeToLive(1)
                .extension(Ipv6Extension.routerAlert())
                .icmp(type, 0, rest);
    }

    private static byte[] group() {
        long[] halves = TestNetwork.halves(GROUP);
        return ByteBuffer.allocate(16).putLong(halves[0]).putLong(halves[1]).array();
    }

    @Test
    void aReportOfVersion1GoesToTheGroupItself() {
        network.settle();
        messages.sendOld(LAN, true, GROUP_LOW);
        assertThat(network.out())
                .containsExactly(message(LINK_LOCAL, GROUP, 131, 0).payload(group()).toBytes());
    }

    @Test
    void whoIsDoneWithAGroupTellsAllRouters() {
        network.settle();
        messages.sendOld(TAGGED, false, GROUP_LOW);
        assertThat(network.out())
                .containsExactly(
                        message(LINK_LOCAL, "ff02::2", 132, 0)
                                .payload(group())
                                .vlan(100)
                                .toBytes());
    }

    /// RFC 3590: as long as there is no valid address, the source is none.
    @Test
    void beforeTheLinkLocalAddressIsValidTheSourceIsNone() {
        network.states.replace(network.context.view().ipv6());
        messages.sendOld(LAN, true, GROUP_LOW);
        assertThat(network.out())
                .containsExactly(message("::", GROUP, 131, 0).payload(group()).toBytes());
    }

    @Test
    void aMessageOfOneselfIsSentToTheGroupItWasStartedFor() {
        network.settle();
        long before = network.count(Counter.LISTENER_REPORTS);
        long message = messages.start(LAN, Mld.ROUTERS_LOW);
        Mld.writeReport(message, 0);
        messages.send(LAN, Mld.ROUTERS_LOW, message, Mld.REPORT_LENGTH);
        assertThat(network.out())
                .containsExactly(message(LINK_LOCAL, "ff02::16", 143, 0).toBytes());
        assertThat(network.count(Counter.LISTENER_REPORTS)).isEqualTo(before + 1);
    }

    @Test
    void withoutABufferNothingIsSent() {
        network.settle();
        PacketBurst all = new PacketBurst(4096);
        while (network.io.buffers().allocate(all)) {
            // until there is none
        }
        assertThat(messages.start(LAN, Mld.ROUTERS_LOW)).isZero();
        messages.sendOld(LAN, true, GROUP_LOW);
        assertThat(network.count(Counter.BUFFERS_MISSED)).isEqualTo(2);
        network.io.buffers().freeAll(all);
        assertThat(network.out()).isEmpty();
    }
}
