// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.path.PathBench.CLIENT_MAC;
import static io.fullnat.core.path.PathBench.LAN;
import static io.fullnat.core.path.PathBench.OURS;
import static io.fullnat.core.path.PathBench.SERVER_MAC;
import static io.fullnat.core.path.PathBench.WAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.path.PathBench.HandedOver;
import io.fullnat.core.stack.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of packets of IPv6 that are for the balancer itself, around one connection of a
/// client with a real server. What is said in return others decide: it is looked at only as far as
/// that somebody is asked.
class Ipv6LocalInputTest {
    private static final String LOCAL = "2001:db8:0:1::64";
    private static final String VIRTUAL = "2001:db8:0:1::1";
    private static final String SERVER = "2001:db8:0:1::b";
    private static final String CLIENT = "2001:db8:0:c1::7";
    private static final String NOBODY = "2001:db8:0:1::77";
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final String PEER_LINK_LOCAL = "fe80::51";

    private final PathBench bench = new PathBench(Families.IPV6, OpenBench.TCP);
    private final WorkerBench worker = new WorkerBench(bench, INBOUND);
    private final Ipv6LocalInput input = input(bench, worker);

    private static Ipv6LocalInput input(PathBench bench, WorkerBench worker) {
        Ipv6Family family = family(bench);
        return new Ipv6LocalInput(
                bench.context,
                bench.arrivals,
                bench.bench.neighbourhood,
                new Ipv6Errors(bench.bench.neighbourhood.ipv6Answers(), family.chain()),
                worker.stages,
                worker.kernel,
                family);
    }

    private static Ipv6Family family(PathBench bench) {
        return (Ipv6Family) bench.family(INBOUND);
    }

    @BeforeEach
    void haveAllAddresses() {
        bench.bench.acceptAddresses();
    }

    @AfterEach
    void close() {
        worker.close();
        bench.close();
    }

    private static PacketBuilder from(int device, String from, String to) {
        PacketBuilder link = PacketBuilder.ethernet(device == LAN ? SERVER_MAC : CLIENT_MAC, OURS);
        return (device == LAN ? link.vlan(100) : link).ipv6(from, to);
    }

    private static PacketBuilder fromServer(String to) {
        return from(LAN, SERVER, to);
    }

    private @Nullable Outcome receive(PacketBuilder packet, int device) {
        return input.icmp(bench.receive(packet, device), 0);
    }

    /// Sees that a message ends with its buffer still here, as it was, and nothing said.
    private void ends(PacketBuilder packet, int device, Outcome outcome) {
        assertThat(receive(packet, device)).isEqualTo(outcome);
        assertThat(bench.received()).isEqualTo(packet.toBytes());
        assertThat(bench.sent()).isEmpty();
        bench.free();
    }

    private void isAnswered(PacketBuilder ping, int device) {
        long before = bench.context.stack().counters().get(Outcome.ECHO_ANSWERED);
        assertThat(receive(ping, device)).isNull();
        assertThat(bench.context.stack().counters().get(Outcome.ECHO_ANSWERED) - before).isOne();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void aPingOfAnOwnAddressIsAnsweredWhereThatIs() {
        assertThat(receive(fromServer(LOCAL).echoRequest(7, 1).payload("ping"), LAN)).isNull();
        assertThat(bench.sent())
                .containsExactly(
                        PathBench.bytes(
                                PacketBuilder.ethernet(OURS, SERVER_MAC)
                                        .vlan(100)
                                        .ipv6(LOCAL, SERVER)
                                        .timeToLive(64)
                                        .echoReply(7, 1)
                                        .payload("ping")));
        assertThat(bench.context.stack().counters().get(Outcome.ECHO_ANSWERED)).isOne();
        ends(from(WAN, CLIENT, LOCAL).echoRequest(7, 1), WAN, Outcome.NOT_LOCAL);
    }

    /// Whose headers the answer is without.
    @Test
    void aPingBehindOtherHeadersIsAnswered() {
        PacketBuilder ping = fromServer(LOCAL).extension(Ipv6Extension.destination());
        assertThat(receive(ping.echoRequest(7, 1), LAN)).isNull();
        assertThat(bench.sent())
                .containsExactly(
                        PathBench.bytes(
                                PacketBuilder.ethernet(OURS, SERVER_MAC)
                                        .vlan(100)
                                        .ipv6(LOCAL, SERVER)
                                        .timeToLive(64)
                                        .echoReply(7, 1)));
    }

    @Test
    void aPingOfALinkLocalAddressIsAnsweredOnTheLink() {
        isAnswered(from(LAN, PEER_LINK_LOCAL, LINK_LOCAL).echoRequest(7, 1), LAN);
        isAnswered(from(WAN, CLIENT, LINK_LOCAL).echoRequest(7, 1), WAN);
        ends(from(LAN, SERVER, "fe80::77").echoRequest(7, 1), LAN, Outcome.NOT_LOCAL);
    }

    /// Which is at the routers' end of the link perhaps, as no interface of ours has it.
    @Test
    void aPingOfAVirtualAddressIsNobodysToAnswer() {
        ends(from(WAN, CLIENT, VIRTUAL).echoRequest(7, 1), WAN, Outcome.ICMP_IGNORED);
        bench.serveNothing();
        ends(from(WAN, CLIENT, VIRTUAL).echoRequest(7, 1), WAN, Outcome.NOT_LOCAL);
    }

    @Test
    void whatAsksForNothingIsIgnoredIfItIsForUs() {
        ends(fromServer(LOCAL).echoReply(7, 1), LAN, Outcome.ICMP_IGNORED);
        ends(from(WAN, CLIENT, VIRTUAL).echoReply(7, 1), WAN, Outcome.ICMP_IGNORED);
        ends(fromServer(LINK_LOCAL).echoReply(7, 1), LAN, Outcome.ICMP_IGNORED);
        ends(fromServer(NOBODY).echoReply(7, 1), LAN, Outcome.NOT_LOCAL);
        ends(from(WAN, CLIENT, LOCAL).echoReply(7, 1), WAN, Outcome.NOT_LOCAL);
        ends(from(WAN, CLIENT, "2001:db8:9::1").echoRequest(7, 1), WAN, Outcome.NOT_LOCAL);
    }

    private static PacketBuilder toMapped(int address) {
        IpAddress from = IpAddress.parse(SERVER);
        return PacketBuilder.ethernet(SERVER_MAC, OURS)
                .vlan(100)
                .ipv6(from.high(), from.low(), 0, IpAddress.mapped(address));
    }

    /// Of IPv6 none is for the host of IPv4 that its address names.
    @Test
    void aMappedAddressIsNobodys() {
        for (int local : new int[] {0x0A00_0164, 0xC000_0201}) {
            ends(toMapped(local).echoRequest(7, 1), LAN, Outcome.NOT_LOCAL);
            assertThat(unknown(toMapped(local), LAN)).isEmpty();
        }
        IpAddress to = IpAddress.parse(LOCAL);
        PacketBuilder ping =
                PacketBuilder.ethernet(SERVER_MAC, OURS)
                        .vlan(100)
                        .ipv6(0, IpAddress.mapped(0x0A00_010B), to.high(), to.low());
        ends(ping.echoRequest(7, 1), LAN, Outcome.BAD_SOURCE);
    }

    @Test
    void aMessageThatIsShorterThanItsHeaderIsTruncated() {
        PacketBuilder whole = fromServer(LOCAL).protocol(58);
        ends(whole.payload(new byte[7]), LAN, Outcome.TRUNCATED);
        ends(whole.payload(new byte[8]), LAN, Outcome.BAD_ICMP_CHECKSUM);
    }

    @Test
    void aMessageWhoseChecksumIsWrongIsNotHeard() {
        PacketBuilder ping = fromServer(LOCAL).echoRequest(7, 1).badTransportChecksum();
        ends(ping, LAN, Outcome.BAD_ICMP_CHECKSUM);
    }

    /// From the server, to the MAC address of a group.
    private static PacketBuilder toGroupMac(String destination) {
        return PacketBuilder.ethernet(SERVER_MAC, groupMac(NdFrames.ALL))
                .vlan(100)
                .ipv6(SERVER, destination);
    }

    /// But by neighbour discovery.
    @Test
    void nothingElseIsHeardThatIsSentToAGroup() {
        ends(toGroupMac(NdFrames.ALL).echoRequest(7, 1), LAN, Outcome.OTHER_HOST);
    }

    /// To one by the MAC address of a group.
    @Test
    void norIsWhatAGroupOfEthernetGets() {
        ends(toGroupMac(LOCAL).echoRequest(7, 1), LAN, Outcome.OTHER_HOST);
    }

    @ParameterizedTest
    @CsvSource({
        LOCAL + ", 0, BAD_SOURCE",
        VIRTUAL + ", 0, BAD_SOURCE",
        LINK_LOCAL + ", 0, BAD_SOURCE",
        "ff02::1, 0, BAD_SOURCE",
        CLIENT + ", 0, REVERSE_PATH",
        SERVER + ", 1, REVERSE_PATH"
    })
    void aSourceThatCannotBeIsNotHeard(String source, int device, Outcome outcome) {
        ends(from(device, source, LOCAL).echoRequest(7, 1), device, outcome);
    }

    /// No route leads to them.
    @Test
    void neighboursSpeakFromLinkLocalAddressesByEachDevice() {
        ends(from(WAN, PEER_LINK_LOCAL, VIRTUAL).echoReply(7, 1), WAN, Outcome.ICMP_IGNORED);
        ends(from(LAN, PEER_LINK_LOCAL, LOCAL).echoReply(7, 1), LAN, Outcome.ICMP_IGNORED);
    }

    private static PacketBuilder asks(String target) {
        return NdFrames.solicitation(SERVER_MAC, SERVER, target, option(1, SERVER_MAC));
    }

    @Test
    void neighbourDiscoveryIsHeardAndAnswered() {
        Frame frame = bench.receive(asks(LOCAL), LAN);
        assertThat(input.icmp(frame, 0)).isEqualTo(Outcome.DISCOVERY);
        assertThat(bench.sent())
                .singleElement()
                .satisfies(sent -> {
                    assertThat(NdFrames.isRight(sent)).isTrue();
                    assertThat(sent[54]).as("type").isEqualTo((byte) 136);
                });
        bench.free();
    }

    /// By the headers of the message itself: those of another may be in hand meanwhile.
    @Test
    void discoveryIsReadByItsOwnHeaders() {
        PacketBuilder query = NdFrames.query(SERVER_MAC, PEER_LINK_LOCAL, 1, "::");
        assertThat(receive(query, LAN)).isEqualTo(Outcome.DISCOVERY);
        bench.free();
        assertThat(receive(asks(NOBODY), LAN)).isNotEqualTo(Outcome.BAD_DISCOVERY);
        bench.free();
        bench.sent();
    }

    @Test
    void whatNeighboursMustNotSayIsBad() {
        ends(asks(LOCAL).timeToLive(254), LAN, Outcome.BAD_DISCOVERY);
    }

    /// The kernel's own question, which must find nobody.
    @Test
    void discoveryThatHasComeBackIsIgnored() {
        PacketBuilder own = NdFrames.solicitation(OURS, PEER_LINK_LOCAL, LOCAL, option(1, OURS));
        ends(own, LAN, Outcome.DISCOVERY_IGNORED);
    }

    /// About the server's answer to the client, which is too long for a link to that.
    private PacketBuilder tooBig(PacketBuilder packet) {
        return packet.icmp(2, 0, 1_300).quoting(bench.leaving(OUTBOUND).toBytes(), 20);
    }

    @Test
    void anErrorAboutAConnectionGoesOn() {
        PacketBuilder error = tooBig(from(WAN, CLIENT, VIRTUAL));
        assertThat(receive(error, WAN)).isNull();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void whatStandsAgainstSendingItIsItsEnd() {
        PacketBuilder error = tooBig(from(WAN, CLIENT, VIRTUAL)).timeToLive(1);
        assertThat(receive(error, WAN)).isEqualTo(Outcome.TTL_EXPIRED);
        bench.free();
    }

    /// A router's address that is good on its link alone is no source elsewhere.
    @Test
    void anErrorOfALinkLocalRouterIsNotForwarded() {
        ends(tooBig(from(WAN, PEER_LINK_LOCAL, VIRTUAL)), WAN, Outcome.ICMP_IGNORED);
    }

    @Test
    void anErrorAboutNoConnectionIsIgnoredIfItIsForUs() {
        byte[] about = bench.to(INBOUND).tcp(1, 2).toBytes();
        ends(fromServer(LOCAL).icmp(1, 0, 0).quoting(about, 20), LAN, Outcome.ICMP_IGNORED);
        ends(fromServer(NOBODY).icmp(1, 0, 0).quoting(about, 20), LAN, Outcome.NOT_LOCAL);
    }

    @Test
    void whatIsNoErrorOfAConnectionIsNotTranslated() {
        PacketBuilder error = from(WAN, CLIENT, VIRTUAL).icmp(1, 99, 0);
        byte[] about = bench.leaving(OUTBOUND).toBytes();
        ends(error.quoting(about, 20), WAN, Outcome.ICMP_IGNORED);
    }

    @Test
    void anErrorAboutAConnectionOfAnotherWorkerGoesThereOnce() {
        try (PathBench first = new PathBench(Families.IPV6, OpenBench.TCP, 0, 3);
                WorkerBench its = new WorkerBench(first, INBOUND)) {
            Ipv6LocalInput other = input(first, its);
            byte[] about = first.to(OUTBOUND).tcp(80, 30_008).toBytes();
            PacketBuilder error = from(WAN, CLIENT, VIRTUAL).icmp(2, 0, 1_300).quoting(about, 20);
            assertThat(other.icmp(first.receive(error, WAN), 1)).isNull();
            assertThat(first.handedOver)
                    .singleElement()
                    .usingRecursiveComparison()
                    .isEqualTo(new HandedOver(1, error.toBytes(), 2));
            Frame last = first.receive(error, WAN);
            assertThat(other.icmp(last, 2)).isEqualTo(Outcome.ICMP_IGNORED);
            first.free();
        }
    }

    /// Has a packet in hand whose option must be told about.
    private Frame withProblem(PacketBuilder packet, int device) {
        byte[] option = {0x1E, 4, 0, 0, 0, 0};
        Frame frame =
                bench.receive(
                        packet.extension(Ipv6Extension.destination(option)).udp(1, 2), device);
        Memory.putByte(frame.l3() + 42, 0x9E);
        assertThat(family(bench).take(frame.l3(), frame.l3Length())).isEqualTo(Ipv6Chain.OPTION);
        return frame;
    }

    private int told() {
        List<byte[]> sent = bench.sent();
        sent.forEach(error -> {
            int icmp = error[12] == (byte) 0x81 ? 58 : 54;
            assertThat(error[icmp]).as("parameter problem").isEqualTo((byte) 4);
            assertThat(error[icmp + 1]).as("an option").isEqualTo((byte) 2);
            assertThat(error[icmp + 7]).as("where it is").isEqualTo((byte) 42);
        });
        return sent.size();
    }

    @ParameterizedTest
    @CsvSource({
        SERVER + ", " + LOCAL + ", 0, 1",
        SERVER + ", " + LINK_LOCAL + ", 0, 1",
        CLIENT + ", " + VIRTUAL + ", 1, 1",
        SERVER + ", " + NOBODY + ", 0, 0",
        CLIENT + ", " + LOCAL + ", 1, 0",
        SERVER + ", fe80::77, 0, 0"
    })
    void whatIsWrongWithHeadersIsToldIfTheyWereForUs(String from, String to, int device, int told) {
        input.problem(withProblem(from(device, from, to), device));
        assertThat(told()).isEqualTo(told);
        bench.free();
    }

    @Test
    void ifThePolicyIsSilentNothingIsTold() {
        worker.punts.gate().become(LeftoverPolicy.DEFAULT.withUnusedPorts(Refusal.DROP));
        input.problem(withProblem(fromServer(LOCAL), LAN));
        assertThat(bench.sent()).isEmpty();
        bench.free();
        assertThat(unknown(from(WAN, CLIENT, VIRTUAL), WAN)).isEmpty();
    }

    private List<String> unknown(PacketBuilder packet, int device) {
        Frame frame = bench.receive(packet.protocol(132).payload("sctp"), device);
        assertThat(input.unknownProtocol(frame)).isEqualTo(Outcome.UNKNOWN_PROTOCOL);
        bench.free();
        return bench.told;
    }

    @Test
    void aProtocolThatNoServiceCanHaveIsToldToWhoSendsToAVirtualAddress() {
        assertThat(unknown(fromServer(NOBODY), LAN)).isEmpty();
        assertThat(unknown(from(WAN, CLIENT, LOCAL), WAN)).isEmpty();
        assertThat(unknown(from(WAN, CLIENT, VIRTUAL), WAN))
                .containsExactly("unreachable PROTOCOL 0");
    }

    /// Which the kernel does not have either.
    @Test
    void aLocalAddressIsOursToo() {
        assertThat(unknown(fromServer(LOCAL), LAN)).containsExactly("unreachable PROTOCOL 0");
    }
}
