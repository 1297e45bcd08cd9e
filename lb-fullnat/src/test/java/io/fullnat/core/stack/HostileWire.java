// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;

/// Brings any bytes as frames to the messages of IPv6 of a [TestNetwork], as the path does, but for
/// the checksum, which is made right: what is behind it is to be tried.
final class HostileWire {
    private final TestNetwork network;
    private final PacketBurst burst = new PacketBurst(1);
    private final Frame frame = new Frame();
    private final Ipv6Chain chain = new Ipv6Chain();
    private int handled;

    HostileWire(TestNetwork network) {
        this.network = network;
    }

    void receive(byte[] bytes, int length) {
        burst.clear();
        assertThat(network.io.buffers().allocate(burst)).isTrue();
        Memory.fromBytes(bytes, burst.data(0));
        frame.set(burst.buffer(0), burst.data(0), length, 0);
        frame.link(0, 14);
        if (length >= 14 && chain.walk(frame.l3(), frame.l3Length()) == Ipv6Chain.RIGHT) {
            long icmp = chain.transport();
            boolean whole =
                    chain.protocol() == Ipv6.NEXT_HEADER_ICMP
                            && !chain.isFragment()
                            && chain.transportLength() >= Icmpv6.HEADER_LENGTH;
            if (whole && NdStack.handles(Icmpv6.type(icmp))) {
                int bytesOfMessage = chain.transportLength();
                int sum = Checksum.transport6(frame.l3(), 58, icmp, bytesOfMessage);
                Icmpv6.checksum(icmp, sum);
                assertThat(network.links().discovery().receive(frame, chain)).isNotNull();
                handled++;
            }
        }
        network.io.buffers().free(frame.buffer());
    }

    /// How many frames came as far as to be messages.
    int handled() {
        return handled;
    }
}
