// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers of the balancer's own, and to what there is none: [IcmpAnswers]; and what addresses are
/// to a device: [NetworkView].
class IcmpAnswersTest {
    private static final String PEER = "02:00:00:00:00:c1";

    private final TestNetwork network = new TestNetwork();
    private final IcmpAnswers answers =
            new IcmpAnswers(network.context, new AnswerLimits(network.context, 7));

    @AfterEach
    void close() {
        network.close();
    }

    private static PacketBuilder from(String source, String destination) {
        return PacketBuilder.ethernet(PEER, TestNetwork.MAC).ipv4(source, destination);
    }

    private static PacketBuilder back(String source) {
        return PacketBuilder.ethernet(TestNetwork.MAC, PEER).ipv4(source, "198.51.100.7");
    }

    private List<byte[]> about(PacketBuilder packet, BiConsumer<IcmpAnswers, Frame> answer) {
        Frame frame = network.frame(packet);
        answer.accept(answers, frame);
        network.io.buffers().free(frame.buffer()); // it stays the caller's
        return network.out();
    }

    private List<byte[]> unreachable(PacketBuilder packet) {
        return about(packet, (all, frame) -> all.unreachable(frame, 3, 0));
    }

    private List<byte[]> reset(PacketBuilder packet) {
        return about(packet, (all, frame) -> all.reset(frame, 0));
    }

    @Test
    void anErrorComesFromTheAddressThatWasAskedIfItIsOurs() {
        PacketBuilder asked = from("198.51.100.7", "10.0.1.1").udp(1, 9).payload("what");
        assertThat(unreachable(asked))
                .containsExactly(
                        back("10.0.1.1")
                                .dontFragment()
                                .icmp(3, 3, 0)
                                .quoting(asked.toBytes(), 12)
                                .toBytes());
        PacketBuilder virtual = from("198.51.100.7", "192.0.2.80").udp(1, 9).payload("what");
        assertThat(unreachable(virtual))
                .as("else from one of the device's")
                .containsExactly(
                        back("10.0.1.1")
                                .dontFragment()
                                .icmp(3, 3, 0)
                                .quoting(virtual.toBytes(), 12)
                                .toBytes());
        assertThat(network.count(Counter.ICMP_ERRORS)).isEqualTo(2);
    }

    @Test
    void anErrorQuotesWhatFitsInto576Bytes() {
        byte[] error =
                unreachable(from("198.51.100.7", "10.0.1.1").udp(1, 9).payload(new byte[1400]))
                        .getFirst();
        assertThat(error).hasSize(14 + 576);
    }

    @Test
    void aTaggedPacketIsAnsweredWithItsTag() {
        PacketBuilder asked =
                PacketBuilder.ethernet(PEER, TestNetwork.MAC)
                        .vlan(100)
                        .ipv4("198.51.100.7", "10.0.2.1")
                        .udp(1, 9);
        byte[] error = unreachable(asked).getFirst();

        assertThat(error)
                .isEqualTo(
                        PacketBuilder.ethernet(TestNetwork.MAC, PEER)
                                .vlan(100)
                                .ipv4("10.0.2.1", "198.51.100.7")
                                .dontFragment()
                                .icmp(3, 3, 0)
                                .quoting(asked.toBytes(), 8)
                                .toBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 11, 12})
    void nothingIsSaidAboutErrors(int type) {
        assertThat(unreachable(from("198.51.100.7", "10.0.1.1").icmp(type, 0, 0))).isEmpty();
        assertThat(
                        about(
                                from("198.51.100.7", "10.0.1.1").icmp(type, 0, 0),
                                (all, frame) -> all.errorToPeer(frame, 11, 0, 0)))
                .isEmpty();
    }

    @Test
    void nothingIsSaidToGroupsOrAboutLaterFragments() {
        for (String source :
                new String[] {"224.0.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255"}) {
            assertThat(unreachable(from(source, "10.0.1.1").udp(1, 9))).as(source).isEmpty();
            assertThat(reset(from(source, "10.0.1.1").tcp(1, 9))).as(source).isEmpty();
        }
        assertThat(unreachable(from("198.51.100.7", "224.0.0.5").udp(1, 9))).isEmpty();
        assertThat(unreachable(from("198.51.100.7", "10.0.1.1").fragment(8, false).udp(1, 9)))
                .isEmpty();
        assertThat(
                        unreachable(
                                PacketBuilder.ethernet(PEER, TestNetwork.ALL)
                                        .ipv4("198.51.100.7", "10.0.1.1")
                                        .udp(1, 9)))
                .isEmpty();
        assertThat(network.count(Counter.ICMP_ERRORS)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        // flags of the segment, bytes of data; flags, sequence and acknowledgement of the reset
        "2, 0, 20, 0, 101", // SYN
        "1, 5, 20, 0, 106", // FIN without ACK
        "0, 5, 20, 0, 105", // nothing
        "16, 5, 4, 777, 0", // ACK
        "18, 0, 4, 777, 0", // SYN, ACK
        "17, 3, 4, 777, 0", // FIN, ACK
    })
    void aResetSaysWhatTheSegmentsSenderBelieves(
            int flags, int data, int resetFlags, int sequence, int acknowledgement) {
        List<byte[]> out =
                reset(
                        from("198.51.100.7", "10.0.1.1")
                                .tcp(40000, 80)
                                .flags(flags)
                                .sequence(100)
                                .acknowledgement(777)
                                .payload(new byte[data]));

        assertThat(out)
                .containsExactly(
                        back("10.0.1.1")
                                .dontFragment()
                                .tcp(80, 40000)
                                .flags(resetFlags)
                                .sequence(sequence)
                                .acknowledgement(acknowledgement)
                                .window(0)
                                .padding(6)
                                .toBytes());
    }

    @Test
    void aResetIsNeverAnswered() {
        assertThat(reset(from("198.51.100.7", "10.0.1.1").tcp(1, 80).flags(Tcp.RST))).isEmpty();
        assertThat(reset(from("198.51.100.7", "10.0.1.1").tcp(1, 80).flags(Tcp.RST | Tcp.ACK)))
                .isEmpty();
    }

    @Test
    void anEchoIsAnsweredInItsOwnBuffer() {
        PacketBuilder ping =
                from("198.51.100.7", "10.0.1.1").timeToLive(1).echoRequest(5, 6).payload("x");
        answers.echoReply(network.frame(ping));

        assertThat(network.out())
                .containsExactly(back("10.0.1.1").echoReply(5, 6).payload("x").toBytes());
        assertThat(network.count(Outcome.ECHO_ANSWERED)).isOne();
        assertThat(network.io.buffers().inUse()).isZero();
    }

    /// A corrected checksum would be 0 (RFC 1624), and no receiver takes that.
    @Test
    void anEchoOfZerosHasARightChecksum() {
        answers.echoReply(network.frame(from("198.51.100.7", "10.0.1.1").echoRequest(0, 0)));

        byte[] reply = network.out().getFirst();
        assertThat(reply).isEqualTo(back("10.0.1.1").echoReply(0, 0).toBytes());
        assertThat(reply[36]).isEqualTo((byte) 0xFF);
        assertThat(reply[37]).isEqualTo((byte) 0xFF);
    }

    @Test
    void answersAreLimitedAndWhatIsNotSaidIsCounted() {
        PacketBuilder asked = from("198.51.100.7", "10.0.1.1").udp(1, 9);
        int said = 0;
        for (int i = 0; i < 500; i++) {
            said += unreachable(asked).size();
        }
        assertThat(said).isBetween(1, 499);
        assertThat(network.count(Counter.ERRORS_SUPPRESSED)).isEqualTo(500 - said);
        network.at(60_000);
        assertThat(unreachable(asked)).hasSize(1);
    }

    @Test
    void anAddressIsOurOwnALocalOneOrASourceThatNobodyHas() {
        assertThat(network.isOwn("10.0.1.1")).isTrue();
        assertThat(network.isOwn("10.0.1.100")).isTrue();
        assertThat(network.isOwn("10.0.1.2")).isFalse();
        assertThat(network.isLocal("10.0.1.100")).isTrue();
        assertThat(network.isLocal("10.0.1.1")).isFalse();
        for (String nobodys :
                new String[] {"10.0.1.1", "10.0.1.100", "10.0.1.0", "10.0.1.255", "10.0.2.255"}) {
            assertThat(network.isNoSource(nobodys)).as(nobodys).isTrue();
        }
        assertThat(network.isNoSource("10.0.1.101")).isFalse();
    }

    @Test
    void aNeighbourIsOnTheDevicesNetworkAndNotOurselves() {
        assertThat(network.isNeighbour(0, "10.0.1.7")).isTrue();
        assertThat(network.isNeighbour(1, "10.0.1.7")).isFalse();
        for (String none :
                new String[] {"10.0.1.1", "10.0.1.0", "10.0.1.255", "203.0.113.1", "10.0.2.7"}) {
            assertThat(network.isNeighbour(0, none)).as(none).isFalse();
        }
    }

    @Test
    void whoSpeaksFromADeviceUsesAnAddressOfThePeersNetworkIfThereIsOne() {
        assertThat(network.sourceFor(0, "10.0.1.7")).isEqualTo("10.0.1.1");
        assertThat(network.sourceFor(1, "10.0.2.7")).isEqualTo("10.0.2.1");
        assertThat(network.sourceFor(1, "203.0.113.1")).isEqualTo("10.0.2.1");
    }

    @Test
    void aDeviceIsThatOfAPortAndVlan() {
        NetworkView view = network.context.view();
        assertThat(view.deviceOf(0, 0)).isZero();
        assertThat(view.deviceOf(0, 100)).isOne();
        assertThat(view.deviceOf(0, 101)).isEqualTo(NetworkView.NONE);
        assertThat(view.deviceOf(1, 0)).isEqualTo(NetworkView.NONE);
        assertThat(view.ownOfPort(0)).hasSize(3);
        assertThat(view.ownOfPort(1)).isEmpty();
    }
}
