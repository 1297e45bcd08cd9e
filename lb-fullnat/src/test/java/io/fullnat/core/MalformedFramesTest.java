// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Frames that no honest host sends. None may cause a fault, lose a buffer or go uncounted.
class MalformedFramesTest {
    private static final int RANDOM_FRAMES = 1_000_000;
    private static final int BATCH = 500;

    private final Rig rig = new Rig().configured();
    private int sent;

    @AfterEach
    void nothingIsLostAndNothingFails() {
        assertThat(rig.count(Counter.FAULTS)).isZero();
        assertThat(rig.count(Outcome.FAULT)).isZero();
        rig.close();
    }

    private void send(byte[] frame) {
        if (frame.length == 0) {
            return;
        }
        rig.client.send(frame);
        if (++sent % BATCH == 0) {
            drain();
        }
    }

    private void drain() {
        rig.run();
        rig.client.receiveAll();
        rig.server.receiveAll();
    }

    private static List<PacketBuilder> specimens() {
        byte[] quoted = fromClient().udp(40000, 53).payload("quoted").toBytes();
        return List.of(
                fromClient().tcp(40000, 80).flags(Tcp.SYN),
                fromClient().tcp(40000, 80).flags(Tcp.ACK).payload("GET / HTTP/1.1"),
                fromClient().udp(40000, 53).payload("query"),
                fromClient().vlan(100).udp(40000, 53).payload("query"),
                fromClient().ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0).udp(40000, 53),
                fromClient().echoRequest(1, 1).payload("ping"),
                fromClient().icmp(3, 4, 1400).quoting(quoted, 8),
                fromServer().tcp(8080, 2000).flags(Tcp.ACK),
                PacketBuilder.ethernet(Rig.CLIENT_MAC, "ff:ff:ff:ff:ff:ff")
                        .arp(1, Rig.CLIENT_MAC, Rig.GATEWAY, "00:00:00:00:00:00", "192.0.2.1"));
    }

    @Test
    void everyHeaderTruncatedAtEveryLength() {
        for (PacketBuilder specimen : specimens()) {
            byte[] whole = specimen.toBytes();
            for (int length = 1; length <= whole.length; length++) {
                send(Arrays.copyOf(whole, length));
            }
        }
        drain();
        assertThat(rig.count(Outcome.TRUNCATED)).isPositive();
    }

    @Test
    void everyByteOfEveryHeaderWithEveryValue() {
        for (PacketBuilder specimen : specimens()) {
            byte[] whole = specimen.toBytes();
            for (int at = 0; at < whole.length; at++) {
                byte original = whole[at];
                for (int value = 0; value < 256; value++) {
                    whole[at] = (byte) value;
                    send(whole);
                }
                whole[at] = original;
            }
        }
        drain();
        assertThat(rig.count(Outcome.MALFORMED)).isPositive();
        assertThat(rig.count(Outcome.BAD_IP_CHECKSUM)).isPositive();
    }

    @Test
    void headersWhoseLengthsLie() {
        for (int total = 0; total < 65536; total += 7) {
            send(fromClient().udp(40000, 53).payload("query").totalLength(total).toBytes());
        }
        for (int ihl = 0; ihl < 16; ihl++) {
            send(
                    fromClient()
                            .versionAndHeaderLength(0x40 | ihl)
                            .tcp(40000, 80)
                            .flags(Tcp.SYN)
                            .toBytes());
        }
        for (int length = 0; length < 65536; length += 7) {
            send(fromClient().udp(40000, 53).transportLength(length).toBytes());
        }
        for (int offset = 0; offset < 65528; offset += 8) {
            send(fromClient().fragment(offset, true).udp(40000, 53).payload("partpart").toBytes());
        }
        drain();
        assertThat(rig.count(Outcome.FRAGMENT)).isPositive();
    }

    @Test
    void aMillionRandomFrames() {
        long seed = Seed.value();
        RandomGenerator random = Seed.generator();
        List<byte[]> wholes = new ArrayList<>();
        specimens().forEach(specimen -> wholes.add(specimen.toBytes()));
        // The wire takes no frame shorter than an Ethernet header, so some of these are not sent.
        while (rig.count(Counter.RECEIVED) < RANDOM_FRAMES) {
            for (int i = 0; i < BATCH; i++) {
                send(randomFrame(random, wholes));
            }
            drain();
        }
        assertThat(rig.count(Counter.FAULTS)).as("seed %d", seed).isZero();
    }

    private static byte[] randomFrame(RandomGenerator random, List<byte[]> wholes) {
        if (random.nextInt(4) == 0) {
            byte[] noise = new byte[1 + random.nextInt(200)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] frame = wholes.get(random.nextInt(wholes.size())).clone();
        for (int change = random.nextInt(4); change > 0; change--) {
            frame[random.nextInt(frame.length)] = (byte) random.nextInt();
        }
        return random.nextInt(3) == 0
                ? Arrays.copyOf(frame, 1 + random.nextInt(frame.length + 20))
                : frame;
    }
}
