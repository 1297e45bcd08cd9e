// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.dpip;

import static io.fullnat.balancer.cli.CommandRig.SERVER_MAC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.cli.CommandRig;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `dpip`: what it changes, what it refuses.
final class DpipTest {
    @Test
    void addsAndDeletesAddresses() {
        try (CommandRig rig = CommandRig.open()) {
            DesiredState before = rig.control().desired();
            rig.done("dpip addr add 10.0.7.1/24 dev lan scope global valid_lft forever");
            assertThat(rig.done("dpip addr show dev lan"))
                    .contains("inet 10.0.7.1/24 scope global");
            assertThat(rig.answersFor("10.0.7.1")).isTrue();
            rig.refused(22, "dpip addr add 10.0.7.1/24 dev lan", "10.0.7.1", "already exists");
            rig.refused(21, "dpip addr del 10.0.7.1/32 dev lan", "10.0.7.1/32");
            rig.refused(20, "dpip addr add 10.0.7.2/24 dev dmz", "dmz");
            rig.refused(20, "dpip addr show dev dmz", "dmz");
            rig.done("dpip addr del 10.0.7.1/24 dev lan");
            assertThat(rig.control().desired().addresses()).isEqualTo(before.addresses());
        }
    }

    @Test
    void flushesAllAddressesOfADeviceOrNone() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.refused(22, "dpip addr add 10.0.1.100/32 dev lan", "10.0.1.100", "local address");
            rig.done("ipvsadm --flush-laddr -t 192.0.2.80:80");
            rig.done("dpip addr add 10.0.1.100/32 dev lan sapool");
            rig.done("ipvsadm -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan");
            rig.refused(23, "dpip addr flush dev lan", "10.0.1.100", "local address");

            rig.done("ipvsadm -C");
            rig.done("dpip addr flush dev lan");

            assertThat(rig.done("dpip addr show").lines()).first().asString().contains("wan");
            assertThat(rig.answersFor("10.0.1.1")).isFalse();
        }
    }

    @Test
    void showsHowAnswersReachTheirWorker() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(rig.done("dpip link show wan -v").lines())
                    .last()
                    .asString()
                    .endsWith("handed-over     ");
            assertThat(rig.done("dpip link show lan -v").lines())
                    .last()
                    .asString()
                    .endsWith("rules           ");
            assertThat(rig.done("dpip link show lan --json")).contains("\"answers\" : \"rules\"");
        }
    }

    @Test
    void showsWhichLinkIsDown() {
        try (CommandRig rig = CommandRig.bare()) {
            rig.link("lan", false);
            assertThat(rig.done("dpip link show").lines())
                    .containsExactly(
                            "1: wan: socket 0 mtu 1500 rx-queue 2 tx-queue 2",
                            "    UP 10000 Mbps full-duplex fixed-nego ",
                            "    addr 02:00:00:00:00:01 OF_TX_FAST_FREE ",
                            "2: lan: socket 0 mtu 1500 rx-queue 2 tx-queue 2",
                            "    DOWN 0 Mbps half-duplex fixed-nego ",
                            "    addr 02:00:00:00:00:02 OF_TX_FAST_FREE ");
            assertThat(rig.done("dpip link show lan --json")).contains("\"up\" : false");
            assertThat(rig.done("dpip link show wan --json")).contains("\"up\" : true");

            rig.link("lan", true);
            assertThat(rig.done("dpip link show lan")).contains("\n    UP 10000 Mbps full-duplex ");
        }
    }

    @Test
    void addsAndDeletesRoutes() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip route add default via 192.0.2.254 dev wan");
            rig.done("dpip route add 10.9.0.0/16 dev lan");
            assertThat(rig.done("dpip route show dev wan").lines())
                    .containsExactly(
                            "inet 192.0.2.1/32 via 0.0.0.0 src 0.0.0.0 dev wan mtu 1500 tos 0"
                                    + " scope host metric 0 proto auto ",
                            "inet 192.0.2.0/24 via 0.0.0.0 src 192.0.2.1 dev wan mtu 1500 tos 0"
                                    + " scope link metric 0 proto auto ",
                            "inet 0.0.0.0/0 via 192.0.2.254 src 0.0.0.0 dev wan mtu 1500 tos 0"
                                    + " scope global metric 0 proto auto ");
            rig.refused(25, "dpip route add default via 192.0.2.253 dev wan", "already exists");
            rig.refused(2, "dpip route add 10.8.0.0/16 via 10.77.0.1 dev lan", "gateway 10.77.0.1");
            rig.refused(24, "dpip route del default via 192.0.2.253 dev wan", "192.0.2.254");
            rig.refused(24, "dpip route del default dev lan", "wan");
            rig.refused(24, "dpip route del 10.0.0.0/8 dev lan", "10.0.0.0/8");
            rig.done("dpip route del default");
            rig.done("dpip route flush dev lan");
            assertThat(rig.control().desired().routes()).isEmpty();
            assertThat(rig.answersFor("10.0.1.1")).as("own addresses stay").isTrue();
        }
    }

    @Test
    void aRouteMayNameTheSourceThatItHasAnyway() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip route add 10.9.0.0/16 dev lan src 10.0.1.1 scope link metric 0");
            rig.done("dpip addr add 2001:db8:1::1/64 dev lan");
            rig.done("dpip addr add fe80::5/64 dev lan");
            rig.done("dpip route add 2001:db8:9::/48 dev lan src 2001:db8:1::1");
            assertThat(rig.control().desired().routes()).hasSize(2);

            String away = "dpip route add 10.8.0.0/16 dev lan src 10.0.1.1";
            rig.refused(3, away.replace("1.1", "1.2"), "which has 10.0.1.1; leave it out");
            rig.refused(3, "dpip route add 10.8.0.0/16 dev wan src 10.0.1.1", "has 192.0.2.1;");
            rig.refused(3, "dpip route add 10.8.0.0/16 dev wan.7 src 10.0.1.1", "which has none");
            rig.refused(3, "dpip route add 2001:db8:a::/48 dev lan src fe80::5", "\"src fe80::5\"");
            rig.done("dpip addr add 10.0.1.2/24 dev lan");
            rig.refused(3, away, "\"src 10.0.1.1\" is not supported", "10.0.1.1, 10.0.1.2");
            rig.done("dpip addr del 10.0.1.2/24 dev lan");
            rig.done(away);
        }
        try (CommandRig rig = CommandRig.withService()) {
            rig.refused(
                    3,
                    "dpip route add 10.8.0.0/16 dev lan src 10.0.1.1",
                    "10.0.1.1, 10.0.1.100",
                    "leave it out");
            rig.refused(2, "dpip route add 10.8.0.0/16 dev lan src 2001:db8:1::1", "IPv6", "IPv4");
        }
    }

    /// The same link-local address on two links, by all ways in and out.
    @Test
    void aLinkLocalAddressOfTwoDevices() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip addr add fe80::1/64 dev lan");
            rig.done("dpip addr add fe80::1/64 dev wan");
            rig.pass(Duration.ofSeconds(2));
            assertThat(rig.done("dpip -6 addr show").lines())
                    .contains("inet6 fe80::1/64 scope link lan", "inet6 fe80::1/64 scope link wan");
            assertThat(rig.done("address list"))
                    .containsPattern("fe80::1/64 +lan")
                    .containsPattern("fe80::1/64 +wan");
            rig.done("dpip addr del fe80::1/64 dev lan");
            assertThat(rig.done("dpip -6 addr show").lines())
                    .contains("inet6 fe80::1/64 scope link wan")
                    .doesNotContain("inet6 fe80::1/64 scope link lan");
        }
    }

    @Test
    void addsShowsAndDeletesBothFamilies() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip addr add 2001:DB8:1:0::1/64 dev lan");
            rig.done("dpip -6 addr add 2001:db8:2::1/64 dev wan");
            rig.done("dpip -6 addr add fe80::5/64 dev lan scope link");
            rig.done("dpip -6 route add default via fe80::1 dev wan");
            rig.done("dpip route add 2001:db8:8000::/33 via 2001:db8:2::9 dev wan");
            rig.done("dpip route add 2001:db8:9::/48 dev lan");
            rig.done("dpip neigh add 2001:db8:1:0:0::d lladdr 02:00:00:00:00:53 dev lan");

            assertThat(rig.done("dpip -6 addr show dev lan").lines())
                    .containsExactly(
                            "inet6 2001:db8:1::1/64 scope global tentative lan",
                            "     valid_lft forever preferred_lft forever",
                            "inet6 fe80::5/64 scope link tentative lan",
                            "     valid_lft forever preferred_lft forever");
            rig.pass(Duration.ofSeconds(2));
            assertThat(rig.done("dpip -6 addr show dev lan").lines())
                    .containsExactly(
                            "inet6 2001:db8:1::1/64 scope global lan",
                            "     valid_lft forever preferred_lft forever",
                            "inet6 fe80::5/64 scope link lan",
                            "     valid_lft forever preferred_lft forever");
            assertThat(rig.done("dpip -f inet6 route show").lines())
                    .containsExactly(
                            "inet6 2001:db8:1::1/128 dev lan mtu 1500 scope host",
                            "inet6 2001:db8:2::1/128 dev wan mtu 1500 scope host",
                            "inet6 fe80::5/128 dev lan mtu 1500 scope host",
                            "inet6 fe80::ff:fe00:1/128 dev wan mtu 1500 scope host",
                            "inet6 2001:db8:1::/64 src 2001:db8:1::1 dev lan mtu 1500 scope link",
                            "inet6 2001:db8:2::/64 src 2001:db8:2::1 dev wan mtu 1500 scope link",
                            "inet6 2001:db8:9::/48 dev lan mtu 1500 scope link",
                            "inet6 2001:db8:8000::/33 via 2001:db8:2::9 dev wan mtu 1500 scope"
                                    + " global",
                            "inet6 default via fe80::1 dev wan mtu 1500 scope global");
            assertThat(rig.done("dpip -4 addr show")).doesNotContain("inet6");
            assertThat(rig.done("dpip -4 route show")).doesNotContain("inet6");
            assertThat(rig.done("dpip -4 neigh show")).doesNotContain("2001");
            assertThat(rig.done("dpip addr show")).contains("inet 10.0.1.1/24", "inet6 2001:");
            assertThat(rig.done("dpip -6 neigh show")).contains("ip: 2001:db8:1::d ");
            rig.refused(22, "dpip addr add 2001:db8:1:0:0:0:0:1/128 dev lan", "already exists");
            rig.refused(25, "dpip -6 route add default dev lan", "already exists");
            rig.refused(
                    2, "dpip -6 route add 2001:db8:a::/48 via 2001:db8:77::1 dev lan", "gateway");
            rig.refused(24, "dpip route del default", "0.0.0.0/0");

            rig.done("dpip -6 route del default");
            rig.done("dpip route del 2001:db8:9::/48 dev lan");
            rig.done("dpip route flush dev wan");
            rig.done("dpip -6 addr del 2001:db8:1::1/64 dev lan");
            rig.done("dpip neigh del 2001:db8:1::d dev lan");
            assertThat(rig.control().desired().routes()).isEmpty();
        }
    }

    @Test
    void showsWhetherAnAddressIsOursAlone() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip addr add 2001:db8:1::1/64 dev lan");
            rig.claim("2001:db8:1::1");
            rig.done("dpip addr add 2001:db8:1::2/64 dev lan");
            rig.pass(Duration.ofSeconds(2));
            rig.done("dpip addr add 2001:db8:1::3/64 dev lan");

            assertThat(rig.done("dpip addr show dev lan").lines().filter(l -> l.startsWith("i")))
                    .containsExactly(
                            "inet 10.0.1.1/24 scope global lan",
                            "inet6 2001:db8:1::1/64 scope global dadfailed tentative lan",
                            "inet6 2001:db8:1::2/64 scope global lan",
                            "inet6 2001:db8:1::3/64 scope global tentative lan",
                            "inet6 fe80::ff:fe00:2/64 scope link generated lan");
            assertThat(rig.done("address list --device lan").lines())
                    .satisfiesExactly(
                            head -> assertThat(head).endsWith("MISSES HELD-BY"),
                            row -> assertThat(row).contains(" added ").endsWith(" -"),
                            row -> assertThat(row).contains(" duplicate ").endsWith(SERVER_MAC),
                            row -> assertThat(row).contains(" added ").endsWith(" -"),
                            row -> assertThat(row).contains(" tentative ").endsWith(" -"),
                            row -> assertThat(row).contains(" generated ").endsWith(" -"));
            assertThat(rig.done("dpip -6 addr show --json").replaceAll("\\s", ""))
                    .contains(
                            "\"state\":\"duplicate\",\"heldBy\":\"" + SERVER_MAC + "\"",
                            "\"state\":\"valid\",\"ports\"",
                            "\"state\":\"tentative\",\"ports\"");
            rig.done("dpip addr del 2001:db8:1::1/64 dev lan");
            assertThat(rig.done("address list --device lan")).doesNotContain("HELD-BY");
        }
    }

    @Test
    void flushesTheFamilyThatIsNamed() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip addr add 10.0.7.1/24 dev lan");
            rig.done("dpip addr add 2001:db8:1::1/64 dev lan");
            rig.done("dpip route add 203.0.113.0/24 dev lan");
            rig.done("dpip route add 2001:db8:9::/48 dev lan");

            rig.done("dpip -6 route flush dev lan");
            assertThat(rig.control().desired().routes())
                    .containsOnlyKeys(IpPrefix.parse("203.0.113.0/24"));
            rig.done("dpip -4 route flush dev lan");
            assertThat(rig.control().desired().routes()).isEmpty();
            rig.done("dpip -4 addr flush dev lan");
            assertThat(rig.done("dpip addr show dev lan"))
                    .contains("2001:db8:1::1/64")
                    .doesNotContain("10.0.7.1/24");
            rig.done("dpip -f inet6 addr flush dev lan");
            assertThat(rig.done("dpip addr show dev lan")).doesNotContain("2001:db8:1::1/64");
            rig.refused(3, "dpip -6 neigh flush dev lan", "both families");
        }
    }

    @Test
    void addsReplacesAndDeletesNeighbours() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip neigh add 10.0.1.13 lladdr 02:00:00:00:00:53 dev lan");
            rig.done("dpip neigh add 10.0.1.13 lladdr 02:00:00:00:00:54 dev lan");
            assertThat(rig.control().desired().neighbours())
                    .filteredOn(known -> known.address().toString().equals("10.0.1.13"))
                    .singleElement()
                    .hasToString("10.0.1.13 lladdr 02:00:00:00:00:54 dev lan");
            rig.refused(2, "dpip neigh add 10.0.1.13 lladdr 01:00:5e:00:00:01 dev lan", "group");
            rig.refused(
                    26,
                    "dpip neigh del 10.0.1.13 lladdr 02:00:00:00:00:53 dev lan",
                    "02:00:00:00:00:54");
            rig.refused(26, "dpip neigh del 10.0.1.14 dev lan", "10.0.1.14");
            rig.done("dpip neigh flush");
            rig.done("dpip neigh flush dev lan");
            rig.refused(20, "dpip neigh flush dev dmz", "dmz");
            assertThat(rig.control().desired().neighbours())
                    .as("static ones stay")
                    .anyMatch(each -> each.address().toString().equals("10.0.1.13"));
            rig.done("dpip neigh del 10.0.1.13 dev lan");
            rig.refused(26, "dpip neigh del 10.0.1.13 dev lan", "10.0.1.13");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vlan add link lan id 5",
                "tunnel add mode ipip remote 10.0.0.1",
                "qsch show dev lan",
                "cls show dev lan",
                "ipv6 show",
                "iftraf show",
                "eal-mem show",
                "flow show type kni dev lan",
                "maddr show",
                "lldp show dev lan",
                "link set lan promisc on",
                "link add bond0 bond-slave lan",
                "link show cpu",
                "link show bond0 status",
                "addr set 10.0.0.1 dev lan",
                "addr change 10.0.0.1 dev lan",
                "addr del 10.0.0.1 dev lan valid_lft 60",
                "addr add 10.0.0.1 dev lan scope host",
                "addr add 10.0.0.1 dev lan broadcast 10.0.0.255",
                "route add 10.0.0.0/8 dev lan scope host",
                "route add 10.0.0.0/8 dev lan metric 5",
                "route add 10.0.0.0/8 dev lan table 5",
                "route del 10.0.0.0/8 dev lan src 10.0.0.1",
                "route set default dev lan",
                "link show -i 1 -c 3",
                "neigh replace 10.0.1.13 dev lan"
            })
    void refusesByNameWhatIsNotBuilt(String line) {
        assertThatThrownBy(() -> Dpip.parse(List.of(line.split(" ", -1))))
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining("support");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "addr                                  | addr needs a verb",
                "house show                            | unknown object \"house\"",
                "addr walk                             | unknown verb \"walk\"",
                "addr add dev lan                      | addr add needs an address",
                "addr add 10.0.0.1                     | addr add needs \"dev\"",
                "addr add 10.0.0.1 dev                 | \"dev\" needs a value",
                "addr add 10.0.0.1 10.0.0.2 dev lan    | addr add takes one",
                "addr add 10.0.0.1 dev lan dev wan     | \"dev\" is given twice",
                "addr add 10.0.0.1/33 dev lan          | prefix length 33",
                "addr add 10.0.0.1/24 dev lan -s       | addr add takes no option",
                "addr show lan                         | unexpected word \"lan\"",
                "addr show -x                          | unknown option -x",
                "-f inet5 addr show                    | is not inet or inet6",
                "-4 -6 addr show                       | exclude each other",
                "-46 addr show                         | exclude each other",
                "-6 addr add 10.0.0.1 dev lan          | -6: 10.0.0.1 is an IPv4 address",
                "-4 addr del 2001:db8::1 dev lan       | -4: 2001:db8::1 is an IPv6 address",
                "-6 route add 10.0.0.0/8 dev lan       | -6: 10.0.0.0 is an IPv4 address",
                "-6 route add ::/0 via 10.0.0.1 dev a  | -6: 10.0.0.1 is an IPv4 address",
                "-6 route add ::/0 dev a src 10.0.0.1  | -6: 10.0.0.1 is an IPv4 address",
                "-4 neigh add fe80::1 lladdr 2:0:0:0:0:1 dev lan | -4: fe80::1 is an IPv6",
                "addr add fe80::1%lan dev lan          | zone",
                "addr add ::ffff:10.0.0.1/128 dev lan  | write 10.0.0.1",
                "route add dev lan                     | route add needs a network",
                "neigh add 10.0.0.1 dev lan            | neigh add needs \"lladdr\"",
                "neigh add 10.0.0.1 lladdr 1:2 dev lan | is not a MAC address"
            })
    void saysWhatIsWrong(String line, String reason) {
        assertThatThrownBy(() -> Dpip.parse(List.of(line.split(" ", -1))))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dpip",
                "dpip -h",
                "dpip addr help",
                "dpip help",
                "dpip --version",
                "dpip -V"
            })
    void explainsItselfWithoutABalancer(String line) {
        try (CommandRig rig = CommandRig.open()) {
            assertThat(rig.done(line)).contains("dpip");
        }
    }
}
