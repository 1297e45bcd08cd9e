package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A link goes down and comes back under traffic: nothing that could not be sent counts as sent.
final class LinkLossTest {
    private static PacketBuilder request(int client) {
        return Rig.fromClient().udp(20000 + client, 53).payload(new byte[30]);
    }

    @Test
    void whatCannotLeaveIsCountedAsThat() {
        try (Rig rig = new Rig().configured()) {
            rig.client.send(request(1));
            rig.run();
            assertThat(rig.server.receiveAll()).hasSize(1);
            long sent = rig.balancer.counters().total(Counter.SENT);

            rig.io.wire("lan").link(false);
            // before and after the control plane has seen it
            rig.client.send(request(1));
            rig.client.send(request(2));
            rig.run();
            rig.pass(Duration.ofMillis(200));
            rig.client.send(request(1));
            rig.client.send(request(3));
            rig.run();

            assertThat(rig.balancer.counters().total(Outcome.LINK_DOWN)).isEqualTo(4);
            assertThat(rig.balancer.counters().total(Outcome.FORWARDED_IN)).isEqualTo(1);
            assertThat(rig.balancer.counters().total(Counter.SENT)).isEqualTo(sent);

            rig.io.wire("lan").link(true);
            rig.pass(Duration.ofMillis(200));
            for (int client = 1; client <= 3; client++) {
                rig.client.send(request(client));
            }
            rig.run();

            assertThat(rig.server.receiveAll()).hasSize(3);
            assertThat(rig.balancer.counters().total(Outcome.LINK_DOWN)).isEqualTo(4);
            assertThat(rig.balancer.counters().total(Outcome.FORWARDED_IN)).isEqualTo(4);
        }
    }

    @Test
    void theOtherDirectionGoesOnWhileOneLinkIsDown() {
        try (Rig rig = new Rig().configured()) {
            rig.client.send(request(1));
            rig.run();
            byte[] received = rig.server.receiveAll().getFirst();
            int localPort = ((received[34] & 0xFF) << 8) | (received[35] & 0xFF);
            rig.io.wire("wan").link(false);
            rig.pass(Duration.ofMillis(200));

            rig.server.send(Rig.fromServer().udp(5353, localPort).payload(new byte[30]));
            rig.run();

            assertThat(rig.balancer.counters().total(Outcome.LINK_DOWN)).isEqualTo(1);
            assertThat(rig.balancer.counters().total(Outcome.FORWARDED_OUT)).isZero();
            assertThat(rig.io.buffers().inUse()).isZero();
        }
    }
}
