// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT;
import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the kernel sends leaves behind balanced traffic, and takes no room from it: at a port that
/// takes nothing it is the kernel's frames that wait.
class KernelOrderTest {
    /// What the client's end holds before the port is busy.
    private static final int DEVICE = 512;

    /// What a worker holds for a port that is busy.
    private static final int WAITING = 1024;

    private static final int FRAMES_A_CYCLE = 32;

    private final Rig rig = Rig.withKernel(options -> options.punting(PuntSettings.DEFAULT));
    private final InMemoryPuntPort kernel = rig.io.wire("wan").near().kernel();
    private byte[] fromKernel;
    private byte[] answer;
    private int localPort;

    @BeforeEach
    void connect() {
        rig.configured();
        fromKernel = frameOfKernel(0);
        byte[] syn = rig.clientSends(Rig.fromClient().tcp(40000, 80).flags(Tcp.SYN)).getFirst();
        localPort = (syn[34] & 0xFF) << 8 | (syn[35] & 0xFF);
        answer = rig.serverSends(answer(Tcp.SYN | Tcp.ACK)).getFirst();
        answer = rig.serverSends(answer(Tcp.ACK)).getFirst();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private PacketBuilder answer(int flags) {
        return Rig.fromServer().tcp(8080, localPort).flags(flags);
    }

    private static byte[] frameOfKernel(int number) {
        return PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC)
                .ipv4("192.0.2.1", CLIENT)
                .tcp(22, 40000)
                .payload("kernel" + number)
                .toBytes();
    }

    private void serverAnswers(int count) {
        for (int i = 0; i < count; i++) {
            rig.server.send(answer(Tcp.ACK));
            if (i % 64 == 63) {
                rig.balancer.doWork();
            }
        }
        rig.run();
    }

    private void kernelSends(int count) {
        for (int i = 0; i < count; i++) {
            kernel.send(fromKernel);
        }
    }

    /// All that the client gets, while it takes what is there again and again: `b` for a balanced
    /// packet, `k` for a frame of the kernel.
    private String drain() {
        StringBuilder order = new StringBuilder();
        List<byte[]> frames = new ArrayList<>(rig.client.receiveAll());
        while (!frames.isEmpty()) {
            for (byte[] frame : frames) {
                order.append(frame.length == fromKernel.length ? 'k' : 'b');
            }
            rig.run();
            frames = new ArrayList<>(rig.client.receiveAll());
        }
        return order.toString();
    }

    private static String times(String letter, int count) {
        return String.join("", Collections.nCopies(count, letter));
    }

    @Test
    void whatComesTogetherLeavesBalancedFirst() {
        assertThat(answer.length).isNotEqualTo(fromKernel.length);
        kernelSends(3);
        for (int i = 0; i < 5; i++) {
            rig.server.send(answer(Tcp.ACK));
        }
        rig.balancer.doWork();

        assertThat(drain()).isEqualTo("bbbbbkkk");
    }

    @Test
    void atABusyPortTheKernelsFramesWaitAndBalancedPacketsGo() {
        serverAnswers(DEVICE + WAITING);
        long before = rig.count(Counter.KERNEL_FRAMES);
        kernelSends(100);
        rig.run();
        assertThat(rig.count(Counter.KERNEL_FRAMES)).as("none has taken room").isEqualTo(before);

        assertThat(drain()).isEqualTo(times("b", DEVICE + WAITING) + times("k", 100));
        assertThat(rig.count(Outcome.TRANSMIT_FULL)).isZero();
        assertThat(rig.count(Counter.KERNEL_FRAMES)).isEqualTo(before + 100);
        assertThat(rig.count(Counter.KERNEL_FRAMES_LOST)).isZero();
    }

    /// However much the kernel sends, half of the room is balanced traffic's.
    @Test
    void aFloodOfTheKernelLeavesBalancedPacketsTheirRoom() {
        kernelSends(20_000);
        rig.run();
        serverAnswers(WAITING / 2 - FRAMES_A_CYCLE);

        assertThat(rig.count(Outcome.TRANSMIT_FULL)).isZero();
        String order = drain();
        assertThat(order.chars().filter(each -> each == 'b').count())
                .isEqualTo(WAITING / 2 - FRAMES_A_CYCLE);
        assertThat(order.chars().filter(each -> each == 'k').count()).isEqualTo(20_000);
        assertThat(order.lastIndexOf('b'))
                .as("those that were there before them at most")
                .isLessThan(DEVICE + WAITING + FRAMES_A_CYCLE);
    }

    @Test
    void aFullWorkerSendsAllThatIsBalancedAndFewOfTheKernelsInEachCycle() {
        int cycles = 40;
        kernelSends(cycles * 64);
        for (int cycle = 0; cycle < cycles; cycle++) {
            for (int i = 0; i < 64; i++) {
                rig.server.send(answer(Tcp.ACK));
            }
            rig.balancer.doWork();
            String order = "";
            for (byte[] frame : rig.client.receiveAll()) {
                order += frame.length == fromKernel.length ? 'k' : 'b';
            }
            assertThat(order).isEqualTo(times("b", 64) + times("k", FRAMES_A_CYCLE));
        }
        drain();
    }
}
