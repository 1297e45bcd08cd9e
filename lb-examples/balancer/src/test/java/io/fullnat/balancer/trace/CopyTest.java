// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.balancer.cli.CommandRig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// That a copy leaves no memory behind.
class CopyTest {
    private static final byte[] ARP = new byte[60];

    private static void isClosed(Wires wires) {
        assertThatIllegalStateException().isThrownBy(() -> wires.send(0, ARP));
    }

    @Test
    void closesItsWires() {
        try (CommandRig rig = CommandRig.withService()) {
            TracedFrame frame = TracedFrame.of(rig, ARP, Optional.of("wan"));
            Situation situation = Situation.of(rig, frame);
            Wires wires = new Wires(situation.ports());
            new Copy(wires, situation, List.of(), frame, frame).close();
            isClosed(wires);
        }
    }

    /// Not by a refusal alone: a configuration that is missing is no [BalancerException].
    @Test
    @SuppressWarnings("NullAway")
    void closesItsWiresIfItCannotBeMade() {
        try (CommandRig rig = CommandRig.withService()) {
            TracedFrame frame = TracedFrame.of(rig, ARP, Optional.of("wan"));
            Situation there = Situation.of(rig, frame);
            Situation situation =
                    new Situation(
                            null,
                            there.desired(),
                            there.ports(),
                            List.of(),
                            Map.of(),
                            Set.of(),
                            Set.of(),
                            Map.of());
            Wires wires = new Wires(situation.ports());
            assertThatThrownBy(() -> new Copy(wires, situation, List.of(), frame, frame))
                    .isInstanceOf(NullPointerException.class);
            isClosed(wires);
        }
    }
}
