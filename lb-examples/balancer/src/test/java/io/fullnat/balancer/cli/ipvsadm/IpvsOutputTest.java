// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.StillOperations;
import io.fullnat.balancer.cli.output.ProductVersion;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The lists of `ipvsadm` and `dpip` against what DPVS prints, column by column; `·` stands for a
/// space at the end of a line.
final class IpvsOutputTest {
    private static final ServiceKey WEB = ServiceKey.tcp("10.1.0.100", 80);
    private static final ServiceKey DNS = ServiceKey.udp("10.1.0.100", 4433);

    private static ServiceStatus web(TrafficCounts traffic, TrafficRates rates) {
        RealServer second = RealServer.of("10.2.0.3", 80).withWeight(0);
        RealServer first = RealServer.of("10.2.0.2", 80);
        LocalAddress local = LocalAddress.of("10.2.0.200", "dpdk1");
        LocalAddress removed = LocalAddress.of("10.2.0.201", "dpdk1");
        return new ServiceStatus(
                VirtualService.of(WEB)
                        .withScheduler("rr")
                        .withRealServer(second)
                        .withRealServer(first)
                        .withLocalAddress(local)
                        .withAccessRules(
                                List.of(
                                        AccessRule.deny("10.1.0.77"),
                                        AccessRule.deny("10.9.0.0/16"),
                                        AccessRule.allow("10.0.0.0/8"))),
                List.of(
                        new RealServerStatus(second, 0, 0, TrafficCounts.ZERO, TrafficRates.ZERO),
                        new RealServerStatus(first, 2, 0, traffic, rates)),
                List.of(
                        new LocalAddressStatus(local, false, new PortUsage(2, 9, 3, 1, 0, false)),
                        new LocalAddressStatus(removed, true, new PortUsage(1, 9, 3, 1, 7, false))),
                traffic,
                rates);
    }

    private static ServiceStatus dns() {
        return new ServiceStatus(
                VirtualService.of(DNS).withConnectionTimeout(Duration.ofSeconds(55)),
                List.of(),
                List.of(),
                TrafficCounts.ZERO,
                TrafficRates.ZERO);
    }

    private static final TrafficCounts TRAFFIC =
            new TrafficCounts(99_999_999, 100_000_000, 999_999_999, 1_000_000_000, 99_999_999_999L);
    private static final TrafficRates RATES =
            new TrafficRates(12, 345, 250_000_000, 6789, 100_000_000_000L);

    private static void prints(String line, String expected) {
        StillOperations still =
                new StillOperations(
                        new BalancerStatus(
                                7,
                                List.of(web(TRAFFIC, RATES), dns()),
                                List.of(
                                        new AddressStatus(
                                                InterfaceAddress.of("10.2.0.1/16", "dpdk1"),
                                                true,
                                                0,
                                                PortUsage.NONE),
                                        new AddressStatus(
                                                InterfaceAddress.of("10.2.0.200/32", "dpdk1"),
                                                false,
                                                1,
                                                new PortUsage(2, 1_032_176, 5, 1, 0, false))),
                                List.of(Route.via("10.77.0.0/16", "10.2.0.2", "dpdk1")),
                                List.of()),
                        List.of(
                                new ConnectionInfo(
                                        0,
                                        WEB,
                                        "TCP_EST",
                                        90,
                                        3,
                                        Endpoint.of("10.1.0.2", 8538),
                                        WEB.endpoint(),
                                        new Endpoint(Ipv4Address.parse("10.2.0.200"), 1025),
                                        Endpoint.of("10.2.0.2", 80),
                                        TrafficCounts.ZERO)),
                        List.of(
                                new NeighbourStatus(
                                        0,
                                        IpAddress.parse("10.2.0.77"),
                                        Optional.of(MacAddress.parse("02:00:00:00:00:78")),
                                        "dpdk1",
                                        NeighbourStatus.State.STATIC),
                                new NeighbourStatus(
                                        1,
                                        IpAddress.parse("10.2.0.78"),
                                        Optional.empty(),
                                        "dpdk1",
                                        NeighbourStatus.State.INCOMPLETE)));
        assertThat(still.run(line)).isEqualTo(expected.replace('·', ' '));
    }

    private static String head() {
        return "IP Virtual Server version " + ProductVersion.text() + " (size=0)\n";
    }

    @Test
    void listsServicesAndServersByAddress() {
        prints(
                "ipvsadm -Ln",
                head()
                        + """
                        Prot LocalAddress:Port Scheduler Flags
                          -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
                        TCP  10.1.0.100:80 rr
                          -> 10.2.0.2:80                  FullNat 1      2          0        ·
                          -> 10.2.0.3:80                  FullNat 0      0          0        ·
                        UDP  10.1.0.100:4433 wlc conn-timeout 55
                        """);
    }

    @Test
    void listsOneServiceWithoutTheFirstLineAndAsConfiguredIfNotSorted() {
        prints(
                "ipvsadm -L -t 10.1.0.100:80 --nosort",
                """
                Prot LocalAddress:Port Scheduler Flags
                  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
                TCP  10.1.0.100:80 rr
                  -> 10.2.0.3:80                  FullNat 0      0          0        ·
                  -> 10.2.0.2:80                  FullNat 1      2          0        ·
                """);
    }

    @Test
    void listsStatisticsInUnits() {
        prints(
                "ipvsadm -L -t 10.1.0.100:80 --stats",
                """
                Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
                  -> RemoteAddress:Port
                TCP  10.1.0.100:80                99999999  100000K    1000M  999999K   99999M
                  -> 10.2.0.2:80                  99999999  100000K    1000M  999999K   99999M
                  -> 10.2.0.3:80                         0        0        0        0        0
                """);
    }

    @Test
    void listsStatisticsInFull() {
        prints(
                "ipvsadm -L -t 10.1.0.100:80 --stats -X",
                """
                Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
                  -> RemoteAddress:Port
                TCP  10.1.0.100:80                99999999 100000000 1000000000 999999999 99999999999
                  -> 10.2.0.2:80                  99999999 100000000 1000000000 999999999 99999999999
                  -> 10.2.0.3:80                         0        0        0        0        0
                """);
    }

    @Test
    void listsRates() {
        prints(
                "ipvsadm -L -t 10.1.0.100:80 --rate",
                """
                Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
                  -> RemoteAddress:Port
                TCP  10.1.0.100:80                      12      345     6789  250000K     100G
                  -> 10.2.0.2:80                        12      345     6789  250000K     100G
                  -> 10.2.0.3:80                         0        0        0        0        0
                """);
    }

    @Test
    void listsThresholds() {
        prints(
                "ipvsadm -L -t 10.1.0.100:80 --thresholds",
                """
                Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn·
                  -> RemoteAddress:Port
                TCP  10.1.0.100:80 rr
                  -> 10.2.0.2:80                  0          0          2          0        ·
                  -> 10.2.0.3:80                  0          0          0          0        ·
                """);
    }

    @Test
    void listsPersistentConnections() {
        prints(
                "ipvsadm -L -t 10.1.0.100:80 --persistent-conn",
                """
                Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn·
                  -> RemoteAddress:Port
                TCP  10.1.0.100:80 rr
                  -> 10.2.0.2:80                  1         0           2          0        ·
                  -> 10.2.0.3:80                  0         0           0          0        ·
                """);
    }

    @Test
    void listsConnections() {
        String connection =
                "[1]tcp 90s    TCP_EST     10.1.0.2:8538      10.1.0.100:80      10.2.0.200:1025"
                        + "    10.2.0.2:80\n";
        prints("ipvsadm -Lnc", connection);
        prints("ipvsadm -Lc --cpu 1", connection);
        prints("ipvsadm -Lc --cpu 2", "");
        prints("ipvsadm -Lc --sockpair tcp:10.2.0.2:80:10.2.0.200:1025", connection);
    }

    @Test
    void listsLocalAddressesAndMarksThoseThatDrain() {
        prints(
                "ipvsadm -G",
                """
                VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS    ·
                10.1.0.100:80        1       ·
                                              10.2.0.200           0          2        ·
                                              10.2.0.201           7          1          draining
                10.1.0.100:4433      0       ·
                """);
    }

    @Test
    void listsLocalAddressesOfOneWorker() {
        prints(
                "ipvsadm -G -t 10.1.0.100:80 --cpu 1",
                """
                VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS    ·
                10.1.0.100:80        1       ·
                                              10.2.0.200           0          2        ·
                                              10.2.0.201           7          1          draining
                """);
    }

    @Test
    void listsClientsKeptOutAndAdmitted() {
        prints(
                "ipvsadm -B",
                """
                PROTO    VIP:VPORT                      BLACKLIST                    ·
                TCP      10.1.0.100:80                  10.1.0.77                    ·
                TCP      10.1.0.100:80                  10.9.0.0/16                  ·
                """);
        prints(
                "ipvsadm -W -t 10.1.0.100:80",
                """
                PROTO    VIP:VPORT                      WHITELIST                    ·
                TCP      10.1.0.100:80                  10.0.0.0/8                   ·
                """);
    }

    @Test
    void savesEverything() {
        prints(
                "ipvsadm -Sn",
                """
                -A -t 10.1.0.100:80 -s rr
                -a -t 10.1.0.100:80 -r 10.2.0.3:80 -b -w 0
                -a -t 10.1.0.100:80 -r 10.2.0.2:80 -b -w 1
                -P -z 10.2.0.200 -t 10.1.0.100:80 -F dpdk1
                -U -t 10.1.0.100:80 -k 10.1.0.77
                -U -t 10.1.0.100:80 -k 10.9.0.0/16
                -O -t 10.1.0.100:80 -2 10.0.0.0/8
                -A -u 10.1.0.100:4433 -s wlc --conn-timeout 55
                """);
    }

    /// IPv6 in brackets, behind all of IPv4; nothing is cut.
    @Test
    void listsBothFamilies() {
        RealServer server = RealServer.of("2001:db8:1::11", 8080);
        LocalAddress local = LocalAddress.of("2001:db8:1::100", "dpdk1");
        ServiceStatus wide =
                new ServiceStatus(
                        VirtualService.of(ServiceKey.tcp("2001:db8::80", 443))
                                .withRealServer(server)
                                .withLocalAddress(local)
                                .withAccessRules(List.of(AccessRule.deny("2001:db8:bad::/48"))),
                        List.of(
                                new RealServerStatus(
                                        server, 3, 1, TrafficCounts.ZERO, TrafficRates.ZERO)),
                        List.of(
                                new LocalAddressStatus(
                                        local, false, new PortUsage(4, 9, 3, 1, 0, false))),
                        TrafficCounts.ZERO,
                        TrafficRates.ZERO);
        StillOperations still =
                new StillOperations(
                        new BalancerStatus(
                                7, List.of(wide, dns()), List.of(), List.of(), List.of()),
                        List.of(
                                new ConnectionInfo(
                                        0,
                                        ServiceKey.tcp("2001:db8::80", 443),
                                        "TCP_EST",
                                        90,
                                        3,
                                        Endpoint.of("2001:db8:9::2", 8538),
                                        Endpoint.of("2001:db8::80", 443),
                                        Endpoint.of("10.2.0.200", 1025),
                                        Endpoint.of("10.2.0.2", 80),
                                        TrafficCounts.ZERO)),
                        List.of());
        assertThat(still.run("ipvsadm -Ln"))
                .isEqualTo(
                        head()
                                + """
                                Prot LocalAddress:Port Scheduler Flags
                                  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
                                UDP  10.1.0.100:4433 wlc conn-timeout 55
                                TCP  [2001:db8::80]:443 wlc
                                  -> [2001:db8:1::11]:8080        FullNat 1      3          1        ·
                                """
                                        .replace('·', ' '));
        assertThat(still.run("ipvsadm -Lnc"))
                .isEqualTo(
                        "[1]tcp 90s    TCP_EST     [2001:db8:9::2]:8538 [2001:db8::80]:443"
                                + " 10.2.0.200:1025    10.2.0.2:80\n");
        assertThat(still.run("ipvsadm -G -t [2001:db8::80]:443"))
                .isEqualTo(
                        """
                        VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS    ·
                        [2001:db8::80]:443   1       ·
                                                      2001:db8:1::100      0          4        ·
                        """
                                .replace('·', ' '));
        assertThat(still.run("ipvsadm -Bt [2001:db8::80]:443").lines().toList().getLast())
                .isEqualTo(
                        "TCP      [2001:db8::80]:443             2001:db8:bad::/48             ");
        assertThat(still.run("ipvsadm -Sn").lines())
                .containsExactly(
                        "-A -t [2001:db8::80]:443 -s wlc",
                        "-a -t [2001:db8::80]:443 -r [2001:db8:1::11]:8080 -b -w 1",
                        "-P -z 2001:db8:1::100 -t [2001:db8::80]:443 -F dpdk1",
                        "-U -t [2001:db8::80]:443 -k 2001:db8:bad::/48",
                        "-A -u 10.1.0.100:4433 -s wlc --conn-timeout 55");
    }

    @Test
    void showsAddresses() {
        prints(
                "dpip addr show",
                """
                inet 10.2.0.1/16 scope global dpdk1
                     valid_lft forever preferred_lft forever
                inet 10.2.0.200/32 scope global dpdk1
                     valid_lft forever preferred_lft forever
                """);
        prints(
                "dpip addr show -v dev dpdk1",
                """
                [00] inet 10.2.0.1/16 scope global dpdk1
                     valid_lft forever preferred_lft forever
                [00] inet 10.2.0.200/32 scope global dpdk1
                     valid_lft forever preferred_lft forever sa_used 2 sa_free 1032174 sa_miss 0\
                 sa_high 5 sa_full 1%
                """);
    }

    @Test
    void showsRoutes() {
        prints(
                "dpip route show",
                """
                inet 10.2.0.1/32 via 0.0.0.0 src 0.0.0.0 dev dpdk1 mtu 1500 tos 0 scope host\
                 metric 0 proto auto·
                inet 10.2.0.200/32 via 0.0.0.0 src 0.0.0.0 dev dpdk1 mtu 1500 tos 0 scope host\
                 metric 0 proto auto·
                inet 10.2.0.0/16 via 0.0.0.0 src 10.2.0.1 dev dpdk1 mtu 1500 tos 0 scope link\
                 metric 0 proto auto·
                inet 10.77.0.0/16 via 10.2.0.2 src 0.0.0.0 dev dpdk1 mtu 1500 tos 0 scope global\
                 metric 0 proto auto·
                """);
    }

    @Test
    void showsNeighbours() {
        prints(
                "dpip neigh show",
                """
                ip: 10.2.0.77                                        mac: 02:00:00:00:00:78   state:\
                 REACHABLE     dev: dpdk1  core: 1  static
                ip: 10.2.0.78                                        mac:incomplate\
                                       state: NONE           dev: dpdk1  core: 2 ·
                """);
    }

    @Test
    void showsTheDevicesOfLinks() {
        prints(
                "dpip -v link show",
                """
                1: dpdk1: socket 0 mtu 1500 rx-queue 2 tx-queue 2
                    UP 10000 Mbps full-duplex fixed-nego·
                    addr 02:00:00:00:00:01 OF_TX_FAST_FREE·
                    pci_addr                        driver_name                    ·
                                                    memory                         ·
                    if_index        min_rx_bufsize  max_rx_pktlen   max_mac_addrs  ·
                    0               0               0               0              ·
                    max_rx_queues   max_tx_queues   max_hash_addrs  max_vfs        ·
                    0               0               0               0              ·
                    max_vmdq_pools  rx_ol_capa      tx_ol_capa      reta_size      ·
                    0               0x0             0x0             0              ·
                    hash_key_size   flowtype_rss_ol vmdq_que_base   vmdq_que_num   ·
                    0               0x0             0               0              ·
                    rx_desc_max     rx_desc_min     rx_desc_align   vmdq_pool_base ·
                    0               0               0               0              ·
                    tx_desc_max     tx_desc_min     tx_desc_align   speed_capa     ·
                    0               0               0               0x0            ·
                    Queue Configuration:
                    rx0-tx0  cpu1-cpu1   rx1-tx1  cpu2-cpu2  ·
                    max_queues      max_mtu         rss             answers        ·
                    2               1500            yes             handed-over    ·
                """);
    }

    @Test
    void showsLinks() {
        prints(
                "dpip link show -s",
                """
                1: dpdk1: socket 0 mtu 1500 rx-queue 2 tx-queue 2
                    UP 10000 Mbps full-duplex fixed-nego·
                    addr 02:00:00:00:00:01 OF_TX_FAST_FREE·
                    ipackets            opackets            ibytes              obytes             ·
                    0                   0                   0                   0                  ·
                    ierrors             oerrors             imissed             rx_nombuf          ·
                    0                   0                   0                   0                  ·
                    mbuf-avail          mbuf-inuse         ·
                    64                  0                  ·
                """);
    }
}
