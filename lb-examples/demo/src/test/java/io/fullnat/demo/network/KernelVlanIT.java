// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Frames of a VLAN between a port and the kernel's interface beside it, as tshark sees them there:
/// of what a kernel does with them that has VLANs, nothing is asked here.
@NetworkTest
class KernelVlanIT {
    private static final int VLAN = 7;
    private static final String PEER = "02:00:00:00:77:07";
    private static final String TAGGED = "vlan.id == 7 && udp.dstport == 9";

    private @Nullable KernelScene opened;

    @BeforeAll
    static void requireIpv6() {
        NetworkCondition.requireIpv6();
    }

    @BeforeEach
    void build() throws InterruptedException {
        opened = KernelScene.open("");
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private KernelScene scene() {
        return requireNonNull(opened);
    }

    private String macOfPort() {
        return scene().balancer.io().ports().getFirst().mac().toString();
    }

    private static String host(LabFamily family, int number) {
        return family == LabFamily.IPV4 ? "198.18.7." + number : "2001:db8:7::" + number;
    }

    private static PacketBuilder datagram(
            LabFamily family, PacketBuilder ethernet, int from, int to, int length) {
        PacketBuilder tagged = ethernet.vlan(VLAN);
        PacketBuilder packet =
                family == LabFamily.IPV4
                        ? tagged.ipv4(host(family, from), host(family, to))
                        : tagged.ipv6(host(family, from), host(family, to));
        return packet.udp(40_000, 9).payload("x".repeat(length));
    }

    private static void send(NetworkNamespace namespace, String name, PacketBuilder frame) {
        try (RawLink link = new RawLink(namespace, name)) {
            link.send(frame.toBytes());
        }
    }

    /// One that no address of the balancer is in, with its tag, and the longest frame with it.
    @ParameterizedTest
    @CsvSource({"IPV4, 1472", "IPV6, 1452", "IPV4, 20"})
    void aVlanOfTheKernelAlonePassesBothWays(LabFamily family, int length) throws Exception {
        NetworkNamespace client = scene().lab.client();
        try (Capture inside = new Capture(scene().kernel(), KernelScene.KERNEL);
                Capture outside = new Capture(client, "eth0")) {
            send(
                    client,
                    "eth0",
                    datagram(family, PacketBuilder.ethernet(PEER, macOfPort()), 10, 9, length));
            Shell.until("punted", () -> scene().count(Outcome.PUNTED) > 0);
            long sent = scene().count(Counter.KERNEL_FRAMES);
            send(
                    scene().kernel(),
                    KernelScene.KERNEL,
                    datagram(family, PacketBuilder.ethernet(macOfPort(), PEER), 9, 10, length));
            Shell.until("sent", () -> scene().count(Counter.KERNEL_FRAMES) > sent);
            inside.stop();
            outside.stop();
            String size = Integer.toString(length + 8);
            assertThat(inside.fields(TAGGED + " && eth.src == " + PEER, "udp.length"))
                    .containsExactly(size);
            assertThat(outside.fields(TAGGED + " && eth.dst == " + PEER, "udp.length"))
                    .containsExactly(size);
        }
        assertThat(scene().count(Counter.KERNEL_FRAMES_LOST)).isZero();
    }

    /// What is for an address of the kernel in a VLAN goes there, and what no service wants of one
    /// that both have; not what is for a virtual address.
    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void aVlanIsSharedAsItsPortIs(LabFamily family) throws Exception {
        String device = "outside." + VLAN;
        String bits = family == LabFamily.IPV4 ? "/24" : "/64";
        scene().balancer
                .engine()
                .control()
                .apply(
                        new Change.AddAddress(InterfaceAddress.of(host(family, 1) + bits, device)),
                        new Change.AddAddress(
                                InterfaceAddress.of(host(family, 9) + bits, device).ofKernel()));
        NetworkNamespace client = scene().lab.client();
        try (Capture inside = new Capture(scene().kernel(), KernelScene.KERNEL)) {
            PacketBuilder kernels =
                    datagram(family, PacketBuilder.ethernet(PEER, macOfPort()), 10, 9, 30);
            PacketBuilder shared =
                    datagram(family, PacketBuilder.ethernet(PEER, macOfPort()), 10, 1, 31);
            PacketBuilder virtual =
                    (family == LabFamily.IPV4
                                    ? PacketBuilder.ethernet(PEER, macOfPort())
                                            .vlan(VLAN)
                                            .ipv4(host(family, 10), family.virtual().toString())
                                    : PacketBuilder.ethernet(PEER, macOfPort())
                                            .vlan(VLAN)
                                            .ipv6(host(family, 10), family.virtual().toString()))
                            .udp(40_000, 9)
                            .payload("x".repeat(32));
            long unserved = scene().count(Outcome.NO_SERVICE);
            send(client, "eth0", virtual);
            send(client, "eth0", kernels);
            send(client, "eth0", shared);
            Shell.until("punted", () -> scene().count(Outcome.PUNTED) >= 2);
            Shell.until("ended", () -> scene().count(Outcome.NO_SERVICE) > unserved);
            inside.stop();
            assertThat(inside.fields(TAGGED, "udp.length")).containsExactly("38", "39");
        }
    }
}
