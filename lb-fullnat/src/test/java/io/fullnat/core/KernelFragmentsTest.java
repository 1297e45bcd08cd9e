// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What comes to virtual addresses in fragments and is sent on to nobody goes where the whole would
/// go: to the kernel, which puts it together, or nowhere.
class KernelFragmentsTest {
    private static final int PART = 96;
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(3);
    private static final byte[] DATA = Parts.noise(200);

    private static Rig configured(boolean punts, boolean dropsTcp, boolean dropsUdp) {
        PuntSettings settings =
                new PuntSettings(1000, 1000, 1000, punts).withDropped(dropsTcp, dropsUdp);
        Rig rig = Rig.withKernel(options -> options.punting(settings)).configured();
        Rig6.configured(rig);
        kernel(rig).receiveAll();
        return rig;
    }

    private static InMemoryPuntPort kernel(Rig rig) {
        return rig.io.wire("wan").near().kernel();
    }

    /// Sends a packet in parts, and returns them and what is answered.
    private static List<byte[]> send(Rig rig, PacketBuilder packet, List<byte[]> answers) {
        List<byte[]> parts = Parts.cut(packet.toBytes(), 7, PART);
        for (byte[] part : parts) {
            rig.client.send(part);
            rig.run();
            answers.addAll(rig.out());
        }
        rig.pass(LONG_ENOUGH); // to be forgotten
        return parts;
    }

    @ParameterizedTest(name = "punts {0}, drops TCP {1}, UDP {2}, IPv6 {3}")
    @CsvSource({
        "true, false, false, false",
        "true, false, true, false",
        "true, true, false, false",
        "true, false, false, true",
        "true, true, true, true",
        "false, true, true, false",
        "false, true, true, true"
    })
    void toUnusedPorts(boolean punts, boolean dropsTcp, boolean dropsUdp, boolean ipv6) {
        try (Rig rig = configured(punts, dropsTcp, dropsUdp)) {
            List<byte[]> answers = new ArrayList<>();
            List<byte[]> kernels = new ArrayList<>();
            for (int kind = 0; kind < 3; kind++) {
                PacketBuilder packet = ipv6 ? Rig6.fromClient() : rig.request();
                boolean tcp = kind > 0;
                packet =
                        tcp
                                ? packet.tcp(5000 + kind, 22).flags(kind == 1 ? Tcp.SYN : Tcp.ACK)
                                : packet.udp(5000, 161);
                List<byte[]> parts = send(rig, packet.payload(DATA), answers);
                if (punts && !(tcp ? dropsTcp : dropsUdp)) {
                    kernels.addAll(parts);
                }
            }
            assertThat(kernel(rig).receiveAll()).containsExactlyElementsOf(kernels);
            assertThat(answers).isEmpty();
            assertThat(rig.count(Outcome.DEFENCE_DROPPED))
                    .as("first ones, but for SYNs")
                    .isEqualTo((dropsTcp ? 1 : 0) + (dropsUdp ? 1 : 0));
            assertThat(rig.count(Outcome.NO_SERVICE)).isZero();
        }
    }

    /// Without switches and kernel: who sends is told once, by the first fragment.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFirstOneToAnUnusedPortIsAnswered(boolean ipv6) {
        try (Rig rig = configured(false, false, false)) {
            List<byte[]> answers = new ArrayList<>();
            PacketBuilder packet = ipv6 ? Rig6.fromClient() : rig.request();
            int count = send(rig, packet.udp(5000, 161).payload(DATA), answers).size();
            assertThat(answers).as("to its sender").hasSize(1);
            assertThat(rig.count(Outcome.NO_SERVICE)).isOne();
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(count - 1);
            assertThat(kernel(rig).receiveAll()).isEmpty();
        }
    }

    /// A SYN of a service is dropped: the kernel, which may have the address too, must not answer
    /// it. Fragments behind the first are of nobody knows which port, and nothing without it.
    @ParameterizedTest(name = "drops {0}, IPv6 {1}")
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void ofASynOfAServiceTheKernelGetsNothingThatSaysWhatItIs(boolean drops, boolean ipv6) {
        try (Rig rig = configured(true, drops, false)) {
            List<byte[]> answers = new ArrayList<>();
            PacketBuilder packet = ipv6 ? Rig6.fromClient() : rig.request();
            PacketBuilder syn = packet.tcp(5000, 80).flags(Tcp.SYN).payload(DATA);
            List<byte[]> parts = send(rig, syn, answers);
            List<byte[]> kernels = drops ? List.of() : parts.subList(1, parts.size());
            assertThat(answers).isEmpty();
            assertThat(kernel(rig).receiveAll()).containsExactlyElementsOf(kernels);
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(parts.size() - kernels.size());
        }
    }

    /// The switches are for unused ports.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void datagramsOfAServiceAreSentOn(boolean ipv6) {
        try (Rig rig = configured(true, true, true)) {
            List<byte[]> sent = new ArrayList<>();
            PacketBuilder packet = ipv6 ? Rig6.fromClient() : rig.request();
            int count = send(rig, packet.udp(5000, 53).payload(DATA), sent).size();
            assertThat(sent).hasSize(count);
            assertThat(Parts.joined(sent)).endsWith(DATA);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(count);
            assertThat(kernel(rig).receiveAll()).isEmpty();
        }
    }
}
