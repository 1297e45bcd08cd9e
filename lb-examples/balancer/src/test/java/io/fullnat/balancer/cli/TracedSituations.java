// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.cli.TracedPackets.Packet;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.LogSettings;
import io.fullnat.balancer.config.MemorySettings;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.config.WorkerSettings;
import io.fullnat.balancer.text.QuotedWord;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.dpdk.DeviceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Balancers that frames are given to, and to what `trace` makes of them.
final class TracedSituations {
    private static final String WEB = "tcp 192.0.2.80:80";
    private static final String DNS = "udp 192.0.2.80:53";
    private static final String WEB6 = "tcp [2001:db8:1::80]:80";

    private TracedSituations() {}

    /// A balancer.
    ///
    /// @param started what it is started with
    /// @param kernel whether the kernel has an interface beside its port
    /// @param commands what it is told then
    /// @param more what happens before the first frame comes
    record Situation(
            String name,
            Configuration started,
            boolean kernel,
            List<String> commands,
            Consumer<CommandRig> more,
            List<Packet> packets) {
        Situation started(Configuration other) {
            return new Situation(name, other, kernel, commands, more, packets);
        }

        Situation withKernel() {
            return new Situation(name, started, true, commands, more, packets);
        }

        Situation then(Consumer<CommandRig> next) {
            return new Situation(name, started, kernel, commands, next, packets);
        }

        Situation instead(List<Packet> others) {
            return new Situation(name, started, kernel, commands, more, others);
        }

        @SafeVarargs
        final Situation meets(List<Packet>... others) {
            List<Packet> all = new ArrayList<>();
            for (List<Packet> some : others) {
                all.addAll(some);
            }
            return new Situation(name, started, kernel, commands, more, all);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Situation in(String name, String... commands) {
        return new Situation(
                name,
                with(PuntSettings.DEFAULT),
                false,
                List.of(commands),
                rig -> {},
                TracedPackets.conversation());
    }

    static Configuration with(PuntSettings punting) {
        return new Configuration(
                WorkerSettings.DEFAULT,
                MemorySettings.DEFAULT,
                List.of(),
                ApiSettings.DEFAULT,
                punting,
                NeighbourSettings.DEFAULT,
                List.of(),
                List.of(),
                List.of(),
                Timeouts.NONE,
                List.of(),
                ServicePolicy.Refusal.REJECT,
                LogSettings.DEFAULT);
    }

    private static Configuration withReversePath() {
        return new Configuration(
                WorkerSettings.DEFAULT,
                MemorySettings.DEFAULT,
                List.of(
                        new PortSettings(
                                "wan",
                                DeviceSpec.parse("0000:01:00.0"),
                                OptionalInt.empty(),
                                false,
                                Optional.empty(),
                                ReversePath.STRICT,
                                Optional.empty())),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    static CommandRig open(Situation situation) {
        CommandRig rig = CommandRig.of(situation.started(), situation.kernel());
        String server = " lladdr " + CommandRig.SERVER_MAC + " dev lan";
        String gateway = " lladdr " + CommandRig.CLIENT_MAC + " dev wan";
        List.of(
                        "address add 192.0.2.1/24 wan",
                        "address add 192.0.2.80/32 wan",
                        "address add 10.0.1.1/24 lan",
                        "address add 2001:db8:1::1/64 wan",
                        "address add 2001:db8:1::80/128 wan",
                        "address add 2001:db8:2::1/64 lan",
                        "dpip route add default via 192.0.2.254 dev wan",
                        "dpip -6 route add default via 2001:db8:1::254 dev wan",
                        "dpip neigh add 192.0.2.254" + gateway,
                        "dpip neigh add 2001:db8:1::254" + gateway,
                        "dpip neigh add 10.0.1.11" + server,
                        "dpip neigh add 10.0.1.12" + server,
                        "dpip neigh add 2001:db8:2::11" + server,
                        "service add " + WEB + " --scheduler rr",
                        "laddr add " + WEB + " 10.0.1.100 lan",
                        "server add " + WEB + " 10.0.1.11:8080",
                        "server add " + WEB + " 10.0.1.12:8080",
                        "service add " + DNS + " --scheduler rr",
                        "laddr add " + DNS + " 10.0.1.100 lan",
                        "server add " + DNS + " 10.0.1.11:53",
                        "service add " + WEB6 + " --scheduler rr",
                        "laddr add " + WEB6 + " 2001:db8:2::100 lan",
                        "server add " + WEB6 + " [2001:db8:2::11]:8080")
                .forEach(rig::done);
        situation.commands().forEach(rig::done);
        for (int i = 0; i < 40; i++) {
            rig.pass(Duration.ofMillis(100));
        }
        situation.more().accept(rig);
        return rig;
    }

    private static String edit(String options) {
        return "service edit " + WEB + " " + options;
    }

    private static Consumer<CommandRig> down(String... servers) {
        return rig -> {
            for (String server : servers) {
                rig.report(server, false, "it is off");
            }
        };
    }

    static List<Situation> all() {
        List<Situation> all = new ArrayList<>();
        all.add(
                in("as it is")
                        .meets(
                                TracedPackets.strangers(),
                                TracedPackets.conversation(),
                                TracedPackets.conversation6()));
        for (String name : List.of("wlc", "random", "ovf")) {
            all.add(openings(in("scheduler " + name, edit("--scheduler " + name))));
        }
        for (String name : List.of("mh", "sh", "dh", "conhash", "fo")) {
            all.add(openings(in("function " + name, edit("--scheduler " + name))));
        }
        lists().forEach(each -> all.add(openings(each)));
        servers().forEach(each -> all.add(openings(each)));
        all.addAll(limits());
        all.addAll(network());
        kernel().forEach(each -> all.add(each.meets(TracedPackets.strangers())));
        all.addAll(policies());
        return all;
    }

    private static Situation openings(Situation situation) {
        return situation.meets(TracedPackets.openings());
    }

    private static List<Situation> lists() {
        return List.of(
                in("denied", "deny add " + WEB + " 198.51.100.0/24"),
                in("denied one", "deny add " + WEB + " 198.51.100.77"),
                in("allowed others", "allow add " + WEB + " 203.0.113.0/24"),
                in("allowed", "allow add " + WEB + " 198.51.100.7"),
                in(
                        "denied by a set of ports",
                        "dpip ipset create bad hash:ip,port",
                        "dpip ipset add bad 198.51.100.7,tcp:40000",
                        "deny add " + WEB + " ipset:bad"));
    }

    private static List<Situation> servers() {
        String one = "server edit " + WEB + " 10.0.1.11:8080 ";
        String two = "server edit " + WEB + " 10.0.1.12:8080 ";
        return List.of(
                in("one of weight 0", one + "--weight 0"),
                in("all of weight 0", one + "--weight 0", two + "--weight 0"),
                in("one inhibited", two + "--inhibited yes"),
                in("one down").then(down("10.0.1.11:8080")),
                in("all down").then(down("10.0.1.11:8080", "10.0.1.12:8080")),
                in("maglev with one down", edit("--scheduler mh")).then(down("10.0.1.11:8080")),
                in(
                                "sorry server",
                                "dpip neigh add 10.0.1.13 lladdr "
                                        + CommandRig.SERVER_MAC
                                        + " dev lan",
                                edit("--last-server sorry=10.0.1.13:8080"))
                        .then(down("10.0.1.11:8080", "10.0.1.12:8080")),
                in("sorry server at rest", edit("--last-server sorry=10.0.1.13:8080")),
                in("last server kept", edit("--last-server keep"))
                        .then(down("10.0.1.11:8080", "10.0.1.12:8080")),
                in("quorum lost", edit("--quorum 2 --last-server sorry=10.0.1.12:9090"))
                        .then(down("10.0.1.12:8080")),
                in("one full", one + "--max-connections 1"),
                in("all may be full", one + "--max-connections 1", two + "--max-connections 1"),
                in(
                        "no servers",
                        "server remove " + WEB + " 10.0.1.11:8080",
                        "server remove " + WEB + " 10.0.1.12:8080"));
    }

    private static List<Situation> limits() {
        return List.of(
                in("service limit", edit("--max-connections 1")),
                in("client limit", edit("--max-per-client 1")),
                in("network limit", edit("--max-per-network 1")),
                in(
                        "all limits",
                        edit("--max-connections 3 --max-per-client 2 --max-per-network 3")),
                in("persistence", edit("--persistence 300")),
                in("persistence of networks", edit("--persistence 300 --persistence-mask 24")),
                in(
                        "persistence and full servers",
                        edit("--persistence 300"),
                        "server edit " + WEB + " 10.0.1.11:8080 --max-connections 1",
                        "server edit " + WEB + " 10.0.1.12:8080 --max-connections 1"),
                openings(in("half-open limit", edit("--max-half-open 100"))),
                openings(in("rates", edit("--max-rate 1,1 --max-rate-per-network 1,1"))),
                openings(in("packets", edit("--max-packets 1,1"))),
                openings(in("bandwidth", edit("--max-bandwidth 1k,12k"))),
                openings(in("proportion", edit("--limit-proportion 50"))));
    }

    private static List<Situation> network() {
        return List.of(
                in("no local address", "laddr remove " + WEB + " 10.0.1.100"),
                in(
                        "no route to a server",
                        "server add " + WEB + " 172.16.0.1:80",
                        "dpip route del default via 192.0.2.254 dev wan"),
                in("no route to clients", "dpip route del default via 192.0.2.254 dev wan"),
                in("sources are checked")
                        .started(withReversePath())
                        .meets(TracedPackets.strangers()),
                in("servers' link is down").then(rig -> rig.link("lan", false)),
                in("a silent server", "server add " + WEB + " 10.0.1.19:8080")
                        .then(TracedSituations::askInVain),
                in("addresses held by others")
                        .then(rig -> {
                            rig.claim("2001:db8:2::100");
                            rig.done("laddr remove " + WEB6 + " 2001:db8:2::100 --force");
                            rig.done("laddr add " + WEB6 + " 2001:db8:2::101 lan");
                        })
                        .meets(TracedPackets.conversation6()),
                in("an address of a VLAN", "address add 203.0.113.1/24 wan.9"));
    }

    /// A server that nobody answers for has been asked for already.
    private static void askInVain(CommandRig rig) {
        for (int port = 50_000; port < 50_003; port++) {
            rig.arrive(
                    "wan",
                    PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC)
                            .ipv4("203.0.113.9", CommandRig.VIP)
                            .tcp(port, 80)
                            .flags(Tcp.SYN)
                            .toBytes());
        }
        for (int i = 0; i < 30; i++) {
            rig.pass(Duration.ofMillis(100));
        }
    }

    private static List<Situation> kernel() {
        return List.of(
                in("kernel path").withKernel(),
                in("kernel path, an address of its own", "dpip addr add 192.0.2.99/32 dev wan")
                        .withKernel(),
                in("kernel path, virtual addresses, too", "leftover set virtual-addresses=punt")
                        .withKernel(),
                in("TCP dropped in silence", "leftover set defence-tcp-drop=yes"),
                in("UDP dropped in silence, kernel path", "leftover set defence-udp-drop=yes")
                        .withKernel());
    }

    /// Two servers of UDP that write ids.
    private static void quic(CommandRig rig) {
        CommandRig.Result result =
                rig.run(
                        QuotedWord.split(
                                "service edit " + DNS + " --quic 'config 1 server-id 2 nonce 4'"),
                        "");
        assertThat(result.err()).isEmpty();
        rig.done("server add " + DNS + " 10.0.1.12:53");
        for (int i = 0; i < 2; i++) {
            String id = TracedPackets.QUIC_ID.formatted(i);
            rig.done("server edit " + DNS + " 10.0.1.1" + (i + 1) + ":53 --quic-id " + id);
        }
    }

    /// A client's datagrams have named its server.
    private static void known(CommandRig rig) {
        for (int i = 0; i < 2; i++) {
            rig.arrive(
                    "wan",
                    TracedPackets.named(0, TracedPackets.PORT)
                            .make()
                            .apply(Optional.empty())
                            .orElseThrow());
        }
    }

    private static List<Situation> policies() {
        return List.of(
                in("SYN proxy", edit("--syn-proxy always")),
                in("SYN proxy at rest", edit("--syn-proxy 1000")),
                in("SYN proxy in a flood", edit("--syn-proxy 2")).then(TracedSituations::askInVain),
                in(
                        "SYN proxy and lists",
                        edit("--syn-proxy always"),
                        "deny add " + WEB + " 198.51.100.7"),
                in("one packet", "service edit " + DNS + " --one-packet yes"),
                in("DPVS's QUIC ids", "service edit " + DNS + " --quic dpvs"),
                in("QUIC ids in clear").then(TracedSituations::quic).instead(TracedPackets.quic()),
                in("QUIC ids in clear, a tuple that is known")
                        .then(rig -> {
                            quic(rig);
                            known(rig);
                        })
                        .instead(TracedPackets.quic()),
                in("QUIC ids in clear, a tuple whose client is silent")
                        .then(rig -> {
                            quic(rig);
                            known(rig);
                            rig.pass(Duration.ofSeconds(3));
                        })
                        .instead(TracedPackets.quic()),
                in("silent refusals", edit("--refusal drop")),
                in("segments outside of windows", edit("--out-of-window drop")),
                in("PROXY protocol", edit("--proxy-protocol v2")),
                in("fresh numbers", edit("--isn fresh --toa yes")),
                in(
                        "all ports",
                        "service add tcp 192.0.2.80:0",
                        "laddr add tcp 192.0.2.80:0 10.0.1.100 lan",
                        "server add tcp 192.0.2.80:0 10.0.1.11:0"),
                in(
                        "a range",
                        "service add tcp 192.0.2.80:81-90",
                        "laddr add tcp 192.0.2.80:81-90 10.0.1.100 lan",
                        "server add tcp 192.0.2.80:81-90 10.0.1.12:0"),
                in(
                                "servers of the other family",
                                "laddr add " + WEB6 + " 10.0.1.101 lan",
                                "server add " + WEB6 + " 10.0.1.11:8080",
                                "server remove " + WEB6 + " [2001:db8:2::11]:8080")
                        .meets(TracedPackets.conversation6()));
    }
}
