// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What scripts written for DPVS meet: their lines are taken, and what they read is where it was.
class DropInTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);

    /// The lines with which FullNAT for IPv4 is set up, in DPVS's order and spelling.
    private static final List<String> SET_UP =
            List.of(
                    "dpip addr add 192.0.2.1/24 dev wan",
                    "dpip addr add 192.0.2.80/32 dev wan",
                    "dpip addr add 10.0.1.1/24 dev lan",
                    "dpip route add default via 192.0.2.254 dev wan",
                    "dpip route add 10.9.0.0/16 via 10.0.1.254 dev lan scope global mtu 1500",
                    "dpip route add 10.8.0.0/16 dev lan scope link metric 0",
                    "ipvsadm -A -t 192.0.2.80:80 -s rr -j disable",
                    "ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.11 -b",
                    "ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.12:8080 -b -w 5 -x 0 -y 0",
                    "ipvsadm --add-laddr -z 10.0.1.100 -t 192.0.2.80:80 -F lan",
                    "ipvsadm -P -z 10.0.1.101 -t 192.0.2.80:80 -F lan",
                    "ipvsadm -A -u 192.0.2.80:53 -s wrr --proxy-protocol disable"
                            + " --dest-check disable",
                    "ipvsadm -a -u 192.0.2.80:53 -r 10.0.1.11:53 -b",
                    "ipvsadm -P -z 10.0.1.100 -u 192.0.2.80:53 -F lan");

    @Test
    void scriptsThatSetUpAndTakeDownRunUnchanged() {
        try (CommandRig rig = CommandRig.bare()) {
            SET_UP.forEach(rig::done);

            assertThat(rig.control().desired().services().get(WEB))
                    .extracting(VirtualService::realServers)
                    .isEqualTo(
                            List.of(
                                    RealServer.of("10.0.1.11", 80),
                                    RealServer.of("10.0.1.12", 8080).withWeight(5)));
            assertThat(rig.done("ipvsadm -Ln").lines())
                    .contains(
                            "  -> 10.0.1.11:80                 FullNat 1      0          0         ");

            rig.done("ipvsadm -d -t 192.0.2.80:80 -r 10.0.1.11");
            rig.done("ipvsadm --del-laddr -z 10.0.1.101 -t 192.0.2.80:80 -F lan");
            rig.done("ipvsadm -C");
            rig.done("dpip route del default via 192.0.2.254 dev wan");
            rig.done("dpip route del 10.9.0.0/16 via 10.0.1.254 dev lan");
            rig.done("dpip route flush dev lan");
            rig.done("dpip addr del 192.0.2.80/32 dev wan");
            assertThat(rig.control().desired().services()).isEmpty();
        }
    }

    private static List<RealServer> servers(CommandRig rig, ServiceKey key) {
        return Objects.requireNonNull(rig.control().desired().services().get(key)).realServers();
    }

    @Test
    void aServerWithoutAPortHasThatOfItsService() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("ipvsadm -A -t 192.0.2.80:443");
            rig.done("ipvsadm -a -t 192.0.2.80:443 -r 10.0.1.11 -b");
            rig.refused(13, "ipvsadm -a -t 192.0.2.80:443 -r 10.0.1.11:443 -b", "10.0.1.11:443");
            rig.done("ipvsadm -e -t 192.0.2.80:443 -r 10.0.1.11 -w 7");

            assertThat(servers(rig, ServiceKey.tcp("192.0.2.80", 443)))
                    .containsExactly(RealServer.of("10.0.1.11", 443).withWeight(7));
        }
    }

    @Test
    void connectionsOfUdpAreNeverActiveInLists() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("ipvsadm -A -u 192.0.2.80:53 -s rr");
            rig.done("ipvsadm -a -u 192.0.2.80:53 -r 10.0.1.11:53 -b");
            rig.done("ipvsadm -P -z 10.0.1.100 -u 192.0.2.80:53 -F lan");
            rig.exchangeDatagrams();

            assertThat(rig.done("ipvsadm -Ln -u 192.0.2.80:53").lines())
                    .contains(
                            "  -> 10.0.1.11:53                 FullNat 1      0          1         ");
        }
    }

    @Test
    void aLocalAddressIsAnAddressThatExistsAndIsInUse() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.refused(22, "dpip addr add 10.0.1.100/32 dev lan", "10.0.1.100", "already exists");
            rig.refused(23, "dpip addr del 10.0.1.100/32 dev lan", "10.0.1.100", "local address");
            rig.refused(21, "dpip addr del 10.0.1.200/32 dev lan", "10.0.1.200");
        }
    }

    /// Scripts look for these words, as DPVS has them.
    @ParameterizedTest
    @CsvSource({
        "11, ipvsadm -A -t 192.0.2.80:80 -s rr",
        "11, service add tcp 192.0.2.80:80",
        "13, ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b",
        "13, server add tcp 192.0.2.80:80 10.0.1.11:8080",
        "15, ipvsadm -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan",
        "15, laddr add tcp 192.0.2.80:80 10.0.1.100 lan",
        "17, ipvsadm -U -t 192.0.2.80:80 -k 198.51.100.7",
        "22, dpip addr add 10.0.1.1/24 dev lan",
        "25, dpip route add 10.9.0.0/16 via 10.0.1.254 dev lan"
    })
    void whatIsThereAlreadyExists(int status, String line) {
        try (CommandRig rig = CommandRig.withService()) {
            rig.run(line);
            String before =
                    rig.done("ipvsadm -S") + rig.done("address list") + rig.done("route list");
            rig.refused(status, line, "already exists");
            assertThat(rig.done("ipvsadm -S") + rig.done("address list") + rig.done("route list"))
                    .isEqualTo(before);
        }
    }

    @Test
    void anIdleLocalAddressHasFreePorts() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("ipvsadm -d -t 192.0.2.80:80 -r 10.0.1.11:8080");

            assertThat(rig.done("dpip addr show -s dev lan")).contains("sa_used 0 sa_free 64511");
        }
    }

    @Test
    void linesOfScriptsAreRestored() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done(
                    "ipvsadm -R",
                    """
                    ipvsadm -A -t 192.0.2.80:80 -s rr
                    # a comment
                      ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.11 -b
                    -a -t 192.0.2.80:80 -r 10.0.1.12 -b
                    """);
            assertThat(servers(rig, WEB)).hasSize(2);
        }
    }

    @Test
    void noConnectionIsPersistent() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.connect(40_000);

            assertThat(rig.done("ipvsadm -Lnc --persistent-conn")).isEmpty();
            assertThat(rig.done("ipvsadm -Lnc")).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpip -sv link show", "dpip -vs addr show", "dpip -4sv addr show"})
    void lettersStandTogether(String line) {
        try (CommandRig rig = CommandRig.open()) {
            assertThat(rig.done(line))
                    .isEqualTo(
                            rig.done(
                                    line.replaceAll("-.* l", "-s -v l")
                                            .replaceAll("-.* a", "-s -v a")));
        }
    }

    @Test
    void anMtuOfARouteMayBeSaidIfItIsTheDevices() {
        try (CommandRig rig = CommandRig.open()) {
            rig.refused(3, "dpip route add 10.8.0.0/16 dev lan mtu 1400", "1400", "1500", "lan");
            rig.refused(3, "dpip route add 10.8.0.0/16 dev lan scope global", "global", "link");
            rig.done("dpip route add 10.8.0.0/16 dev lan.100 mtu 1500");
        }
    }
}
