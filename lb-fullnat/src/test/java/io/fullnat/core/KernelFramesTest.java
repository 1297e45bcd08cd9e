// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT;
import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.GATEWAY;
import static io.fullnat.core.Rig.VIP;
import static io.fullnat.core.Rig.WAN_MAC;
import static io.fullnat.core.packet.NdFrames.option;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.memoryio.InMemoryPuntPort.Mirrored;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The kernel's interface beside a port: what the kernel sends, how the interface is kept as its
/// port is, and how much may go there ([PuntAgent], [PuntGate], [PuntLink]).
class KernelFramesTest {
    private static final String WAN = "192.0.2.1";
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final Duration TENTH = Duration.ofMillis(100);

    private static PacketBuilder toHost() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv4(CLIENT, WAN).tcp(40000, 22);
    }

    private static PacketBuilder toVip() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv4(CLIENT, VIP).tcp(40000, 22);
    }

    private static PacketBuilder ospf() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                .ipv4(GATEWAY, WAN)
                .protocol(89)
                .payload("hello");
    }

    private static InMemoryPuntPort kernel(Rig rig) {
        return rig.io.wire("wan").near().kernel();
    }

    private static Rig configured(PuntSettings settings) {
        Rig rig = Rig.withKernel(options -> options.punting(settings)).configured();
        kernel(rig).receiveAll();
        return rig;
    }

    @Test
    void framesOfTheKernelLeaveByThePortAsTheyAre() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            byte[] whole =
                    PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC)
                            .ipv4(WAN, CLIENT)
                            .tcp(22, 40000)
                            .payload("x".repeat(1400))
                            .toBytes();
            byte[] tagged =
                    PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC)
                            .vlan(9)
                            .ipv4(WAN, CLIENT)
                            .udp(1, 2)
                            .payload("x".repeat(100))
                            .toBytes();
            kernel(rig).send(whole);
            kernel(rig).send(tagged);
            rig.run();

            assertThat(rig.client.receiveAll()).containsExactly(whole, tagged);
            assertThat(rig.server.receiveAll()).isEmpty();
            assertThat(rig.count(Counter.KERNEL_FRAMES)).isEqualTo(2);
            assertThat(kernel(rig).receiveAll()).as("nothing comes back").isEmpty();
        }
    }

    /// A capture tells them from what the balancer makes itself.
    @Test
    void framesOfTheKernelAreCapturedAsItsOwn() {
        try (Rig rig = configured(PuntSettings.DEFAULT);
                PacketCapture capture = rig.balancer.capture(CaptureSettings.ALL)) {
            byte[] ssh =
                    PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC)
                            .ipv4(WAN, CLIENT)
                            .tcp(22, 40000)
                            .payload("login: ")
                            .toBytes();
            rig.run();
            kernel(rig).send(ssh);
            kernel(rig).send(ssh);
            rig.clientSends(toVip().flags(Tcp.SYN));
            List<CapturedFrame> frames = capture.poll(100);

            assertThat(frames)
                    .filteredOn(CapturedFrame::ofKernel)
                    .hasSize(2)
                    .allSatisfy(frame -> {
                        assertThat(frame.sent()).isTrue();
                        assertThat(frame.outcome()).isEmpty();
                        assertThat(frame.port()).isZero();
                        assertThat(frame.bytes()).isEqualTo(ssh);
                    });
            assertThat(frames)
                    .filteredOn(frame -> frame.sent() && !frame.ofKernel())
                    .as("the reset that a port without a service is answered with")
                    .hasSize(1);
        }
    }

    /// What leaves by the buffer of a frame of the kernel is the balancer's own again.
    @Test
    void aFrameOfTheKernelThatIsNotSentIsForgotten() {
        try (Rig rig = configured(PuntSettings.DEFAULT);
                PacketCapture capture = rig.balancer.capture(CaptureSettings.ALL)) {
            rig.run();
            rig.io.wire("wan").link(false);
            rig.pass(TENTH);
            kernel(rig).send(toHost().toBytes());
            rig.run();
            rig.io.wire("wan").link(true);
            rig.pass(TENTH);
            rig.clientSends(toVip().flags(Tcp.SYN));
            List<CapturedFrame> frames = capture.poll(100);

            assertThat(frames).isNotEmpty().noneMatch(CapturedFrame::ofKernel);
        }
    }

    @Test
    void shortFramesOfTheKernelAreFilledWithZeros() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            rig.clientSends(toVip().payload("y".repeat(1000))); // leaves bytes in a buffer
            byte[] frame = PacketBuilder.ethernet(WAN_MAC, BROADCAST).type(0x88B5).toBytes();
            kernel(rig).send(frame);
            rig.run();

            assertThat(rig.client.receiveAll())
                    .singleElement()
                    .satisfies(f -> assertThat(f).isEqualTo(Arrays.copyOf(frame, 60)));
        }
    }

    @Test
    void aFrameThatIsLongerThanThePortsIsCountedAndLost() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            kernel(rig).send(new byte[1519]);
            kernel(rig).send(new byte[9000]);
            rig.run();

            assertThat(rig.client.receiveAll()).isEmpty();
            assertThat(rig.count(Counter.KERNEL_FRAMES_LOST)).isEqualTo(2);
        }
    }

    @Test
    void theInterfaceIsAsThePortIs() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            MacAddress mac = MacAddress.parse(WAN_MAC);
            assertThat(kernel(rig).mirrored()).isEqualTo(new Mirrored(mac, 1500, true));

            rig.io.wire("wan").link(false);
            rig.pass(TENTH);
            assertThat(kernel(rig).mirrored()).isEqualTo(new Mirrored(mac, 1500, false));

            rig.io.wire("wan").link(true);
            rig.pass(TENTH);
            rig.pass(TENTH);
            assertThat(kernel(rig).mirrored()).isEqualTo(new Mirrored(mac, 1500, true));
        }
    }

    @Test
    void framesToAGroupComeWhileTheKernelListensToIt() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            String group = "01:00:5e:00:00:05";
            PacketBuilder hello =
                    PacketBuilder.ethernet(CLIENT_MAC, group)
                            .ipv4(GATEWAY, "224.0.0.5")
                            .protocol(89)
                            .payload("x");
            rig.clientSends(hello);
            assertThat(kernel(rig).receiveAll()).isEmpty();

            kernel(rig).listen(Set.of(MacAddress.parse(group)));
            rig.pass(TENTH);
            rig.clientSends(hello);
            assertThat(kernel(rig).receiveAll()).hasSize(1);

            kernel(rig).listen(Set.of());
            rig.pass(TENTH);
            rig.clientSends(hello);
            assertThat(kernel(rig).receiveAll()).isEmpty();
        }
    }

    /// Where unused ports of virtual addresses go to the kernel, and where they do not.
    @ParameterizedTest
    @CsvSource({
        "true, false, true",
        "true, true, false",
        "true, true, true",
        "false, true, false",
        "false, false, true"
    })
    void defenceSwitchesDropInSilence(boolean punts, boolean tcp, boolean udp) {
        PuntSettings settings = new PuntSettings(1000, 1000, 1000, punts).withDropped(tcp, udp);
        try (Rig rig = configured(settings)) {
            PacketBuilder segment = rig.request().tcp(5000, 22).flags(Tcp.SYN);
            PacketBuilder datagram = rig.request().udp(5000, 161);
            int answers = rig.clientSends(segment).size() + rig.clientSends(datagram).size();
            int dropped = (tcp ? 1 : 0) + (udp ? 1 : 0);
            assertThat(rig.count(Outcome.DEFENCE_DROPPED)).isEqualTo(dropped);
            assertThat(kernel(rig).receiveAll()).hasSize(punts ? 2 - dropped : 0);
            assertThat(answers).isEqualTo(punts ? 0 : 2 - dropped);
            assertThat(rig.clientSends(rig.request().tcp(5000, 80).flags(Tcp.SYN)))
                    .as("a port of a service")
                    .hasSize(1);
            Rig6.configured(rig);
            kernel(rig).receiveAll();
            rig.clientSends(Rig6.fromClient().tcp(5000, 22).flags(Tcp.SYN));
            rig.clientSends(Rig6.fromClient().udp(5000, 161));
            assertThat(rig.count(Outcome.DEFENCE_DROPPED)).as("and IPv6").isEqualTo(2L * dropped);
            assertThat(kernel(rig).receiveAll()).hasSize(punts ? 2 - dropped : 0);
        }
    }

    @Test
    void aFloodOfOneKindCostsTheOthersNothing() {
        try (Rig rig = configured(new PuntSettings(100, 1000, 200, true))) {
            for (int i = 0; i < 400; i++) {
                rig.clientSends(toVip());
            }
            long limited = rig.count(Outcome.PUNT_LIMITED);
            assertThat(limited).as("a burst of 16 passes").isEqualTo(400 - 16);
            kernel(rig).receiveAll();

            for (int i = 0; i < 10; i++) {
                rig.clientSends(ospf());
                rig.clientSends(toHost());
            }
            assertThat(kernel(rig).receiveAll()).hasSize(20);
            assertThat(rig.count(Outcome.PUNT_LIMITED)).isEqualTo(limited);

            rig.pass(Duration.ofSeconds(1));
            rig.clientSends(toVip());
            assertThat(kernel(rig).receiveAll()).as("the rate is back").hasSize(1);
        }
    }

    @Test
    void routingProtocolsReachTheKernelBeforeWhatCameEarlier() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            byte[] first = toHost().toBytes();
            byte[] second = ospf().toBytes();
            rig.client.send(first);
            rig.client.send(second);
            rig.run();

            assertThat(kernel(rig).receiveAll()).containsExactly(second, first);
        }
    }

    @Test
    void aKernelThatTakesNothingCostsTheBalancerNothing() {
        try (Rig rig = configured(new PuntSettings(1, 10_000_000, 1, false))) {
            byte[] big = toHost().payload("x".repeat(1400)).toBytes();
            for (int i = 0; i < 6_000; i++) {
                rig.client.send(big);
                rig.balancer.doWork();
            }
            rig.run();
            assertThat(kernel(rig).statistics().sendErrors()).isPositive();
            assertThat(rig.clientSends(Rig.fromClient().tcp(40001, 80).flags(2))).hasSize(1);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isOne();
        }
    }

    @Test
    void leftoversOfVirtualAddressesAreAnsweredUnlessTheyArePunted() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            assertThat(rig.clientSends(toVip().flags(2))).as("a reset").hasSize(1);
            assertThat(kernel(rig).receiveAll()).isEmpty();
        }
        try (Rig rig = configured(new PuntSettings(10, 10, 10, true))) {
            assertThat(rig.clientSends(toVip().flags(2))).isEmpty();
            assertThat(kernel(rig).receiveAll()).hasSize(1);
        }
    }

    /// What asks whether an address is free bears our own MAC address if it is the kernel's own
    /// question that has come back: an answer would make the kernel give the address up.
    @Test
    void theKernelsOwnQuestionForDuplicatesIsNotAnswered() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            Rig6.configured(rig);
            rig.out();
            assertThat(
                            rig.clientSends(
                                    NdFrames.solicitation(
                                            WAN_MAC,
                                            "::",
                                            Rig6.WAN,
                                            option(14, "00:11:22:33:44:55"))))
                    .isEmpty();
            assertThat(kernel(rig).receiveAll()).isEmpty();
            assertThat(rig.count(Counter.ADDRESS_CONFLICTS)).isZero();

            assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, "::", Rig6.WAN)))
                    .as("another station's is")
                    .hasSize(1);
        }
    }

    /// The kernel has the same link-local address, and an interface address perhaps: while the
    /// balancer asks for duplicates the kernel may ask, too.
    @Test
    void whileAnAddressIsTentativeTheKernelsOwnQuestionIsNoObjection() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            rig.apply(new Change.AddAddress(InterfaceAddress.of(Rig6.WAN + "/64", "wan")));
            rig.clientSends(
                    NdFrames.solicitation(
                            WAN_MAC, "::", Rig6.WAN, option(14, "00:11:22:33:44:55")));
            for (int second = 0; second < 5; second++) {
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(rig.balancer.control().health().conditions())
                    .noneMatch(active -> active.condition() == Condition.ADDRESS_CONFLICT);
            rig.out();
            assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, "::", Rig6.WAN)))
                    .as("it is ours")
                    .hasSize(1);
        }
    }

    private static PacketBuilder ping6() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                .ipv6(Rig6.CLIENT, Rig6.WAN)
                .echoRequest(1, 1);
    }

    /// The kernel may have the same address: what the balancer does not answer it would.
    @Test
    void pingsOverTheLimitAreNotAnsweredByTheKernel() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            Rig6.configured(rig);
            kernel(rig).receiveAll();
            int answered = 0;
            while (answered < 100_000 && !rig.clientSends(ping6()).isEmpty()) {
                answered++;
            }
            assertThat(answered).isLessThan(100_000);
            assertThat(rig.count(Outcome.ICMP_IGNORED)).isOne();
            assertThat(kernel(rig).receiveAll()).isEmpty();
        }
    }

    @Test
    void pingsOfATentativeAddressAreNotAnsweredByTheKernel() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            rig.apply(
                    new Change.AddAddress(InterfaceAddress.of(Rig6.WAN + "/64", "wan")),
                    new Change.AddRoute(Route.via("::/0", Rig6.GATEWAY, "wan")));
            rig.out();
            kernel(rig).receiveAll();
            assertThat(rig.clientSends(ping6().extension(Ipv6Extension.routerAlert()))).isEmpty();
            assertThat(rig.clientSends(ping6())).isEmpty();
            assertThat(rig.count(Outcome.ICMP_IGNORED)).isEqualTo(2);
            assertThat(kernel(rig).receiveAll()).isEmpty();
        }
    }

    @Test
    void aLocalAddressThatDrainsDoesNotBecomeTheKernels() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            String local = "192.0.2.100";
            String server = "192.0.2.50";
            ServiceKey key = ServiceKey.tcp(VIP, 81);
            rig.apply(
                    Rig.neighbour(server, Rig.SERVER_MAC, "wan"),
                    new Change.AddService(
                            VirtualService.of(key)
                                    .withScheduler("rr")
                                    .withRealServer(RealServer.of(server, 8080))
                                    .withLocalAddress(LocalAddress.of(local, "wan"))));
            rig.pass(Duration.ofSeconds(3));
            rig.out();
            assertThat(rig.clientSends(Rig.fromClient().tcp(40000, 81).flags(2))).hasSize(1);

            Change removal = new Change.RemoveService(key);
            Change kernels =
                    new Change.AddAddress(InterfaceAddress.of(local + "/24", "wan").ofKernel());
            String refused =
                    "address 192.0.2.100/24 dev wan kernel: 192.0.2.100 is a local address until"
                            + " its connections have ended; wait for them, or end them (connection"
                            + " remove --local 192.0.2.100), and try again";
            assertThatThrownBy(() -> rig.apply(removal, kernels)).hasMessageContaining(refused);
            rig.apply(removal);
            rig.pass(Duration.ofSeconds(2));
            assertThatThrownBy(() -> rig.apply(kernels)).hasMessageContaining(refused);
            assertThat(rig.clientSends(Rig.fromClient().tcp(40000, 81).flags(2)))
                    .as("the connection goes on")
                    .hasSize(1);

            rig.apply(
                    new Change.EndConnections(
                            ConnectionFilter.ALL.withLocal(IpAddress.parse(local))));
            rig.pass(Duration.ofSeconds(2));
            rig.apply(kernels);
            assertThat(rig.balancer.network().addresses())
                    .anyMatch(status -> status.address().kernel());
        }
    }

    @Test
    void reversePathAsksForARouteToTheNetworkOfTheKernelsAddress() {
        try (Rig rig = Rig.withKernel(o -> o.reversePath("wan", ReversePath.LOOSE))) {
            rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.9/24", "wan").ofKernel()));
            PacketBuilder ssh =
                    PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                            .ipv4(GATEWAY, "192.0.2.9")
                            .tcp(40000, 22);
            rig.clientSends(ssh);
            assertThat(rig.count(Outcome.REVERSE_PATH)).isOne();
            assertThat(kernel(rig).receiveAll()).isEmpty();

            rig.apply(new Change.AddRoute(Route.onLink("192.0.2.0/24", "wan")));
            rig.clientSends(ssh);
            assertThat(kernel(rig).receiveAll()).hasSize(1);
        }
    }

    @Test
    void anAddressOfTheKernelNeedsAnInterface() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            InterfaceAddress address = InterfaceAddress.of("10.0.1.9/24", "lan").ofKernel();
            assertThatThrownBy(() -> rig.apply(new Change.AddAddress(address)))
                    .hasRootCauseInstanceOf(BalancerException.class)
                    .hasMessageContaining("10.0.1.9/24 dev lan kernel: port lan has no interface");
        }
    }

    @Test
    void anAddressOfTheKernelIsNothingElse() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.9/24", "wan").ofKernel()));
            rig.run();
            assertThat(rig.out()).as("it is not announced").isEmpty();
            assertThatThrownBy(() ->
                            rig.apply(
                                    new Change.AddService(
                                            Rig.service(ServiceKey.tcp("192.0.2.9", 80), 80))))
                    .hasMessageContaining("192.0.2.9 is the kernel's alone");
            rig.apply(new Change.RemoveAddress(InterfaceAddress.of("192.0.2.9/24", "wan"), false));
            assertThat(rig.balancer.network().addresses())
                    .noneMatch(status -> status.address().kernel());
        }
    }

    @Test
    void aLearntNeighbourIsKnownToBoth() {
        try (Rig rig = configured(PuntSettings.DEFAULT)) {
            rig.client.send(
                    PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                            .arp(2, CLIENT_MAC, "192.0.2.33", WAN_MAC, WAN));
            rig.run();
            assertThat(kernel(rig).receiveAll()).hasSize(1);
            assertThat(rig.count(Counter.PUNT_COPIES)).isPositive();
            assertThat(List.of(rig.count(Outcome.PUNTED))).containsExactly(0L);
        }
    }
}
