// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Own addresses that another station has too, and how new ones are announced (RFC 5227).
class AddressConflictTest {
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";
    private static final String OTHER_MAC = "02:00:00:00:00:99";

    private final Rig rig = new Rig();
    private final ControlLog log = new ControlLog();

    @BeforeEach
    void configure() {
        rig.configured();
    }

    @AfterEach
    void close() {
        rig.close();
        log.close();
    }

    private static byte[] announcement(String mac, String address) {
        return PacketBuilder.ethernet(mac, BROADCAST).arp(1, mac, address, ZERO, address).toBytes();
    }

    private List<byte[]> watch(FrameSource source, int seconds) {
        List<byte[]> frames = new ArrayList<>();
        for (int tenth = 0; tenth < 10 * seconds; tenth++) {
            rig.pass(Duration.ofMillis(100));
            frames.addAll(source.frames());
        }
        return frames;
    }

    private interface FrameSource {
        List<byte[]> frames();
    }

    @Test
    void newAddressesAreAnnouncedTwiceTwoSecondsApart() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.81/32", "wan")));
        assertThat(rig.out()).hasSize(1);

        assertThat(watch(rig.client::receiveAll, 1)).isEmpty();
        assertThat(watch(rig.client::receiveAll, 2))
                .singleElement()
                .satisfies(f -> assertThat(f).startsWith(announcement(Rig.WAN_MAC, "192.0.2.81")));
        assertThat(watch(rig.client::receiveAll, 10)).isEmpty();
    }

    @Test
    void anAddressThatIsGoneIsNotAnnouncedAgain() {
        InterfaceAddress fresh = InterfaceAddress.of("192.0.2.81/32", "wan");
        rig.apply(new Change.AddAddress(fresh));
        rig.apply(new Change.RemoveAddress(fresh));
        rig.out();

        assertThat(watch(rig.client::receiveAll, 5)).isEmpty();
    }

    @Test
    void anotherChangeBetweenDoesNotStopTheSecondAnnouncement() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.81/32", "wan")));
        rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.82/32", "wan")));
        rig.out();

        assertThat(watch(rig.client::receiveAll, 5)).hasSize(2);
    }

    @Test
    void aClaimedAddressIsDefendedEachTenSecondsAndTold() {
        for (int i = 0; i < 3; i++) {
            rig.client.send(announcement(OTHER_MAC, Rig.VIP));
        }
        rig.run();
        List<byte[]> out = rig.client.receiveAll();
        assertThat(out.stream().filter(f -> startsWith(f, announcement(Rig.WAN_MAC, Rig.VIP))))
                .as("one defence")
                .hasSize(1);

        List<byte[]> later = watch(rig.client::receiveAll, 9);
        assertThat(later.stream().filter(f -> startsWith(f, announcement(Rig.WAN_MAC, Rig.VIP))))
                .isEmpty();
        rig.client.send(announcement(OTHER_MAC, Rig.VIP));
        assertThat(
                        watch(rig.client::receiveAll, 2).stream()
                                .filter(f -> startsWith(f, announcement(Rig.WAN_MAC, Rig.VIP))))
                .isEmpty();
        rig.client.send(announcement(OTHER_MAC, Rig.VIP));
        rig.run();
        assertThat(
                        rig.client.receiveAll().stream()
                                .filter(f -> startsWith(f, announcement(Rig.WAN_MAC, Rig.VIP))))
                .as("ten seconds later")
                .hasSize(1);
        assertThat(rig.count(Counter.ADDRESS_CONFLICTS)).isEqualTo(5);
        watch(rig.client::receiveAll, 30);
        assertThat(log.lines())
                .hasSize(2)
                .satisfiesExactly(
                        begin ->
                                assertThat(begin)
                                        .contains("ADDRESS_CONFLICT begins", Rig.VIP + " on wan")
                                        .contains(OTHER_MAC, Rig.WAN_MAC),
                        end -> assertThat(end).contains("ADDRESS_CONFLICT ended", Rig.VIP));
    }

    private static boolean startsWith(byte[] frame, byte[] start) {
        return frame.length >= start.length
                && Arrays.equals(frame, 0, start.length, start, 0, start.length);
    }

    @Test
    void aConflictLastsWhileTheOtherStationAnswers() {
        rig.server.send(announcement(OTHER_MAC, Rig.LOCAL));
        rig.run();
        for (int tenth = 0; tenth < 600; tenth++) {
            rig.pass(Duration.ofMillis(100));
            for (byte[] frame : rig.server.receiveAll()) {
                byte[] probe =
                        PacketBuilder.ethernet(Rig.LAN_MAC, BROADCAST)
                                .arp(1, Rig.LAN_MAC, "0.0.0.0", ZERO, Rig.LOCAL)
                                .toBytes();
                if (startsWith(frame, probe)) {
                    rig.server.send(
                            PacketBuilder.ethernet(OTHER_MAC, Rig.LAN_MAC)
                                    .arp(2, OTHER_MAC, Rig.LOCAL, Rig.LAN_MAC, "0.0.0.0"));
                }
            }
        }
        assertThat(log.lines()).as("during a minute").hasSize(1);

        watch(rig.server::receiveAll, 30);
        assertThat(log.lines()).as("half a minute after").hasSize(2);
    }

    @Test
    void whoAsksBeforeItTakesAnAddressIsAnsweredAndNoConflict() {
        List<byte[]> out =
                rig.clientSends(
                        PacketBuilder.ethernet(OTHER_MAC, BROADCAST)
                                .arp(1, OTHER_MAC, "0.0.0.0", ZERO, Rig.VIP));

        assertThat(out).hasSize(1);
        assertThat(rig.count(Counter.ADDRESS_CONFLICTS)).isZero();
    }

    @Test
    void anAddressOfAnotherDeviceIsNoConflict() {
        rig.server.send(announcement(OTHER_MAC, Rig.VIP));
        rig.run();

        assertThat(rig.count(Counter.ADDRESS_CONFLICTS)).isZero();
    }
}
