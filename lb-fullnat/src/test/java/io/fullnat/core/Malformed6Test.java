// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Frames of IPv6 that no honest host sends. None may cause a fault, lose a buffer or go uncounted,
/// and what is forwarded must be well-formed.
class Malformed6Test {
    private static final int RANDOM_FRAMES = 1_000_000;
    private static final int BATCH = 500;
    private static final int IP = 14;
    private static final int HEADER = 40;

    private final Rig rig = Rig6.configured(new Rig());
    private int localPort;
    private int sent;

    Malformed6Test() {
        List<byte[]> first = rig.clientSends(Rig6.fromClient().udp(40000, 53).payload("question"));
        byte[] frame = first.getFirst();
        localPort = ((frame[IP + HEADER] & 0xFF) << 8) | (frame[IP + HEADER + 1] & 0xFF);
    }

    @AfterEach
    void nothingIsLostAndNothingFails() {
        assertThat(rig.count(Counter.FAULTS)).isZero();
        assertThat(rig.count(Outcome.FAULT)).isZero();
        rig.close();
    }

    private void send(boolean client, byte[] frame) {
        if (frame.length == 0) {
            return;
        }
        (client ? rig.client : rig.server).send(frame);
        if (++sent % BATCH == 0) {
            drain();
        }
    }

    private void drain() {
        rig.run();
        rig.client.receiveAll().forEach(Malformed6Test::check);
        rig.server.receiveAll().forEach(Malformed6Test::check);
    }

    /// What leaves is as long as it says.
    private static void check(byte[] frame) {
        if ((frame[12] & 0xFF) != 0x86 || (frame[13] & 0xFF) != 0xDD) {
            return;
        }
        int payload = ((frame[IP + 4] & 0xFF) << 8) | (frame[IP + 5] & 0xFF);
        assertThat(frame.length).isGreaterThanOrEqualTo(IP + HEADER + payload);
        assertThat(frame[IP] & 0xF0).isEqualTo(0x60);
        assertThat(frame[IP + 7] & 0xFF).as("hop limit").isPositive();
    }

    /// What comes from clients, and behind that what comes from servers.
    private List<PacketBuilder> specimens() {
        byte[] quoted =
                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                        .ipv6(Rig6.LOCAL, Rig6.SERVER)
                        .udp(localPort, 5353)
                        .payload("question")
                        .toBytes();
        return List.of(
                Rig6.fromClient().tcp(40000, 80).flags(Tcp.SYN),
                Rig6.fromClient().tcp(40000, 80).flags(Tcp.ACK).payload("GET / HTTP/1.1"),
                Rig6.fromClient().udp(40000, 53).payload("a further question"),
                Rig6.fromClient().vlan(100).udp(40000, 53).payload("query"),
                Rig6.fromClient().extension(Ipv6Extension.destination()).udp(40000, 53),
                Rig6.fromClient()
                        .extension(Ipv6Extension.hopByHop())
                        .extension(Ipv6Extension.routing(0, 0, "2001:db8::1"))
                        .extension(Ipv6Extension.destination())
                        .tcp(40001, 80)
                        .flags(Tcp.SYN),
                Rig6.fromClient().extension(Ipv6Extension.fragment(0, true, 7)).udp(40000, 53),
                Rig6.fromClient().echoRequest(1, 1).payload("ping"),
                Rig6.fromServer().udp(5353, localPort).payload("answer"),
                Rig6.fromServer().tcp(8080, 2000).flags(Tcp.ACK),
                Rig6.fromServer().icmp(2, 0, 1400).quoting(quoted, 16),
                Rig6.fromServer().icmp(1, 4, 0).quoting(quoted, 8));
    }

    private static boolean isClients(byte[] frame) {
        return (frame[11] & 0xFF) == 0xC1;
    }

    @Test
    void everyHeaderTruncatedAtEveryLength() {
        for (PacketBuilder specimen : specimens()) {
            byte[] whole = specimen.toBytes();
            for (int length = 1; length <= whole.length; length++) {
                send(isClients(whole), Arrays.copyOf(whole, length));
            }
        }
        drain();
        assertThat(rig.count(Outcome.TRUNCATED)).isPositive();
        assertThat(rig.count(Outcome.FORWARDED_IN)).isPositive();
        assertThat(rig.count(Outcome.FORWARDED_ICMP)).isPositive();
    }

    @Test
    void everyByteOfEveryHeaderWithEveryValue() {
        for (PacketBuilder specimen : specimens()) {
            byte[] whole = specimen.toBytes();
            boolean client = isClients(whole);
            for (int at = 0; at < whole.length; at++) {
                byte original = whole[at];
                for (int value = 0; value < 256; value++) {
                    whole[at] = (byte) value;
                    send(client, whole);
                }
                whole[at] = original;
            }
        }
        drain();
        assertThat(rig.count(Outcome.MALFORMED)).isPositive();
        assertThat(rig.count(Outcome.EXTENSION_HEADERS)).isPositive();
        assertThat(rig.count(Outcome.SOURCE_ROUTED)).isPositive();
        assertThat(rig.count(Outcome.FRAGMENT)).isPositive();
        assertThat(rig.count(Outcome.BAD_ICMP_CHECKSUM)).isPositive();
    }

    @Test
    void headersWhoseLengthsLie() {
        for (int length = 0; length < 65536; length += 7) {
            send(true, Rig6.fromClient().udp(40000, 53).transportLength(length).toBytes());
            byte[] jumbo = Rig6.fromClient().udp(40000, 53).payload("query").toBytes();
            jumbo[IP + 4] = (byte) (length >>> 8);
            jumbo[IP + 5] = (byte) length;
            send(true, jumbo);
        }
        for (int words = 0; words < 16; words++) {
            byte[] segment = Rig6.fromClient().tcp(40000, 80).flags(Tcp.SYN).toBytes();
            segment[IP + HEADER + 12] = (byte) (words << 4);
            send(true, segment);
        }
        drain();
        assertThat(rig.count(Outcome.MALFORMED)).isPositive();
    }

    @Test
    void aMillionRandomFrames() {
        long seed = Seed.value();
        RandomGenerator random = Seed.generator();
        List<byte[]> wholes = new ArrayList<>();
        specimens().forEach(specimen -> wholes.add(specimen.toBytes()));
        while (rig.count(Counter.RECEIVED) < RANDOM_FRAMES) {
            for (int i = 0; i < BATCH; i++) {
                byte[] whole = wholes.get(random.nextInt(wholes.size()));
                send(isClients(whole), changed(random, whole));
            }
            drain();
        }
        assertThat(rig.count(Counter.FAULTS)).as("seed %d", seed).isZero();
    }

    /// Chains of random headers in front of something, among others.
    private static byte[] changed(RandomGenerator random, byte[] whole) {
        byte[] frame = whole.clone();
        if (random.nextInt(4) == 0) {
            int[] numbers = {0, 43, 44, 60, 50, 51, 58, 59, 135, 6, 17};
            frame[IP + 6] = (byte) numbers[random.nextInt(numbers.length)];
            for (int at = IP + HEADER; at + 1 < frame.length; at += 8) {
                frame[at] = (byte) numbers[random.nextInt(numbers.length)];
                frame[at + 1] = (byte) random.nextInt(3);
            }
        }
        for (int change = random.nextInt(4); change > 0; change--) {
            frame[random.nextInt(frame.length)] = (byte) random.nextInt();
        }
        return random.nextInt(3) == 0
                ? Arrays.copyOf(frame, 1 + random.nextInt(frame.length + 20))
                : frame;
    }
}
