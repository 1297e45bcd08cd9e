// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.Ending;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.IdleMode;
import io.fullnat.dpdk.DeviceSpec;
import io.fullnat.dpdk.Hugepages;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A file that has every key, and what is made of it.
final class EveryKeyTest {
    private static final String FILE =
            """
            workers: {count: 2, cpus: [4, 5], connections: 1000, templates: 4096, idle: park, modified-connections: 500, client-networks: "20,56", cookie-secrets-file: /etc/fullnat/cookies}
            memory: {megabytes: 512, hugepages: required, buffers: 8191}
            ports:
              - name: out
                device: 0000:03:00.0
                mtu: 9000
                promiscuous: true
                mac: 02:00:00:00:00:01
                reverse-path: strict
                kernel: kout
            api:
              socket: /run/lb.sock
              tcp:
                listen: 192.0.2.1:8443
                certificate: /etc/lb/chain.pem
                key: /etc/lb/key.pem
                token-file: /etc/lb/token
            metrics:
              listen: 192.0.2.1:9100
              certificate: /etc/lb/chain.pem
              key: /etc/lb/key.pem
              token-file: /etc/lb/token
            kernel-path:
              routing-rate: 100
              host-rate: 200
              other-rate: 300
              virtual-addresses: punt
              defence-tcp-drop: true
              defence-udp-drop: true
            arp: {verify-moves: false, defend-addresses: false}
            addresses:
              - {address: 198.51.100.2/24, device: out}
              - {address: 192.0.2.80/32, device: out.7, valid-lifetime: 60, preferred-lifetime: 30}
              - {address: 198.51.100.3/24, device: out, kernel: true}
            routes:
              - {to: 0.0.0.0/0, via: 198.51.100.1, device: out}
              - {to: 10.0.0.0/8, device: out.7}
            neighbours:
              - {address: 198.51.100.1, mac: 02:00:00:00:00:02, device: out}
            timeouts: {established: 3600, udp-stream: 60}
            services:
              - protocol: udp
                address: 192.0.2.80:53
                scheduler: conhash
                scheduler-options: bound=125,hash=source-port
                persistence: 300
                persistence-mask: 255.255.255.0
                persistence-quiesced: honour
                quic: ["config 0 server-id 3 nonce 4 key 8F95F09245765F80256934E50C66207F", config 6 server-id 1 nonce 18]
                timeout: 30
                refusal: drop
                removal: end
                expire-quiescent: true
                description: names
                checks: ["dns name=example.org interval=1", "http port=8080 path=/up contains='all fine'"]
                passive: 2,1,5s,10-60s,two-way
                slow-start: 30,5%
                max-ejected: 50
                last-server: sorry=203.0.113.99:53
                quorum: 3,1
                end-connections: yes
                announce: when-healthy
                max-connections: 5000
                max-per-client: 20
                max-per-network: 200
                max-half-open: 1000
                max-rate: 1000,2000
                max-rate-per-network: 0.5
                max-packets: 100k,64
                max-bandwidth: 2.5G
                limit-proportion: 90
                table-share: "40,5"
                toa: false
                toa-kind: 200
                uoa: ipo
                uoa-packets: 5
                timeouts: {profile: dns, udp-normal: 7}
                deny: [198.18.0.0/15, 192.0.2.7]
                allow: [0.0.0.0/0]
                servers: [{address: 203.0.113.11:53, weight: 0, inhibited: true, description: first, max-connections: 100, resume-below: 90, quic-id: "0A0B0C,ff", checks: []}]
                locals: [{address: 203.0.113.101, device: out.7}]
              - protocol: udp
                address: 192.0.2.80:514
                one-packet: true
                locals: []
              - protocol: tcp
                address: 192.0.2.80:80
                proxy-protocol: v2-insecure
                proxy-tlvs: "crc32c,unique-id"
                isn: fresh
                tcp-timestamps: strip
                mss: 1400
                syn-proxy: 1000
                end-with: silence
                reset-on-expiry: true
                out-of-window: count
                locals: []
            sets:
              - name: bots
                type: hash:net
                family: ipv6
                max-entries: 10
                hash-size: 8
                comments: true
                entries: ['2001:db8::/32 nomatch comment "bad guys"', '2001:db8:7::7']
              - {name: doors, type: 'bitmap:port', range: 0-1023, entries: ['tcp:80-81']}
            events:
              webhooks:
                - name: pager
                  url: "https://hooks.example:8443/in?x=1"
                  kinds: [fault, condition_began]
                  timeout: 5
                  token-file: /etc/lb/hook-token
                  secret-file: /etc/lb/hook-secret
                  ca-file: /etc/lb/ca.pem
                  networks: [10.0.0.0/8, "2001:db8::/32"]
            unused-ports: drop
            log: {level: info, levels: {dpdk: debug, api: error}, audit: /var/log/lb-audit.log, format: json}
            """;

    @Test
    void readsEveryKey() {
        Configuration configuration = ConfigurationFile.parse("f", FILE);

        assertThat(configuration)
                .isEqualTo(
                        new Configuration(
                                new WorkerSettings(
                                        2,
                                        List.of(4, 5),
                                        1000,
                                        4096,
                                        Optional.of(IdleMode.PARK),
                                        Optional.of(500),
                                        new ClientNetworks(20, 56),
                                        Optional.of(Path.of("/etc/fullnat/cookies"))),
                                new MemorySettings(
                                        OptionalInt.of(512),
                                        Hugepages.REQUIRED,
                                        OptionalInt.of(8191)),
                                List.of(
                                        new PortSettings(
                                                "out",
                                                DeviceSpec.parse("0000:03:00.0"),
                                                OptionalInt.of(9000),
                                                true,
                                                Optional.of(MacAddress.parse("02:00:00:00:00:01")),
                                                ReversePath.STRICT,
                                                Optional.of("kout"))),
                                api(),
                                new PuntSettings(100, 200, 300, true, true, true),
                                new NeighbourSettings(false, false),
                                List.of(
                                        InterfaceAddress.of("198.51.100.2/24", "out"),
                                        InterfaceAddress.of("192.0.2.80/32", "out.7")
                                                .withLifetime(new AddressLifetime(60, 30)),
                                        InterfaceAddress.of("198.51.100.3/24", "out").ofKernel()),
                                List.of(
                                        Route.via("0.0.0.0/0", "198.51.100.1", "out"),
                                        Route.onLink("10.0.0.0/8", "out.7")),
                                List.of(
                                        new Neighbour(
                                                IpAddress.parse("198.51.100.1"),
                                                MacAddress.parse("02:00:00:00:00:02"),
                                                "out")),
                                Timeouts.NONE
                                        .with(TimedState.ESTABLISHED, Duration.ofHours(1))
                                        .with(TimedState.UDP_STREAM, Duration.ofMinutes(1)),
                                List.of(service(), onePacket(), tcp()),
                                Refusal.DROP,
                                new LogSettings(
                                        Optional.of(LogLevel.INFO),
                                        Map.of(
                                                LogArea.DPDK,
                                                LogLevel.DEBUG,
                                                LogArea.API,
                                                LogLevel.ERROR),
                                        new AuditTarget.File(Path.of("/var/log/lb-audit.log")),
                                        Optional.of(LogFormat.JSON)),
                                sets(),
                                webhooks()));
    }

    private static List<WebhookSettings> webhooks() {
        return List.of(
                new WebhookSettings(
                        "pager",
                        URI.create("https://hooks.example:8443/in?x=1"),
                        List.of("fault", "condition_began"),
                        Duration.ofSeconds(5),
                        Optional.of(Path.of("/etc/lb/hook-token")),
                        Optional.of(Path.of("/etc/lb/hook-secret")),
                        Optional.of(Path.of("/etc/lb/ca.pem")),
                        List.of(IpPrefix.parse("10.0.0.0/8"), IpPrefix.parse("2001:db8::/32"))));
    }

    private static List<IpSet> sets() {
        return List.of(
                IpSet.builder("bots", SetType.HASH_NET)
                        .family(SetFamily.IPV6)
                        .maxEntries(10)
                        .buckets(8)
                        .comments(true)
                        .add(new SetMember("2001:db8::/32", true, "bad guys"), false)
                        .add(SetMember.of("2001:db8:7::7"), false)
                        .build(),
                IpSet.builder("doors", SetType.BITMAP_PORT)
                        .range("0-1023")
                        .add(SetMember.of("tcp:80-81"), false)
                        .build());
    }

    private static ApiSettings api() {
        return new ApiSettings(
                Optional.of(Path.of("/run/lb.sock")),
                Optional.of(listener(8443)),
                Optional.of(listener(9100)));
    }

    private static ApiSettings.Tcp listener(int port) {
        return new ApiSettings.Tcp(
                new InetSocketAddress("192.0.2.1", port),
                Optional.of(
                        new ApiSettings.Tls(
                                Path.of("/etc/lb/chain.pem"), Path.of("/etc/lb/key.pem"))),
                Optional.of(Path.of("/etc/lb/token")));
    }

    private static VirtualService onePacket() {
        return VirtualService.of(ServiceKey.udp("192.0.2.80", 514))
                .withPolicy(ServicePolicy.DEFAULT.withOnePacket(true));
    }

    private static VirtualService tcp() {
        return VirtualService.of(ServiceKey.tcp("192.0.2.80", 80))
                .withPolicy(
                        ServicePolicy.DEFAULT
                                .withProxyProtocol(ProxyProtocol.V2_INSECURE)
                                .withDisclosure(
                                        ClientDisclosure.NONE.withProxyTlvs(
                                                Set.of(ProxyTlv.CRC32C, ProxyTlv.UNIQUE_ID)))
                                .withTcp(new TcpPolicy(true, true, 1400, SynProxy.from(1000)))
                                .withEndWith(Ending.SILENCE)
                                .withResetsOnExpiry(true)
                                .withOutOfWindow(OutOfWindow.COUNT));
    }

    private static VirtualService service() {
        return VirtualService.of(ServiceKey.udp("192.0.2.80", 53))
                .withScheduler("conhash")
                .withConnectionTimeout(Duration.ofSeconds(30))
                .withAccessRules(
                        List.of(
                                AccessRule.deny("198.18.0.0/15"),
                                AccessRule.deny("192.0.2.7/32"),
                                AccessRule.allow("0.0.0.0/0")))
                .withRealServer(
                        RealServer.builder(Endpoint.of("203.0.113.11", 53))
                                .weight(0)
                                .inhibited(true)
                                .description("first")
                                .maxConnections(100)
                                .resumeBelow(90)
                                .quicIds(List.of("0a0b0c", "ff"))
                                .checks(Optional.of(List.of()))
                                .build())
                .withLocalAddress(LocalAddress.of("203.0.113.101", "out.7"))
                .withPolicy(
                        ServicePolicy.DEFAULT
                                .withSchedulerOptions(Map.of("bound", "125", "hash", "source-port"))
                                .withRefusal(Refusal.DROP)
                                .withDescription("names")
                                .withRemoval(ServicePolicy.Removal.END)
                                .withExpiresQuiescent(true)
                                .withQuic(
                                        QuicRouting.parse(
                                                List.of(
                                                        "config 0 server-id 3 nonce 4 key"
                                                                + " 8f95f09245765f80256934e50c66207f",
                                                        "config 6 server-id 1 nonce 18")))
                                .withDisclosure(
                                        ClientDisclosure.NONE
                                                .withToaKind(200)
                                                .withUoa(ClientDisclosure.Uoa.IPO)
                                                .withUoaPackets(5))
                                .withHealth(health())
                                .withLimits(
                                        new ServiceLimits(
                                                5000,
                                                20,
                                                200,
                                                Optional.of(new ConnectionRate(1_000_000, 2000)),
                                                Optional.of(ConnectionRate.of(500)),
                                                Optional.of(
                                                        new TrafficLimit(
                                                                Unit.PACKETS, 100_000, 64)),
                                                Optional.of(
                                                        TrafficLimit.of(Unit.BITS, 2_500_000_000L)),
                                                90,
                                                new TableShare(40, 5),
                                                1000))
                                .withPersistence(
                                        Optional.of(
                                                Persistence.of(Duration.ofMinutes(5))
                                                        .withLengths(24, 128)
                                                        .withQuiesced(Persistence.Quiesced.HONOUR)))
                                .withTimeouts(
                                        Timeouts.DNS.with(
                                                TimedState.UDP_NORMAL, Duration.ofSeconds(7))));
    }

    private static HealthPolicy health() {
        return HealthPolicy.builder()
                .checks(
                        List.of(
                                HealthCheck.builder(
                                                new DnsProbe(
                                                        "example.org",
                                                        DnsProbe.Type.A,
                                                        DnsProbe.ResponseCode.NOERROR))
                                        .interval(Duration.ofSeconds(1))
                                        .build(),
                                HealthCheck.builder(
                                                HttpProbe.builder()
                                                        .path("/up")
                                                        .contains("all fine")
                                                        .build())
                                        .port(OptionalInt.of(8080))
                                        .build()))
                .passive(
                        Optional.of(
                                PassiveCheck.DEFAULT
                                        .withNotices(2, 1)
                                        .withDownWait(Duration.ofSeconds(5))
                                        .withInhibit(Duration.ofSeconds(10), Duration.ofMinutes(1))
                                        .withUdpTwoWay(true)))
                .slowStart(new SlowStart(Duration.ofSeconds(30), 5))
                .maxEjected(50)
                .sorryServer(Endpoint.of("203.0.113.99", 53))
                .quorum(new Quorum(3, 1))
                .endConnections(true)
                .announce(Announce.WHEN_HEALTHY)
                .build();
    }
}
