// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.CLIENT_MAC;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WAN_MAC;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Services that admit clients by sets: new connections, those that are there when a set changes,
/// and what may be done to a set that is in use.
class SetAccessTest {
    private static final String GUEST = "198.51.100.20";
    private static final String NEIGHBOUR = "198.51.100.200";

    private final ControlRig rig = new ControlRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static IpSet set(String name, SetType type, String... entries) {
        IpSet.Builder builder = IpSet.builder(name, type);
        switch (type) {
            case BITMAP_IP, BITMAP_IP_MAC -> builder.range("198.51.100.0/24");
            case BITMAP_PORT -> builder.range("0-65535");
            default -> {}
        }
        for (String entry : entries) {
            builder.add(SetMember.of(entry), false);
        }
        return builder.build();
    }

    private static Change add(String name, String... entries) {
        return new Change.AddSetMembers(
                name, List.of(entries).stream().map(SetMember::of).toList(), false);
    }

    private static Change remove(String name, String entry) {
        return new Change.RemoveSetMembers(name, List.of(SetMember.of(entry)), false);
    }

    private static Change rule(AccessRule rule) {
        return new Change.AddAccessRule(WEB, rule);
    }

    private boolean isAdmitted(String client, int port) {
        return !rig.connect(client, port).isEmpty();
    }

    /// Whatever the virtual address's family, a client of a set is kept out, and a set of the other
    /// family is refused by name: of the service, and of the entry.
    @ParameterizedTest
    @EnumSource(Site.class)
    void clientsOfASetAreKeptOut(Site site) {
        site.configure(rig);
        SetFamily own = site == Site.IPV4 ? SetFamily.IPV4 : SetFamily.IPV6;
        SetFamily other = site == Site.IPV4 ? SetFamily.IPV6 : SetFamily.IPV4;
        IpSet empty = IpSet.builder("bots", SetType.HASH_NET).family(own).build();
        rig.apply(
                new Change.CreateSet(empty),
                new Change.CreateSet(
                        IpSet.builder("others", SetType.HASH_NET).family(other).build()),
                new Change.AddAccessRule(site.web, AccessRule.deny("ipset:bots")));

        assertThat(rig.pass(site.toWeb(40_000).flags(Tcp.SYN))).hasSize(1);
        rig.apply(add("bots", site.client));
        assertThat(rig.pass(site.toWeb(40_001).flags(Tcp.SYN))).isEmpty();
        assertThat(rig.balancer.counters().total(Outcome.ACCESS_DENIED)).isOne();
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("deny ipset:others", site.web.toString(), other.toString()),
                new Change.AddAccessRule(site.web, AccessRule.deny("ipset:others")));
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("\"" + site.client + "\"", "set others"),
                add("others", site.client));
        assertThat(rig.pass(site.toWeb(40_002).flags(Tcp.SYN))).as("as before").isEmpty();
        rig.apply(remove("bots", site.client));
        assertThat(rig.pass(site.toWeb(40_003).flags(Tcp.SYN))).hasSize(1);
    }

    /// A range, all ports, and a group of both: whatever takes the connection asks the set.
    @ParameterizedTest
    @EnumSource(Site.class)
    void servicesOfSeveralPortsAndAddressesAskSetsToo(Site site) {
        site.configure(rig);
        SetFamily own = site == Site.IPV4 ? SetFamily.IPV4 : SetFamily.IPV6;
        String virtual = site == Site.IPV4 ? site.vip : "[" + site.vip + "]";
        IpSet bots =
                IpSet.builder("bots", SetType.HASH_IP)
                        .family(own)
                        .add(SetMember.of(site.client), false)
                        .build();
        rig.apply(new Change.RemoveService(site.web), new Change.CreateSet(bots));
        ServiceKey group = ServiceKey.group(Protocol.TCP, "shop");
        List<VirtualService> services =
                List.of(
                        site.service(ServiceKey.parse(Protocol.TCP, virtual + ":79-81")),
                        site.service(ServiceKey.parse(Protocol.TCP, virtual + ":0")),
                        site.service(group)
                                .withFrontends(List.of(Frontend.parse(virtual + ":80"))));
        int port = 40_000;
        for (VirtualService service : services) {
            rig.apply(new Change.AddService(service));
            site.settle(rig);
            assertThat(rig.pass(site.toWeb(port++).flags(Tcp.SYN)))
                    .as("open %s", service.key())
                    .hasSize(1);
            rig.apply(new Change.AddAccessRule(service.key(), AccessRule.deny("ipset:bots")));
            assertThat(rig.connections()).as("live of %s", service.key()).isEmpty();
            assertThat(rig.pass(site.toWeb(port++).flags(Tcp.SYN)))
                    .as("denied by %s", service.key())
                    .isEmpty();
            rig.apply(new Change.RemoveService(service.key()));
        }
        assertThat(rig.balancer.counters().total(Outcome.ACCESS_DENIED)).isEqualTo(3);
    }

    @ParameterizedTest(name = "{0} {1}: {2}, {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "bitmap:ip              | 198.51.100.20                         | false | false",
                "bitmap:ip              | 198.51.100.21                         | true  | false",
                "bitmap:ip,mac          | 198.51.100.20                         | false | true",
                "bitmap:ip,mac          | 198.51.100.20,02:00:00:00:00:c1       | false | true",
                "bitmap:ip,mac          | 198.51.100.20,02:00:00:00:00:c2       | true  | true",
                "bitmap:port            | tcp:40000                             | false | false",
                "bitmap:port            | udp:40000                             | true  | false",
                "bitmap:port            | 40000                                 | false | false",
                "hash:ip                | 198.51.100.16/29                      | false | false",
                "hash:net               | 198.51.100.0/24                       | false | false",
                "hash:ip,port           | 198.51.100.20,tcp:40000               | false | false",
                "hash:ip,port           | 198.51.100.20,udp:40000               | true  | false",
                "hash:ip,port           | 198.51.100.20                         | false | false",
                "hash:net,port          | 198.51.100.0/24,39999-40001           | false | false",
                "hash:net,port,iface    | 198.51.100.0/24,0,wan                 | false | true",
                "hash:net,port,iface    | 198.51.100.0/24,0,lan                 | true  | true",
                "hash:ip,port,ip        | 198.51.100.20,0,192.0.2.80            | false | false",
                "hash:ip,port,ip        | 198.51.100.20,0,192.0.2.81            | true  | false",
                "hash:ip,port,net       | 192.0.2.80,0,198.51.100.0/24          | false | false",
                "hash:ip,port,net       | 198.51.100.20,0,192.0.2.0/24          | true  | false",
                "hash:net,port,net      | 198.51.100.0/24,tcp:0,192.0.2.0/24    | false | false",
                "hash:net,port,net,port | 198.51.100.0/24,0,192.0.2.80/32,tcp:80| false | false",
                "hash:net,port,net,port | 198.51.100.0/24,0,192.0.2.80/32,tcp:81| true  | false"
            })
    void eachTypeSeesWhatItAsksFor(String type, String entry, boolean admitted, boolean ofFrame) {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("one", SetType.of(type).orElseThrow())),
                rule(AccessRule.deny("ipset:one")));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();

        rig.apply(add("one", entry));

        assertThat(rig.connections())
                .as("live, of which the frame is not known any more")
                .hasSize(admitted || ofFrame ? 1 : 0);
        rig.apply(new Change.EndConnections(ConnectionFilter.ALL));
        assertThat(isAdmitted(GUEST, 40_000)).isEqualTo(admitted);
    }

    @Test
    void whereConnectionsGoCanBeAskedFor() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("web", SetType.HASH_IP_PORT, VIP + ",tcp:80")),
                rule(AccessRule.deny("ipset:web,dst")));

        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        rig.apply(remove("web", VIP + ",tcp:80"), add("web", VIP + ",tcp:443"));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
    }

    /// The station stands behind the tag of a VLAN, too.
    @Test
    void aStationIsFoundBehindATag() {
        rig.configured();
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("198.51.100.1/24", "wan.7")),
                new Change.CreateSet(set("one", SetType.BITMAP_IP_MAC, GUEST + "," + CLIENT_MAC)),
                rule(AccessRule.allow("ipset:one")));
        PacketBuilder tagged =
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .vlan(7)
                        .ipv4(GUEST, VIP)
                        .tcp(40_000, 80)
                        .flags(Tcp.SYN);

        assertThat(rig.pass(tagged)).hasSize(1);
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isFalse();
    }

    @Test
    void anEmptySetThatIsAllowedAdmitsNobodyAndSeveralAdd() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("staff", SetType.HASH_IP)),
                new Change.CreateSet(set("guests", SetType.HASH_NET)),
                rule(AccessRule.allow("ipset:staff")));
        assertThat(isAdmitted(GUEST, 40_000)).isFalse();

        rig.apply(rule(AccessRule.allow("ipset:guests")), add("guests", GUEST + "/32"));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isFalse();
        rig.apply(rule(AccessRule.allow(NEIGHBOUR)));
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();
        rig.apply(rule(AccessRule.deny("ipset:guests")));
        assertThat(isAdmitted(GUEST, 40_001)).as("denials come first").isFalse();
    }

    @Test
    void connectionsOfThoseKeptOutEndWhenTheSetChanges() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("bots", SetType.HASH_NET)),
                rule(AccessRule.deny("ipset:bots")));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();

        rig.apply(add("bots", "203.0.113.0/24"));
        assertThat(rig.connections()).hasSize(2);
        rig.apply(add("bots", GUEST));

        assertThat(rig.connections())
                .singleElement()
                .extracting(ConnectionInfo::client)
                .hasToString(NEIGHBOUR + ":40000");
        assertThat(rig.balancer.counters().total(Counter.CONNECTIONS_PURGED)).isOne();
        rig.apply(new Change.FlushSet("bots"));
        assertThat(isAdmitted(GUEST, 40_001)).isTrue();
    }

    @Test
    void connectionsOnADrainingLocalAddressEndToo() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("bots", SetType.HASH_NET)),
                rule(AccessRule.deny("ipset:bots")));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        rig.apply(new Change.FlushLocalAddresses(WEB, false));

        rig.apply(add("bots", GUEST));

        assertThat(rig.connections()).isEmpty();
    }

    @Test
    void aSetOfAnotherServiceConcernsNobodyElse() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("bots", SetType.HASH_NET)),
                new Change.AddService(
                        service(TLS).withAccessRules(List.of(AccessRule.deny("ipset:bots")))));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();

        rig.apply(add("bots", GUEST));

        assertThat(rig.connections()).hasSize(1);
        assertThat(isAdmitted(GUEST, 40_001)).isTrue();
    }

    @Test
    void whatIsInUseIsNeitherRemovedNorRenamed() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("bots", SetType.HASH_NET, GUEST)),
                new Change.CreateSet(set("idle", SetType.HASH_NET)),
                rule(AccessRule.deny("ipset:bots")));

        rig.refuses(
                ErrorCode.SET_IN_USE,
                List.of("set bots", "deny ipset:bots of TCP 192.0.2.80:80", "remove the rules"),
                new Change.DestroySet("bots"));
        rig.refuses(ErrorCode.SET_IN_USE, List.of("bots"), new Change.RenameSet("bots", "robots"));
        rig.refuses(
                ErrorCode.NO_SET,
                List.of("no set \"robots\"", "bots, idle"),
                rule(AccessRule.deny("ipset:robots")));
        rig.refuses(
                ErrorCode.NO_SET, List.of("no set \"robots\""), new Change.DestroySet("robots"));
        rig.refuses(
                ErrorCode.SET_EXISTS,
                List.of("set idle"),
                new Change.CreateSet(set("idle", SetType.HASH_IP)));
        assertThat(isAdmitted(GUEST, 40_000)).isFalse();

        // In whatever order, for the end of the transaction counts.
        rig.apply(
                new Change.DestroySet("bots"),
                new Change.RenameSet("idle", "robots"),
                new Change.RemoveAccessRule(WEB, AccessRule.deny("ipset:bots")),
                rule(AccessRule.deny("ipset:robots")));
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
    }

    /// Nothing of a change that fails comes into force, were its first part right.
    @Test
    void aChangeThatFailsLeavesTheOldSet() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("bots", SetType.HASH_NET, GUEST)),
                rule(AccessRule.deny("ipset:bots")));

        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("\"198.51.100.0/33\"", "set bots"),
                remove("bots", GUEST),
                add("bots", NEIGHBOUR, "198.51.100.0/33"));
        rig.refuses(
                ErrorCode.SET_ENTRY_EXISTS, List.of(GUEST + "/32"), add("bots", NEIGHBOUR, GUEST));
        rig.refuses(
                ErrorCode.NO_PORT,
                List.of("set ways", "nowhere"),
                new Change.CreateSet(
                        set("ways", SetType.HASH_NET_PORT_IFACE, "10.0.0.0/8,0,nowhere")));
        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();
    }

    @Test
    void setsThatAreNotAlikeAreNotSwapped() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("nets", SetType.HASH_NET)),
                new Change.CreateSet(set("hosts", SetType.HASH_IP)),
                new Change.CreateSet(
                        IpSet.builder("six", SetType.HASH_NET).family(SetFamily.IPV6).build()));

        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("nets", "hosts", "not alike"),
                new Change.SwapSets("nets", "hosts"));
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("nets", "six", "not alike"),
                new Change.SwapSets("nets", "six"));
    }

    /// Two sets, each of which denies one of two clients. While they are swapped under traffic, a
    /// packet sees one or the other: never both clients in, nor both out, between two packets that
    /// come in one burst.
    @Test
    void eachPacketSeesTheOldOrTheNewSet() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("first", SetType.HASH_NET, GUEST)),
                new Change.CreateSet(set("second", SetType.HASH_NET, NEIGHBOUR)),
                rule(AccessRule.deny("ipset:first")));
        boolean guestDenied = true;
        for (int swap = 0; swap < 50; swap++) {
            CompletableFuture<Void> done = rig.submit(new Change.SwapSets("first", "second"));
            int changes = 0;
            for (int packet = 0; packet < 20; packet++) {
                int port = 20_000 + swap * 20 + packet;
                rig.send(GUEST, port);
                rig.send(NEIGHBOUR, port);
                long before = rig.balancer.counters().total(Outcome.ACCESS_DENIED);
                rig.balancer.doWork();
                rig.balancer.doWork();
                long denied = rig.balancer.counters().total(Outcome.ACCESS_DENIED) - before;
                assertThat(denied).as("swap %s, pair %s", swap, packet).isBetween(0L, 2L);
                changes += denied == 1 ? 0 : 1;
            }
            rig.run();
            assertThat(done).isCompleted();
            assertThat(changes).as("pairs on both sides of swap %s", swap).isLessThanOrEqualTo(4);
            guestDenied = !guestDenied;
            assertThat(isAdmitted(GUEST, 19_000 - swap)).isEqualTo(!guestDenied);
            assertThat(isAdmitted(NEIGHBOUR, 19_000 - swap)).isEqualTo(guestDenied);
            rig.apply(new Change.EndConnections(ConnectionFilter.ALL));
        }
        long all = rig.balancer.counters().total(Outcome.ACCESS_DENIED);
        assertThat(all).as("one of each pair").isEqualTo(50 * 20 + 50);
    }

    @Test
    void aHundredThousandEntriesComeAndGoInOneTransaction() {
        rig.configured();
        List<SetMember> members = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            members.add(SetMember.of("10." + (i >> 16) + "." + (i >> 8 & 0xFF) + "." + (i & 0xFF)));
        }
        rig.apply(
                new Change.CreateSet(
                        IpSet.builder("many", SetType.HASH_IP).maxEntries(100_001).build()),
                rule(AccessRule.deny("ipset:many")));
        rig.apply(new Change.AddSetMembers("many", members, false));

        assertThat(rig.balancer.control().desired().set("many").entries()).hasSize(100_000);
        assertThat(isAdmitted("10.1.134.159", 40_000)).as("the last").isFalse();
        assertThat(isAdmitted("10.1.134.160", 40_000)).as("the one after it").isTrue();
        rig.apply(add("many", GUEST));
        rig.refuses(ErrorCode.CAPACITY, List.of("many", "holds 100001"), add("many", NEIGHBOUR));
        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        rig.apply(new Change.FlushSet("many"));
        assertThat(isAdmitted("10.1.134.159", 40_001)).isTrue();
    }
}
