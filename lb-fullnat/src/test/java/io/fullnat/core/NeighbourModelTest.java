// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A link with more stations than the table of neighbours has places. They come, are forgotten,
/// come back, change their MAC addresses; addresses are made up, neighbours are flushed. Whatever
/// happens, a frame is sent to a MAC address only if the station of the packet's destination has
/// it, or has had it.
class NeighbourModelTest {
    private static final int STATIONS = 9000;
    private static final int STEPS = 2000;
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";

    private final long seed = Seed.value();
    private final RandomGenerator random = Seed.generator();
    private final ControlLog log = new ControlLog();
    private final Rig rig = new Rig(1, 1 << 15);

    /// How often each station has changed its MAC address.
    private final int[] moves = new int[STATIONS];

    /// The local port of each station's connection, 0 if it has none.
    private final int[] localPorts = new int[STATIONS];

    private final Map<String, Integer> stationByAddress = new HashMap<>();
    private final List<Integer> reached = new ArrayList<>();

    @AfterEach
    void close() {
        rig.close();
        log.close();
    }

    private static String address(int station) {
        return "10.64." + (1 + station / 250) + "." + (1 + station % 250);
    }

    private String mac(int station) {
        return String.format(
                "02:%02x:%02x:00:00:%02x", station >>> 8, station & 0xFF, moves[station]);
    }

    private void configure() {
        rig.configured();
        rig.apply(new Change.AddAddress(InterfaceAddress.of("10.64.0.1/16", "wan")));
        rig.pass(Duration.ofSeconds(3));
        rig.out();
        for (int station = 0; station < STATIONS; station++) {
            stationByAddress.put(address(station), station);
        }
    }

    @Test
    void everyFrameGoesToTheStationOfItsAddress() {
        configure();
        for (int step = 0; step < STEPS; step++) {
            int packets = 1 + random.nextInt(100);
            for (int i = 0; i < packets; i++) {
                act();
            }
            rig.clock.advance(Duration.ofMillis(random.nextInt(60) == 0 ? 900 : 2));
            for (int turn = 0; turn < 3; turn++) {
                rig.balancer.doWork();
                look();
            }
            if (random.nextInt(1000) == 0) {
                rig.apply(new Change.FlushNeighbours(Optional.of("wan")));
                look();
            }
        }
        assertThat(rig.count(Counter.NEIGHBOURS_EVICTED)).as("evicted, seed %d", seed).isPositive();
        assertThat(reached.size()).as("answers that arrived, seed %d", seed).isGreaterThan(STEPS);

        rig.pass(Duration.ofSeconds(200));
        look();
        int before = reached.size();
        int alive = random.nextInt(STATIONS);
        for (int second = 0; second < 20; second++) {
            query(alive);
            rig.run();
            look();
            answer(alive);
            rig.pass(Duration.ofSeconds(1));
            look();
        }
        assertThat(reached.subList(before, reached.size()))
                .as("answers to station %d, seed %d", alive, seed)
                .contains(alive);
    }

    private void act() {
        int station = random.nextInt(STATIONS);
        switch (random.nextInt(10)) {
            case 0, 1 -> query(station);
            case 2, 3, 4, 5 -> answer(station);
            case 6 -> {
                if (random.nextInt(20) == 0) {
                    moves[station] = Math.min(255, moves[station] + 1);
                }
            }
            default -> say(station);
        }
    }

    private void query(int station) {
        rig.client.send(
                PacketBuilder.ethernet(mac(station), Rig.WAN_MAC)
                        .ipv4(address(station), Rig.VIP)
                        .udp(4000, 53)
                        .payload(address(station)));
    }

    private void answer(int station) {
        if (localPorts[station] != 0) {
            rig.server.send(
                    PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                            .ipv4(Rig.SERVER, Rig.LOCAL)
                            .udp(5353, localPorts[station])
                            .payload(address(station)));
        }
    }

    /// Asks for us, or announces itself, as stations do.
    private void say(int station) {
        String mac = mac(station);
        String asked = random.nextBoolean() ? Rig.VIP : address(station);
        rig.client.send(
                PacketBuilder.ethernet(mac, BROADCAST).arp(1, mac, address(station), ZERO, asked));
    }

    private void look() {
        for (byte[] frame : rig.server.receiveAll()) {
            if (type(frame) == 0x0800 && frame[23] == Ipv4.PROTOCOL_UDP) {
                noteLocalPort(frame);
            }
        }
        for (byte[] frame : rig.client.receiveAll()) {
            if (type(frame) == 0x0806) {
                answerArp(frame);
            } else {
                check(frame);
            }
        }
    }

    /// A query carries the address of its station.
    private void noteLocalPort(byte[] frame) {
        int length = (((frame[38] & 0xFF) << 8) | (frame[39] & 0xFF)) - 8;
        Integer station =
                stationByAddress.get(new String(frame, 42, length, StandardCharsets.US_ASCII));
        if (station != null) {
            localPorts[station] = ((frame[34] & 0xFF) << 8) | (frame[35] & 0xFF);
        }
    }

    private static int type(byte[] frame) {
        return ((frame[12] & 0xFF) << 8) | (frame[13] & 0xFF);
    }

    private static String ip(byte[] frame, int at) {
        return (frame[at] & 0xFF)
                + "."
                + (frame[at + 1] & 0xFF)
                + "."
                + (frame[at + 2] & 0xFF)
                + "."
                + (frame[at + 3] & 0xFF);
    }

    private static String destination(byte[] frame) {
        return HexFormat.ofDelimiter(":").formatHex(frame, 0, 6);
    }

    private void answerArp(byte[] frame) {
        Integer station = stationByAddress.get(ip(frame, 38));
        if (station == null || station % 10 == 9 || random.nextInt(20) == 0) {
            return; // one in ten is made up, one answer in twenty is lost
        }
        String mac = mac(station);
        String to = destination(frame);
        if (to.equals(BROADCAST) || to.equals(mac)) {
            rig.client.send(
                    PacketBuilder.ethernet(mac, Rig.WAN_MAC)
                            .arp(2, mac, address(station), Rig.WAN_MAC, ip(frame, 28)));
        }
    }

    private void check(byte[] frame) {
        Integer station = stationByAddress.get(ip(frame, 30));
        if (station == null) {
            return; // an error to the gateway's side
        }
        String to = destination(frame);
        assertThat(to.substring(0, 14))
                .as("to %s, seed %d", address(station), seed)
                .isEqualTo(mac(station).substring(0, 14));
        if (to.equals(mac(station))) {
            reached.add(station);
        }
    }
}
