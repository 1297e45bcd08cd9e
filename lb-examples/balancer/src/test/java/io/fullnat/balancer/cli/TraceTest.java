// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.network.PuntSettings;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.trace.Rehearsal;
import io.fullnat.balancer.trace.TracedFrame;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What `fullnat trace` says of a packet's way. That it ends so in the balancer, too, is
/// [TraceAsTheEngineTest]'s.
final class TraceTest {
    private static final Logger LOG = LoggerFactory.getLogger(TraceTest.class);

    private static final String WEB = "tcp 192.0.2.80:80";
    private static final String TUPLE = "tcp:198.51.100.7:40000:192.0.2.80:80";
    private static final String FORWARDED = "FORWARDED_IN: translated and sent to a real server";

    private static String line(String what, String finding) {
        return "%-12s %s".formatted(what, finding);
    }

    private static String ends(CommandRig rig, String tuple) {
        return rig.run("trace " + tuple).lines().getLast().substring(13).replaceFirst("[:,].*", "");
    }

    private static PacketBuilder ip() {
        return PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC)
                .ipv4("198.51.100.7", "192.0.2.80");
    }

    private static String frame(PacketBuilder frame) {
        return "--frame " + HexFormat.of().formatHex(frame.toBytes());
    }

    @Test
    void aNewConnectionIsFollowedToItsNeighbour() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("dpip route add default via 192.0.2.254 dev wan");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .containsExactly(
                            line("arrives", "at wan, where the route to its source leads"),
                            line("gate", "link, headers and source are right"),
                            line("connection", "none has this tuple"),
                            line("service", "tcp 192.0.2.80:80, scheduler rr"),
                            line("first packet", "a SYN opens a connection"),
                            line("lists", "the service has no deny and no allow"),
                            line("server", "rr chooses of 10.0.1.11:8080 (weight 1) alone"),
                            line("local", "10.0.1.100 (0 ports in use, fullest pair 0 %)"),
                            line("route", "10.0.1.11 is on the link of lan"),
                            line("neighbour", "10.0.1.11 02:00:00:00:00:51 at lan, static"),
                            line("ends as", FORWARDED));
        }
    }

    @Test
    void eachReasonToDropIsNamed() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.80:81")).isEqualTo("NO_SERVICE");
            assertThat(ends(rig, "udp:198.51.100.7:1:192.0.2.80:80")).isEqualTo("NO_SERVICE");
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.1:80")).isEqualTo("NO_SERVICE");
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.99:80")).isEqualTo("NOT_LOCAL");
            assertThat(ends(rig, "tcp:10.0.1.11:8080:10.0.1.100:4000")).isEqualTo("NO_CONNECTION");
            assertThat(ends(rig, "tcp:224.0.0.1:8080:192.0.2.80:80")).isEqualTo("BAD_SOURCE");

            rig.done("deny add " + WEB + " 198.51.100.0/24");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line("lists", "kept out by deny 198.51.100.0/24"),
                            line(
                                    "answered",
                                    "by wan: 192.0.2.80:80 > 198.51.100.7:40000 tcp RST ACK seq 0"
                                            + " ack 1000001 length 0"))
                    .noneMatch(line -> line.startsWith("server"));
            assertThat(ends(rig, TUPLE)).isEqualTo("ACCESS_DENIED");
            rig.done("deny remove " + WEB + " 198.51.100.0/24");
            rig.done("allow add " + WEB + " 203.0.113.0/24");
            assertThat(ends(rig, TUPLE)).isEqualTo("ACCESS_DENIED");
            assertThat(rig.run("trace " + TUPLE).out()).contains("no allow admits 198.51.100.7");
            rig.done("allow add " + WEB + " 198.51.100.7/32");
            assertThat(ends(rig, TUPLE)).isEqualTo("FORWARDED_IN");

            rig.done("server edit " + WEB + " 10.0.1.11:8080 --weight 0");
            assertThat(rig.run("trace " + TUPLE).out()).contains("10.0.1.11:8080, weight 0");
            assertThat(ends(rig, TUPLE)).isEqualTo("NO_REAL_SERVER");
        }
    }

    @Test
    void aSorryServerServes() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("service edit " + WEB + " --last-server sorry=10.0.1.12:8080");
            rig.report("10.0.1.11:8080", false, "switched off");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line("not used", "10.0.1.11:8080, reported: switched off"),
                            line(
                                    "server",
                                    "the sorry server 10.0.1.12:8080, as the quorum is lost"),
                            line("route", "10.0.1.12 is on the link of lan"))
                    .endsWith(line("ends as", FORWARDED));
        }
    }

    /// Of what a scheduler goes by, the copy has the packet, and not the turn.
    @Test
    void aServerIsNamedWhereThePacketDecides() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("server add " + WEB + " 10.0.1.12:8080");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line(
                                    "server",
                                    "rr chooses of 10.0.1.11:8080 (weight 1), 10.0.1.12:8080"
                                            + " (weight 1); which is next only the running"
                                            + " balancer knows"),
                            line("if chosen", "10.0.1.11:8080: sent by lan to 02:00:00:00:00:51"),
                            line("if chosen", "10.0.1.12:8080: sent by lan to 02:00:00:00:00:51"))
                    .endsWith(line("ends as", FORWARDED));

            for (String function : new String[] {"mh", "sh", "conhash"}) {
                rig.done("service edit " + WEB + " --scheduler " + function);
                String said =
                        rig.run("trace tcp:192.0.2.7:40000:192.0.2.80:80").lines().stream()
                                .filter(line -> line.startsWith("server"))
                                .findFirst()
                                .orElseThrow();
                rig.connect(40000);
                String list = rig.done("connection list --client 192.0.2.7");
                String server = list.contains("10.0.1.11:8080") ? "10.0.1.11" : "10.0.1.12";
                assertThat(said)
                        .contains(function + " chooses " + server + ":8080 for this packet, of ");
                rig.done("connection remove --client 192.0.2.7");
            }
        }
    }

    @Test
    void aTemplateIsFollowedWhileItCanBe() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("service edit " + WEB + " --persistence 300");
            rig.connect(40000);
            rig.done("server add " + WEB + " 10.0.1.12:8080");
            String other = "trace tcp:192.0.2.7:41000:192.0.2.80:80";
            assertThat(rig.run(other).lines())
                    .contains(
                            line("persistence", "the client goes to 10.0.1.11:8080, while it can"))
                    .endsWith(line("ends as", FORWARDED));
            rig.report("10.0.1.11:8080", false, "switched off");
            assertThat(rig.run(other).lines())
                    .contains(line("server", "rr chooses of 10.0.1.12:8080 (weight 1) alone"));
        }
    }

    @Test
    void fullOnesAreToldWithTheirLimits() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("server edit " + WEB + " 10.0.1.11:8080 --max-connections 1");
            rig.connect(40000);
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(line("not used", "10.0.1.11:8080, full: 1 connections of 1"));
            assertThat(ends(rig, TUPLE)).isEqualTo("SERVERS_FULL");
            rig.done("server edit " + WEB + " 10.0.1.11:8080 --max-connections 0");
            rig.done("service edit " + WEB + " --max-per-client 1 --max-rate 10");
            assertThat(ends(rig, "tcp:192.0.2.7:41000:192.0.2.80:80")).isEqualTo("CLIENT_FULL");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line(
                                    "limits",
                                    "not reached: max-connections 0, max-per-client 1,"
                                            + " max-per-network 0, max-rate 10"),
                            line(
                                    "not known",
                                    "how many connections began lately is not asked: max-rate"
                                            + " may drop it"))
                    .endsWith(
                            line("ends as", "FORWARDED_IN or RATE_LIMITED, by what is not known"));
        }
    }

    /// As its server is not reached any more, the copy cannot have the connection that fills it.
    @Test
    void aServerThatCannotBeFilledIsToldOf() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("server edit " + WEB + " 10.0.1.11:8080 --max-connections 1");
            rig.connect(40000);
            rig.done("dpip addr del 10.0.1.1/24 dev lan");
            assertThat(rig.run("trace " + TUPLE.replace("40000", "40001")).lines())
                    .contains(
                            line(
                                    "not known",
                                    "1 connections that fill servers could not be opened in the"
                                            + " copy: more servers may be full than there"))
                    .endsWith(line("ends as", "SERVERS_FULL or NO_ROUTE, by what is not known"));
        }
    }

    /// Each of so many servers has one connection, and may have no more.
    private static CommandRig full(int servers, int connections) {
        CommandRig rig = CommandRig.open(1024);
        StringBuilder service = new StringBuilder("-A -t 192.0.2.80:80 -s rr\n");
        for (int i = 0; i < servers; i++) {
            service.append("-a -t 192.0.2.80:80 -r 10.0.1.11:%d -b -x 1\n".formatted(8000 + i));
        }
        rig.done("ipvsadm -R", service.toString());
        rig.done("ipvsadm -P -z " + CommandRig.LOCAL + " " + CommandRig.WEB + " -F lan");
        int opened = 0;
        for (int port = 10_000; opened < connections && port < 12_000; port++) {
            opened += rig.tryToConnect(port).size();
        }
        assertThat(opened).isEqualTo(connections);
        return rig;
    }

    /// However many they are, none of them is taken for one with room.
    @Test
    void manyFullServersAreFullInTheCopyToo() {
        try (CommandRig rig = full(300, 300)) {
            assertThat(rig.run("trace " + TUPLE).lines())
                    .noneMatch(line -> line.startsWith("not known"));
            assertThat(ends(rig, TUPLE)).isEqualTo("SERVERS_FULL");
        }
        try (CommandRig rig = full(257, 256)) {
            assertThat(rig.run("trace " + TUPLE).lines())
                    .anyMatch(line -> line.matches("server +rr chooses of .* alone"))
                    .noneMatch(line -> line.startsWith("not known"))
                    .endsWith(line("ends as", FORWARDED));
        }
    }

    /// Gateways of two links have the same address, as they are link-local.
    @Test
    void gatewaysAreToldApartByTheirLink() {
        try (CommandRig rig = CommandRig.bare()) {
            String web = "tcp [2001:db8:1::80]:80";
            List.of(
                            "address add 2001:db8:1::80/128 wan",
                            "dpip -6 route add default via fe80::1 dev wan",
                            "dpip -6 route add 2001:db8:2::/64 via fe80::1 dev lan",
                            "dpip neigh add fe80::1 lladdr " + CommandRig.CLIENT_MAC + " dev wan",
                            "dpip neigh add fe80::1 lladdr " + CommandRig.SERVER_MAC + " dev lan",
                            "service add " + web + " --scheduler rr",
                            "laddr add " + web + " 2001:db8:3::100 lan",
                            "server add " + web + " [2001:db8:2::11]:8080")
                    .forEach(rig::done);
            rig.pass(Duration.ofSeconds(3));
            String tuple = "tcp:[2001:db8:9::7]:40000:[2001:db8:1::80]:80";
            assertThat(rig.run("trace " + tuple).lines())
                    .contains(
                            line(
                                    "neighbour",
                                    "fe80::1 " + CommandRig.SERVER_MAC + " at lan, static"));
            String macs = CommandRig.WAN_MAC + CommandRig.CLIENT_MAC;
            assertThat(rig.run("trace --json " + tuple).out())
                    .as("the gateway that sends")
                    .contains("\"frame\" : \"" + macs.replace(":", ""));
        }
    }

    /// A neighbour that nobody has asked for yet may answer or not; of one that did not it is
    /// known.
    @Test
    void whoDoesNotAnswerIsNotReached() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("server remove " + WEB + " 10.0.1.11:8080");
            rig.done("server add " + WEB + " 10.0.1.19:8080");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line(
                                    "neighbour",
                                    "10.0.1.19 not asked for yet: the packet waits for its"
                                            + " answer"))
                    .endsWith(
                            line(
                                    "ends as",
                                    "FORWARDED_IN or NEIGHBOUR_UNREACHABLE, by whether the"
                                            + " neighbour answers"));
            rig.tryToConnect(40000);
            rig.pass(Duration.ofMillis(1200));
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(line("neighbour", "10.0.1.19 does not answer"))
                    .endsWith(
                            line(
                                    "ends as",
                                    "NEIGHBOUR_UNREACHABLE: the next hop answers neither ARP nor"
                                            + " neighbour discovery"));
            rig.done("server add " + WEB + " 10.0.1.12:8080");
            rig.done("server remove " + WEB + " 10.0.1.19:8080");
            rig.link("lan", false);
            assertThat(ends(rig, TUPLE)).isEqualTo("LINK_DOWN");
        }
    }

    /// Which packet opens a connection is another with a SYN proxy.
    @Test
    void aSynProxyIsNamed() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("service edit " + WEB + " --syn-proxy always,scale=9");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line(
                                    "first packet",
                                    "syn-proxy always,scale=9: a SYN answered with a cookie by"
                                            + " its service's SYN proxy"),
                            line(
                                    "answered",
                                    "by wan: 192.0.2.80:80 > 198.51.100.7:40000 tcp SYN ACK with"
                                            + " a cookie"));
            assertThat(ends(rig, TUPLE)).isEqualTo("SYN_ANSWERED");
            PacketBuilder ack = ip().tcp(40000, 80).flags(Tcp.ACK).sequence(8);
            assertThat(ends(rig, frame(ack))).isEqualTo("COOKIE_REFUSED");
            assertThat(rig.run("trace " + frame(ack)).out()).contains("its secrets are not asked");
            rig.done("service edit " + WEB + " --syn-proxy 1000");
            assertThat(ends(rig, TUPLE)).isEqualTo("FORWARDED_IN");
        }
    }

    @Test
    void aKnownConnectionIsFollowedBothWays() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.connect(40000);
            String there = rig.run("trace tcp:192.0.2.7:40000:192.0.2.80:80").out();
            assertThat(there)
                    .contains("known to worker ", "of service tcp 192.0.2.80:80")
                    .contains("to 10.0.1.11:8080", "FORWARDED_IN");
            assertThat(rig.run("trace tcp:192.0.2.80:80:192.0.2.7:40000").out())
                    .contains("at lan", "from 192.0.2.80:80 to 192.0.2.7:40000", "FORWARDED_OUT");
            rig.done("deny add " + WEB + " 192.0.2.0/24");
            assertThat(rig.run("trace tcp:192.0.2.7:41000:192.0.2.80:80").out())
                    .contains("ACCESS_DENIED");
        }
    }

    @Test
    void aFrameIsTakenAsItIs() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(rig.run("trace " + frame(ip().tcp(40000, 80).flags(Tcp.SYN))).lines())
                    .startsWith(
                            line(
                                    "frame",
                                    "198.51.100.7:40000 > 192.0.2.80:80 tcp SYN seq 0 length 0"),
                            line("arrives", "at wan, whose MAC address it bears"))
                    .endsWith(line("ends as", FORWARDED));
            PacketBuilder ack = ip().tcp(40000, 80).flags(Tcp.ACK).acknowledgement(9);
            assertThat(rig.run("trace " + frame(ack)).lines())
                    .contains(
                            line("first packet", "only a SYN opens a connection"),
                            line(
                                    "answered",
                                    "by wan: 192.0.2.80:80 > 198.51.100.7:40000 tcp RST seq 9"
                                            + " length 0"));
            assertThat(ends(rig, frame(ack))).isEqualTo("NO_CONNECTION");
            assertThat(ends(rig, frame(ip().timeToLive(1).tcp(40000, 80).flags(Tcp.SYN))))
                    .isEqualTo("TTL_EXPIRED");
            assertThat(ends(rig, frame(ip().fragment(64, true).payload("x".repeat(64)))))
                    .isEqualTo("FRAGMENT");
            PacketBuilder tagged =
                    PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC)
                            .vlan(9)
                            .ipv4("198.51.100.7", "192.0.2.80")
                            .tcp(40000, 80)
                            .flags(Tcp.SYN);
            assertThat(ends(rig, frame(tagged))).isEqualTo("UNKNOWN_VLAN");
            assertThat(ends(rig, frame(ip().tcp(40000, 80).flags(Tcp.SYN)) + " --port lan"))
                    .isEqualTo("OTHER_HOST");
            assertThat(rig.run("trace " + TUPLE + " --port wan.9").out())
                    .contains("at wan.9", "UNKNOWN_VLAN");
        }
    }

    @Test
    void whatIsTheKernelsIsNamedSo() {
        try (CommandRig rig = CommandRig.of(TracedSituations.with(PuntSettings.DEFAULT), true)) {
            rig.done("dpip addr add 192.0.2.1/24 dev wan");
            assertThat(rig.run("trace tcp:198.51.100.7:1:192.0.2.1:22").lines())
                    .contains(
                            line(
                                    "service",
                                    "none of tcp at 192.0.2.1:22; 192.0.2.1 is an interface"
                                            + " address"))
                    .endsWith(
                            line(
                                    "ends as",
                                    "PUNTED: given to the kernel by the interface beside its"
                                            + " port"));
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.9:22")).isEqualTo("PUNTED");
        }
    }

    @Test
    void jsonSaysTheSame() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(rig.run("trace --json " + TUPLE).out())
                    .contains("\"tuple\" : \"TCP 198.51.100.7:40000 -> 192.0.2.80:80\"")
                    .contains("\"step\" : \"neighbour\"", "\"outcome\" : \"FORWARDED_IN\"")
                    .contains("\"outcomes\" : [ \"FORWARDED_IN\" ]");
        }
    }

    @Test
    void wrongOnesAreRefused() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(rig.run("trace").status()).isEqualTo(2);
            assertThat(rig.run("trace x").err()).contains("is not PROTO:ADDRESS:PORT:ADDRESS:PORT");
            assertThat(rig.run("trace --frame 0g").err()).contains("hexadecimal");
            assertThat(rig.run("trace --frame 010").err()).contains("hexadecimal");
            assertThat(rig.run("trace --frame 0102").err())
                    .contains("a frame of 2 bytes cannot arrive at wan: 14-1518 can");
            assertThat(rig.run("trace " + TUPLE + " --port nowhere").err())
                    .contains("no port \"nowhere\"; there are wan, lan");
            assertThat(rig.run("trace tcp:198.51.100.7:1:[2001:db8::1]:2").err())
                    .contains("different families");
            assertThat(rig.run("trace " + TUPLE + " --frame 00").status()).isEqualTo(2);
        }
    }

    /// It stands in no log, so the answer has it. In this test it is the running balancer's answer
    /// that makes it.
    @Test
    void aFaultOfTheCopyIsTold() {
        try (CommandRig rig = CommandRig.withService()) {
            Operations faulty =
                    (Operations)
                            Proxy.newProxyInstance(
                                    Operations.class.getClassLoader(),
                                    new Class<?>[] {Operations.class},
                                    (proxy, method, given) -> {
                                        if (method.getName().equals("configuration")) {
                                            LOG.error("failed", new ArithmeticException("fault"));
                                        }
                                        return method.invoke(rig, given);
                                    });
            TracedFrame frame =
                    TracedFrame.of(
                            faulty, ip().tcp(40000, 80).flags(Tcp.SYN).toBytes(), Optional.empty());
            assertThat(Rehearsal.of(faulty, frame).unsure())
                    .singleElement()
                    .asString()
                    .contains(
                            "whether the running balancer fails as its copy did: "
                                    + "java.lang.ArithmeticException: fault at "
                                    + TraceTest.class.getName());
            assertThat(Rehearsal.of(rig, frame).unsure()).as("not of the next").isEmpty();
        }
    }

    @Test
    void aFrameComesInTheVlanOfItsTag() {
        try (CommandRig rig = CommandRig.withService()) {
            String untagged = "trace " + frame(ip().tcp(40000, 80).flags(Tcp.SYN)) + " --port ";
            String tagged =
                    "trace "
                            + frame(
                                    PacketBuilder.ethernet(
                                                    CommandRig.CLIENT_MAC, CommandRig.WAN_MAC)
                                            .vlan(9)
                                            .ipv4("198.51.100.7", "192.0.2.80")
                                            .tcp(40000, 80)
                                            .flags(Tcp.SYN))
                            + " --port ";
            rig.refused(2, untagged + "wan.100", "cannot arrive at wan.100: it has no VLAN tag");
            rig.refused(2, tagged + "wan.100", "cannot arrive at wan.100: its VLAN tag is 9");
            assertThat(rig.run(tagged + "wan.9").out()).contains("at wan.9", "UNKNOWN_VLAN");
            assertThat(rig.run(tagged + "wan").out()).contains("at wan", "UNKNOWN_VLAN");
            for (String device : List.of("wan.0", "wan.4095", "wan.9999")) {
                String why = device + ": a VLAN is a number from 1 to 4094";
                rig.refused(2, "trace " + TUPLE + " --port " + device, why);
                rig.refused(2, untagged + device, why);
            }
            assertThat(rig.run("trace " + TUPLE + " --port wan.4094").out())
                    .contains("UNKNOWN_VLAN");
        }
    }
}
