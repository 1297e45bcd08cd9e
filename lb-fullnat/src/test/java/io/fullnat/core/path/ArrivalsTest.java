// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.testing.Seed;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may come by which device: `wan` to the clients, `lan` with the local address 10.0.1.100 and
/// the network of the servers, `dmz` that leads to 10.0.3.0/24 alone.
class ArrivalsTest {
    private static final int WAN = 0;
    private static final int LAN = 1;
    private static final int DMZ = 2;
    private static final int TAGGED = 3;
    private static final String LOCAL = "10.0.1.100";

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final Arrivals arrivals = new Arrivals(bench.context);
    private final Region memory = Region.allocate(256, "a frame");

    @BeforeEach
    void checkPaths() {
        bench.context.stack().view(view(ReversePath.STRICT));
    }

    @AfterEach
    void close() {
        memory.close();
        bench.close();
    }

    private static Device device(int index, int port, int vlan, ReversePath check) {
        return new Device(index, "d" + index, port, vlan, 2, 1500, check);
    }

    private static NetworkView view(ReversePath check) {
        return new NetworkView(
                List.of(
                        device(WAN, 0, 0, check),
                        device(LAN, 1, 0, check),
                        device(DMZ, 2, 0, check),
                        device(TAGGED, 1, 100, check)),
                Set.of(WAN, LAN, DMZ, TAGGED),
                List.of(
                        own("192.0.2.1", 24, WAN, false),
                        own("192.0.2.77", 32, WAN, false),
                        own("10.0.1.1", 24, LAN, false),
                        own(LOCAL, 32, LAN, true)),
                new RouteTable(
                        List.of(
                                route("0.0.0.0", 0, WAN),
                                route("10.0.1.0", 24, LAN),
                                route("10.0.3.0", 24, DMZ))),
                List.of(),
                1);
    }

    private static NetworkView.Own own(String address, int length, int device, boolean local) {
        IpAddress ip = IpAddress.parse(address);
        return new NetworkView.Own(ip.high(), ip.low(), 96 + length, device, local);
    }

    private static RouteTable.Entry route(String prefix, int length, int device) {
        IpAddress ip = IpAddress.parse(prefix);
        return new RouteTable.Entry(
                ip.high(), ip.low(), 96 + length, RouteTable.Hop.onLink(device));
    }

    @ParameterizedTest
    @CsvSource({
        "198.51.100.7, 0, ''",
        "198.51.100.7, 1, REVERSE_PATH",
        "10.0.1.11, 1, ''",
        "10.0.1.11, 0, REVERSE_PATH",
        "10.0.3.7, 2, ''",
        "10.0.3.7, 1, REVERSE_PATH",
        "224.0.0.5, 0, BAD_SOURCE",
        "0.0.0.0, 0, BAD_SOURCE",
        "10.0.1.1, 1, BAD_SOURCE",
        "10.0.1.255, 1, BAD_SOURCE",
        "10.0.1.0, 1, BAD_SOURCE",
        "192.0.2.1, 0, BAD_SOURCE",
        "192.0.2.80, 0, ''"
    })
    void aSourceIsPossibleByADevice(String source, int device, String refusal) {
        IpAddress ip = IpAddress.parse(source);
        Outcome outcome = arrivals.refusal(ip.high(), ip.low(), device);
        assertThat(outcome == null ? "" : outcome.name()).isEqualTo(refusal);
    }

    /// The bench's service is at 192.0.2.1, here no interface address.
    @Test
    void aVirtualAddressIsNobodysSource() {
        bench.context.stack().view(viewWithoutOwn());
        long low = IpAddress.mapped(0xC000_0201);
        assertThat(arrivals.refusal(0, low, WAN)).isEqualTo(Outcome.BAD_SOURCE);
        assertThat(arrivals.refusal(0, low + 1, WAN)).isNull();
    }

    private static NetworkView viewWithoutOwn() {
        return new NetworkView(
                List.of(device(WAN, 0, 0, ReversePath.OFF)),
                Set.of(WAN),
                List.of(),
                new RouteTable(List.of(route("0.0.0.0", 0, WAN))),
                List.of(),
                1);
    }

    @Test
    void whatIsNotCheckedIsPossible() {
        bench.context.stack().view(view(ReversePath.OFF));
        assertThat(arrivals.refusal(0, IpAddress.mapped(0xC633_6407), LAN)).isNull();
    }

    private Frame frame(String source, String destination, int device) {
        PacketBuilder packet =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4(source, destination)
                        .tcp(8080, 2000);
        int length = packet.writeTo(memory.address());
        Frame frame = new Frame();
        frame.set(1, memory.address(), length, 1);
        frame.link(device, Ethernet.HEADER_LENGTH);
        return frame;
    }

    private boolean isOfServer(String source, String destination, int device) {
        Family family = new Ipv4Family(bench.context.table());
        return arrivals.isOfServer(family, frame(source, destination, device));
    }

    /// By the local address's device, or one by which answers were expected before.
    @Test
    void aServerAnswersWhereServersAre() {
        assertThat(isOfServer("10.0.1.11", LOCAL, LAN)).isTrue();
        assertThat(isOfServer("10.0.1.11", LOCAL, WAN)).isFalse();
        assertThat(isOfServer("198.51.100.7", LOCAL, LAN)).as("who is elsewhere").isFalse();
        assertThat(isOfServer("10.0.3.7", LOCAL, LAN)).isFalse();
        bench.context.answerDevices().add(DMZ);
        assertThat(isOfServer("10.0.3.7", LOCAL, DMZ)).isTrue();
        assertThat(isOfServer("10.0.3.7", LOCAL, LAN)).isTrue();
        assertThat(isOfServer("10.0.3.7", LOCAL, WAN)).isFalse();
        assertThat(isOfServer("10.0.1.11", "10.0.1.101", WAN)).as("not ours").isFalse();
    }

    @Test
    void answersMayComeToALocalAddressOnTheServersSide() {
        long low = IpAddress.mapped(0x0A00_0164);
        assertThat(arrivals.isServersSide(0, low, LAN)).isTrue();
        assertThat(arrivals.isServersSide(0, low, DMZ)).isFalse();
        bench.context.answerDevices().add(DMZ);
        assertThat(arrivals.isServersSide(0, low, DMZ)).isTrue();
    }

    /// An interface address by each device, a virtual or local one where it belongs.
    @ParameterizedTest
    @CsvSource({
        "192.0.2.77, 0, true",
        "192.0.2.77, 1, true",
        "192.0.2.1, 0, true",
        "192.0.2.1, 1, false",
        "10.0.1.100, 1, true",
        "10.0.1.100, 0, false",
        "10.0.1.101, 1, false"
    })
    void anOwnAddressIsFoundWhereItBelongs(String address, int device, boolean here) {
        IpAddress ip = IpAddress.parse(address);
        assertThat(arrivals.isHere(ip.high(), ip.low(), device)).isEqualTo(here);
    }

    @Test
    void theDeviceIsThatOfPortAndTag() {
        Frame frame = frame("10.0.1.11", LOCAL, LAN);
        assertThat(arrivals.device(frame.l2(), 1)).isEqualTo(LAN);
        assertThat(arrivals.device(frame.l2(), 0)).isEqualTo(WAN);
        int length =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .vlan(100)
                        .ipv4("10.0.1.11", LOCAL)
                        .udp(1, 2)
                        .writeTo(memory.address());
        assertThat(length).isPositive();
        assertThat(arrivals.device(memory.address(), 1)).isEqualTo(TAGGED);
        assertThat(arrivals.device(memory.address(), 0)).isEqualTo(NetworkView.NONE);
        Memory.putNetworkShort(memory.address() + 14, 0xE000 | 101);
        assertThat(arrivals.device(memory.address(), 1)).isEqualTo(NetworkView.NONE);
    }

    /// Of a known connection, whose server is 10.0.1.11 and whose client 198.51.0.7.
    @Test
    void packetsOfAConnectionComeWhereTheyDid() {
        long entry = bench.open(Families.IPV4, 6, 7);
        NetworkView view = bench.context.stack().view();
        assertThat(Arrivals.refusal(view, entry, WAN)).isNull();
        assertThat(Arrivals.refusal(view, entry, LAN)).isEqualTo(Outcome.REVERSE_PATH);
        long answers = entry + FLOW_LENGTH;
        assertThat(Arrivals.refusal(view, answers, LAN)).isNull();
        assertThat(Arrivals.refusal(view, answers, WAN)).isEqualTo(Outcome.NOT_LOCAL);
        assertThat(Arrivals.refusal(view, answers, DMZ)).isEqualTo(Outcome.NOT_LOCAL);
    }

    /// By the device that leads to the server, though the local address belongs to another.
    @Test
    void answersMayComeTheWayThatLeadsToTheServer() {
        bench.context
                .stack()
                .view(
                        new NetworkView(
                                List.of(
                                        device(WAN, 0, 0, ReversePath.STRICT),
                                        device(LAN, 1, 0, ReversePath.STRICT)),
                                Set.of(WAN, LAN),
                                List.of(own(LOCAL, 32, WAN, true)),
                                new RouteTable(List.of(route("10.0.1.0", 24, LAN))),
                                List.of(),
                                1));
        long answers = bench.open(Families.IPV4, 6, 7) + FLOW_LENGTH;
        NetworkView view = bench.context.stack().view();
        assertThat(Arrivals.refusal(view, answers, LAN)).isNull();
        assertThat(Arrivals.refusal(view, answers, WAN))
                .as("its own, but the server is elsewhere")
                .isEqualTo(Outcome.REVERSE_PATH);
    }
}
