// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.solicitedNode;
import static io.fullnat.core.path.KernelBench.KERNELS;
import static io.fullnat.core.path.KernelBench.KERNELS_6;
import static io.fullnat.core.path.KernelBench.LAN;
import static io.fullnat.core.path.KernelBench.LINK_LOCAL;
import static io.fullnat.core.path.KernelBench.LOCAL_6;
import static io.fullnat.core.path.KernelBench.OURS;
import static io.fullnat.core.path.KernelBench.OWN;
import static io.fullnat.core.path.KernelBench.OWN_6;
import static io.fullnat.core.path.KernelBench.OWN_FAR;
import static io.fullnat.core.path.KernelBench.OWN_FAR_6;
import static io.fullnat.core.path.KernelBench.PEER;
import static io.fullnat.core.path.KernelBench.VIRTUAL;
import static io.fullnat.core.path.KernelBench.VIRTUAL_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.punt.PuntClass;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Outcomes for which [KernelPath] looks closer at a packet before it gives it to the kernel: what
/// the balancer answers itself, or drops on purpose, must not be answered by the kernel instead.
/// All settings let virtual addresses be the kernel's here.
class KernelPathOutcomesTest {
    private static final PuntSettings SHARED = new PuntSettings(100, 100, 100, true);
    private static final String CLIENT = "198.51.100.7";
    private static final String CLIENT_6 = "2001:db8:0:c1::7";
    private static final String STATION_6 = "2001:db8:0:1::50";
    private static final String PEER_LINK_LOCAL = "fe80::51";

    private KernelBench bench = new KernelBench(SHARED);

    @AfterEach
    void close() {
        bench.close();
    }

    private void settings(PuntSettings settings) {
        bench.close();
        bench = new KernelBench(settings);
    }

    private static PacketBuilder to(String address) {
        PacketBuilder link = PacketBuilder.ethernet(PEER, OURS);
        return address.contains(":") ? link.ipv6(CLIENT_6, address) : link.ipv4(CLIENT, address);
    }

    /// A part of a packet; of IPv6 its fragment header comes before what is added next.
    private static PacketBuilder part(String address, int offset) {
        return address.contains(":")
                ? to(address).extension(Ipv6Extension.fragment(offset, true, 7))
                : to(address).fragment(offset, true);
    }

    private static PacketBuilder ping(PacketBuilder packet) {
        return packet.echoRequest(1, 1).payload(new byte[64]);
    }

    private void ends(PacketBuilder packet, Outcome outcome, @Nullable PuntClass queue) {
        ends(packet, LAN, outcome, queue);
    }

    private void ends(
            PacketBuilder packet, int device, Outcome outcome, @Nullable PuntClass queue) {
        Frame frame = bench.frame(packet, device);
        assertThat(bench.path.ended(frame, outcome))
                .isEqualTo(queue == null ? outcome : Outcome.PUNTED);
        bench.goesTo(queue);
    }

    private void part(PacketBuilder packet, @Nullable PuntClass queue) {
        ends(packet, Outcome.FRAGMENT, queue);
    }

    @ParameterizedTest
    @ValueSource(strings = {OWN, OWN_FAR, OWN_6, OWN_FAR_6, LOCAL_6})
    void aPartOfAPingThatTheBalancerWouldAnswerIsNobodys(String address) {
        part(ping(part(address, 0)), null);
    }

    @ParameterizedTest
    @ValueSource(strings = {KERNELS, KERNELS_6})
    void aPartOfAPingOfTheKernelIsIts(String address) {
        part(ping(part(address, 0)), PuntClass.HOST);
    }

    /// Which says nothing of a ping, and may be of anything.
    @ParameterizedTest
    @ValueSource(strings = {OWN, OWN_6})
    void aPartBehindTheFirstOrAnAnswerIs(String address) {
        part(ping(part(address, 64)), PuntClass.HOST);
        part(part(address, 0).echoReply(1, 1).payload(new byte[64]), PuntClass.HOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {VIRTUAL, VIRTUAL_6})
    void aPartOfWhatIsForAServiceIsNobodys(String address) {
        part(part(address, 0).tcp(40_000, 80).payload(new byte[64]), null);
        part(part(address, 0).tcp(40_000, 22).payload(new byte[64]), PuntClass.OTHER);
        part(part(address, 0).udp(40_000, 80).payload(new byte[64]), PuntClass.OTHER);
        part(part(address, 0).protocol(89).payload(new byte[64]), PuntClass.OTHER);
        part(part(address, 64).tcp(40_000, 80).payload(new byte[64]), PuntClass.OTHER);
    }

    @ParameterizedTest
    @ValueSource(strings = {VIRTUAL, VIRTUAL_6})
    void partsAreDroppedWhereTheWholeIs(String address) {
        PacketBuilder tcp = part(address, 0).tcp(40_000, 22).payload(new byte[64]);
        PacketBuilder udp = part(address, 0).udp(40_000, 22).payload(new byte[64]);
        PacketBuilder other = part(address, 0).protocol(89).payload(new byte[64]);
        settings(SHARED.withDropped(true, false));
        part(tcp, null);
        part(udp, PuntClass.OTHER);
        part(other, PuntClass.OTHER);
        settings(SHARED.withDropped(false, true));
        part(tcp, PuntClass.OTHER);
        part(udp, null);
        part(other, PuntClass.OTHER);
    }

    @Test
    void elsewhereNothingIsDroppedSo() {
        settings(SHARED.withDropped(true, true));
        part(part(KERNELS, 0).tcp(40_000, 80).payload(new byte[64]), PuntClass.HOST);
        part(part(KERNELS_6, 0).udp(40_000, 80).payload(new byte[64]), PuntClass.HOST);
        part(ping(part(VIRTUAL, 0)), PuntClass.OTHER);
    }

    @Test
    void aPartThatIsShorterThanItsHeadersIsNoService() {
        part(part(VIRTUAL, 0).tcp(1, 80).truncate(33), PuntClass.OTHER);
    }

    /// There may be too many, or the address is another station's perhaps.
    @ParameterizedTest
    @ValueSource(strings = {OWN_6, OWN_FAR_6, LINK_LOCAL})
    void aPingOfIpv6ThatTheBalancerDoesNotAnswerIsNobodys(String address) {
        ends(ping(to(address)), Outcome.ICMP_IGNORED, null);
        Ipv6Extension more = Ipv6Extension.destination();
        ends(ping(to(address).extension(more)), Outcome.ICMP_IGNORED, null);
    }

    @Test
    void allElseThatIcmpSaysIsTheKernels() {
        ends(ping(to(KERNELS_6)), Outcome.ICMP_IGNORED, PuntClass.HOST);
        ends(to(OWN_6).echoReply(1, 1), Outcome.ICMP_IGNORED, PuntClass.HOST);
        ends(to(OWN_6).udp(128, 1), Outcome.ICMP_IGNORED, PuntClass.HOST);
        ends(ping(to(OWN)), Outcome.ICMP_IGNORED, PuntClass.HOST);
        ends(ping(to(OWN_6)).truncate(14 + 40 + 7), Outcome.ICMP_IGNORED, PuntClass.HOST);
    }

    /// By which routers speak to each other, and which is never forwarded.
    @ParameterizedTest
    @CsvSource({
        PEER_LINK_LOCAL + ", " + OWN_6 + ", HOST",
        PEER_LINK_LOCAL + ", " + KERNELS_6 + ", HOST",
        PEER_LINK_LOCAL + ", " + LINK_LOCAL + ", HOST",
        PEER_LINK_LOCAL + ", 2001:db8:9::1, OTHER",
        STATION_6 + ", " + OWN_6 + ", ",
        CLIENT_6 + ", " + OWN_6 + ", ",
        LINK_LOCAL + ", " + OWN_6 + ", "
    })
    void aSourceThatIsOfTheLinkAloneIsNoBadOneToTheKernel(
            String from, String to, @Nullable PuntClass queue) {
        PacketBuilder packet = PacketBuilder.ethernet(PEER, OURS).ipv6(from, to).tcp(1, 22);
        ends(packet, Outcome.BAD_SOURCE, queue);
    }

    @Test
    void whoseSourceCannotBeReadIsNot() {
        PacketBuilder packet =
                PacketBuilder.ethernet(PEER, OURS).ipv6(PEER_LINK_LOCAL, OWN_6).tcp(1, 22);
        ends(packet, NetworkView.NONE, Outcome.BAD_SOURCE, null);
        ends(packet, Outcome.BAD_SOURCE, PuntClass.HOST);
        ends(packet.truncate(14 + 39), Outcome.BAD_SOURCE, null);
        ends(packet.truncate(14 + 40), Outcome.BAD_SOURCE, PuntClass.HOST);
    }

    /// Whose header, read as one of IPv6, would have a source of the link.
    @Test
    void noSourceOfIpv4IsOne() {
        PacketBuilder packet =
                PacketBuilder.ethernet(PEER, OURS)
                        .ipv4(CLIENT, OWN)
                        .timeToLive(0xFE)
                        .protocol(0x80)
                        .payload(new byte[64]);
        ends(packet, Outcome.BAD_SOURCE, null);
    }

    private void hears(PacketBuilder packet, @Nullable PuntClass queue) {
        for (Outcome outcome : new Outcome[] {Outcome.DISCOVERY, Outcome.DISCOVERY_IGNORED}) {
            long before = bench.copies();
            Frame frame = bench.frame(packet);
            assertThat(bench.path.ended(frame, outcome)).as("stays as it is").isEqualTo(outcome);
            bench.goesTo(queue);
            assertThat(bench.copies() - before).isEqualTo(queue == null ? 0 : 1);
        }
    }

    private static PacketBuilder asks(String target) {
        return NdFrames.solicitation(PEER, STATION_6, target);
    }

    @ParameterizedTest
    @ValueSource(strings = {OWN_6, LINK_LOCAL})
    void aQuestionThatTheBalancerAnswersIsNotHeardByTheKernel(String target) {
        bench.punts.listen(groupMac(solicitedNode(target)));
        hears(asks(target), null);
    }

    @ParameterizedTest
    @ValueSource(strings = {KERNELS_6, OWN_FAR_6, "2001:db8:0:1::77"})
    void anyOtherIs(String target) {
        hears(asks(target), null);
        bench.punts.listen(groupMac(solicitedNode(target)));
        hears(asks(target), PuntClass.ROUTING);
    }

    @Test
    void answersAreHeardByBoth() {
        hears(
                NdFrames.advertisement(PEER, STATION_6, OURS, OWN_6, 0x60, STATION_6),
                PuntClass.ROUTING);
    }

    /// As a query for listeners has, behind which a target seems to stand.
    @Test
    void whatHasAnotherHeaderInFrontIsNoQuestion() {
        bench.punts.listen(groupMac(solicitedNode(OWN_6)));
        byte[] question = asks(OWN_6).toBytes();
        PacketBuilder packet =
                PacketBuilder.ethernet(PEER, groupMac(solicitedNode(OWN_6)))
                        .ipv6(PEER_LINK_LOCAL, solicitedNode(OWN_6))
                        .protocol(60)
                        .payload(Arrays.copyOfRange(question, 54, question.length));
        hears(packet, PuntClass.HOST);
    }

    @Test
    void whatIsForTheBalancerAloneIsNotHeardByTheKernel() {
        settings(PuntSettings.DEFAULT);
        hears(NdFrames.advertisement(PEER, STATION_6, OURS, VIRTUAL_6, 0x60, STATION_6), null);
        hears(NdFrames.advertisement(PEER, STATION_6, OURS, LOCAL_6, 0x60, STATION_6), null);
    }
}
