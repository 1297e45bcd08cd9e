// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The sample of sent packets meets all that the traffic consists of.
class SentSampleTest {
    private static final int RANGES = 16;
    private static final int FLOWS = 100_000;

    /// Requests of flows in order, then their answers: what the port's receive hands out. A packet
    /// stands here as its flow with the direction in the lowest bit.
    @ParameterizedTest
    @CsvSource({
        "64, 10000",
        "64, 100000",
        "64, 1000000",
        "64, 4096",
        "64, 65536",
        "32, 10000",
        "1, 10000",
        "63, 10000"
    })
    void meetsBothDirectionsAllPlacesAndAllRangesOfFlows(int length, int flows) {
        Set<Integer> ranges = new HashSet<>();
        Set<Integer> places = new HashSet<>();
        int[] seen = new int[1];
        SentSample sample =
                new SentSample(packet -> {
                    int range = (int) ((packet >> 1) * RANGES / flows);
                    ranges.add(2 * range + (int) (packet & 1));
                    seen[0]++;
                });
        PacketBurst burst = new PacketBurst(length);
        FlowOrder order = FlowOrder.inOrder(flows);
        for (int packets = 0; packets < 4_000_000; packets += 2 * length) {
            int[] turn = IntStream.range(0, length).map(i -> order.next()).toArray();
            for (int direction = 0; direction < 2; direction++) {
                burst.clear();
                for (int flow : turn) {
                    burst.add(1, 2L * flow + direction, 60, 0);
                }
                int before = seen[0];
                int until = nextAt(packets + direction * length);
                sample.look(burst);
                if (seen[0] > before) {
                    places.add(2 * until + direction);
                }
            }
        }
        assertThat(ranges).hasSize(2 * RANGES);
        assertThat(places).hasSize(2 * length);
    }

    /// How many packets come before the next one of the sample.
    private static int nextAt(int packets) {
        return SentSample.EACH - 1 - packets % SentSample.EACH;
    }

    /// Not more work than one in 4,096, which it was.
    @Test
    void looksAtNoMoreThanOneIn4096() {
        int[] seen = new int[1];
        SentSample sample = new SentSample(packet -> seen[0]++);
        PacketBurst burst = new PacketBurst(64);
        IntStream.range(0, 64).forEach(i -> burst.add(1, i, 60, 0));

        IntStream.range(0, 1 << 16).forEach(i -> sample.look(burst));

        assertThat(seen[0]).isEqualTo((64 << 16) / SentSample.EACH).isLessThan((64 << 16) / 4096);
    }

    private static String text(long data) {
        long ip = data + Ethernet.HEADER_LENGTH;
        long l4 = Ipv4.payload(ip);
        boolean tcp = Ipv4.protocol(ip) == Ipv4.PROTOCOL_TCP;
        String kind = tcp ? "flags " + Tcp.flags(l4) : "datagram";
        if (Udp.destinationPort(l4) == LoopNetwork.SERVER_PORT) {
            return kind + " to server";
        }
        long client = (Ipv4.destination(ip) & 0xFF_FFFFL) - 1;
        long flow = client * PacketMaker.FLOW_PORTS + Udp.destinationPort(l4) - 1024;
        return kind + " to client " + (flow * RANGES / FLOWS);
    }

    private static Set<String> bothWays(String kind) {
        return Stream.concat(
                        Stream.of(kind + " to server"),
                        IntStream.range(0, RANGES).mapToObj(i -> kind + " to client " + i))
                .collect(Collectors.toSet());
    }

    private static Set<String> sampled(Protocol protocol) throws InterruptedException {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        try (LoopTraffic traffic =
                LoopTraffic.start(new LoopNetwork(protocol, 60), 2 * FLOWS, true)) {
            traffic.io()
                    .loop()
                    .sample()
                    .check(data -> {
                        if (Ethernet.type(data) == Ethernet.TYPE_IPV4) {
                            PacketMaker.verify(data);
                            seen.add(text(data));
                        }
                    });
            traffic.open(FLOWS, true).await();
            traffic.establish(FLOWS).await();
            traffic.steady(FlowOrder.inOrder(FLOWS), FLOWS, true).await();
            traffic.requireAllForwarded();
        }
        return seen;
    }

    @Test
    void meetsEachKindOfSegmentBothWays() throws InterruptedException {
        Set<String> expected = new HashSet<>(bothWays("flags " + (Tcp.ACK | Tcp.PSH)));
        expected.add("flags " + Tcp.SYN + " to server");
        expected.add("flags " + Tcp.ACK + " to server");
        for (int range = 0; range < RANGES; range++) {
            expected.add("flags " + (Tcp.SYN | Tcp.ACK) + " to client " + range);
        }

        assertThat(sampled(Protocol.TCP)).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void meetsDatagramsBothWays() throws InterruptedException {
        assertThat(sampled(Protocol.UDP)).containsExactlyInAnyOrderElementsOf(bothWays("datagram"));
    }
}
