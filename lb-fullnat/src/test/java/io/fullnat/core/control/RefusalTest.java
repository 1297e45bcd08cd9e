// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.service;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every change with each of its errors: the code, and that the message names what is wrong. Each
/// is tried alone and as the last of a transaction whose first changes are right; nothing is
/// changed in either case.
class RefusalTest {
    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    record Case(Change change, ErrorCode code, List<String> words) {}

    private static Case refused(Change change, ErrorCode code, String... words) {
        return new Case(change, code, List.of(words));
    }

    private static Stream<Case> cases() {
        return Stream.of(services(), servers(), locals(), addresses(), network())
                .flatMap(cases -> cases);
    }

    private static Stream<Case> services() {
        VirtualService tls = service(TLS);
        VirtualService bare = VirtualService.of(TLS);
        ServiceKey onLocal = ServiceKey.tcp(LOCAL, 80);
        return Stream.of(
                refused(
                        new Change.AddService(service(WEB)),
                        ErrorCode.SERVICE_EXISTS,
                        "TCP 192.0.2.80:80"),
                refused(
                        new Change.AddService(tls.withScheduler("fifo")),
                        ErrorCode.NO_SCHEDULER,
                        "\"fifo\"",
                        "conhash, dh, fo, lc, ll, mh, nq, ovf, p2c, random, rr, sed, sh, wlc, wrr"),
                refused(
                        new Change.AddService(VirtualService.of(onLocal)),
                        ErrorCode.ADDRESS_IN_USE,
                        LOCAL,
                        "local address"),
                refused(
                        new Change.AddService(VirtualService.of(ServiceKey.tcp("224.0.0.5", 80))),
                        ErrorCode.INVALID_ARGUMENT,
                        "224.0.0.5"),
                refused(
                        new Change.AddService(VirtualService.of(ServiceKey.udp("127.0.0.1", 80))),
                        ErrorCode.INVALID_ARGUMENT,
                        "127.0.0.1"),
                refused(
                        new Change.AddService(
                                bare.withLocalAddress(LocalAddress.of(OTHER_LOCAL, "dmz"))),
                        ErrorCode.NO_PORT,
                        "\"dmz\"",
                        "wan, lan"),
                refused(
                        new Change.AddService(bare.withLocalAddress(LocalAddress.of(LOCAL, "wan"))),
                        ErrorCode.ADDRESS_IN_USE,
                        LOCAL,
                        "lan",
                        "wan"),
                refused(new Change.ReplaceService(tls), ErrorCode.NO_SERVICE, "TCP 192.0.2.80:443"),
                refused(
                        new Change.ReplaceService(service(WEB).withScheduler("fifo")),
                        ErrorCode.NO_SCHEDULER,
                        "\"fifo\""),
                refused(
                        new Change.ReplaceService(service(WEB).withLocalAddress(local(VIP))),
                        ErrorCode.ADDRESS_IN_USE,
                        VIP,
                        "virtual address"),
                refused(
                        new Change.RemoveService(ServiceKey.udp(VIP, 80)),
                        ErrorCode.NO_SERVICE,
                        "UDP 192.0.2.80:80"));
    }

    private static Stream<Case> servers() {
        return Stream.of(
                refused(
                        new Change.AddRealServer(TLS, SERVER),
                        ErrorCode.NO_SERVICE,
                        "192.0.2.80:443"),
                refused(
                        new Change.AddRealServer(WEB, SERVER.withWeight(7)),
                        ErrorCode.REAL_SERVER_EXISTS,
                        "192.0.2.80:80",
                        "10.0.1.11:8080"),
                refused(
                        new Change.EditRealServer(TLS, SERVER),
                        ErrorCode.NO_SERVICE,
                        "192.0.2.80:443"),
                refused(
                        new Change.EditRealServer(WEB, OTHER_SERVER),
                        ErrorCode.NO_REAL_SERVER,
                        "10.0.1.12:8080",
                        "10.0.1.11:8080"),
                refused(
                        new Change.RemoveRealServer(TLS, SERVER.endpoint()),
                        ErrorCode.NO_SERVICE,
                        "192.0.2.80:443"),
                refused(
                        new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint()),
                        ErrorCode.NO_REAL_SERVER,
                        "10.0.1.12:8080",
                        "10.0.1.11:8080"));
    }

    private static Stream<Case> locals() {
        return Stream.of(
                refused(
                        new Change.AddLocalAddress(TLS, local(LOCAL)),
                        ErrorCode.NO_SERVICE,
                        "192.0.2.80:443"),
                refused(
                        new Change.AddLocalAddress(WEB, local(LOCAL)),
                        ErrorCode.LOCAL_ADDRESS_EXISTS,
                        LOCAL,
                        "192.0.2.80:80"),
                refused(
                        new Change.AddLocalAddress(WEB, LocalAddress.of(OTHER_LOCAL, "lan.4095")),
                        ErrorCode.INVALID_ARGUMENT,
                        "4095"),
                refused(
                        new Change.AddLocalAddress(WEB, LocalAddress.of(OTHER_LOCAL, "lan.x")),
                        ErrorCode.NO_PORT,
                        "\"lan.x\"",
                        OTHER_LOCAL),
                refused(
                        new Change.AddLocalAddress(WEB, LocalAddress.of("10.0.1.1", "wan")),
                        ErrorCode.ADDRESS_IN_USE,
                        "10.0.1.1",
                        "lan"),
                refused(new Change.AddLocalAddress(WEB, local(VIP)), ErrorCode.ADDRESS_IN_USE, VIP),
                refused(
                        new Change.AddLocalAddress(WEB, local("0.0.0.9")),
                        ErrorCode.INVALID_ARGUMENT,
                        "0.0.0.9"),
                refused(
                        new Change.RemoveLocalAddress(TLS, ip(LOCAL)),
                        ErrorCode.NO_SERVICE,
                        "192.0.2.80:443"),
                refused(
                        new Change.RemoveLocalAddress(WEB, ip(OTHER_LOCAL)),
                        ErrorCode.NO_LOCAL_ADDRESS,
                        OTHER_LOCAL,
                        LOCAL));
    }

    private static Change add(String prefix, String device) {
        return new Change.AddAddress(InterfaceAddress.of(prefix, device));
    }

    private static Change remove(String prefix, String device) {
        return new Change.RemoveAddress(InterfaceAddress.of(prefix, device));
    }

    private static Stream<Case> addresses() {
        return Stream.of(
                refused(add("10.9.0.1/24", "dmz"), ErrorCode.NO_PORT, "\"dmz\"", "10.9.0.1/24"),
                refused(add("10.9.0.1/24", "dmz.7"), ErrorCode.NO_PORT, "\"dmz.7\""),
                refused(add("10.9.0.1/24", "lan.0"), ErrorCode.NO_PORT, "\"lan.0\""),
                refused(add("10.9.0.1/24", "lan.4095"), ErrorCode.INVALID_ARGUMENT, "4095"),
                refused(add("255.255.255.255/32", "lan"), ErrorCode.INVALID_ARGUMENT, "255.255"),
                refused(
                        add("10.0.1.1/16", "lan"),
                        ErrorCode.ADDRESS_EXISTS,
                        "10.0.1.1",
                        "10.0.1.1/24 dev lan"),
                refused(add(LOCAL + "/24", "wan"), ErrorCode.ADDRESS_IN_USE, LOCAL, "lan"),
                refused(remove("10.0.1.9/24", "lan"), ErrorCode.NO_ADDRESS, "10.0.1.9/24", "lan"),
                refused(remove("10.0.1.1/16", "lan"), ErrorCode.NO_ADDRESS, "10.0.1.1/16"),
                refused(remove("10.0.1.1/24", "wan"), ErrorCode.NO_ADDRESS, "wan"));
    }

    private static Stream<Case> network() {
        MacAddress group = MacAddress.parse("01:00:5e:00:00:01");
        MacAddress host = MacAddress.parse("02:00:00:00:00:77");
        return Stream.of(
                refused(
                        new Change.AddRoute(Route.onLink("10.7.0.0/16", "dmz")),
                        ErrorCode.NO_PORT,
                        "\"dmz\"",
                        "10.7.0.0/16"),
                refused(
                        new Change.AddRoute(Route.via("0.0.0.0/0", "172.16.0.1", "wan")),
                        ErrorCode.INVALID_ARGUMENT,
                        "172.16.0.1",
                        "wan"),
                refused(
                        new Change.AddRoute(Route.via("0.0.0.0/0", "10.0.1.254", "wan")),
                        ErrorCode.INVALID_ARGUMENT,
                        "10.0.1.254"),
                refused(
                        new Change.RemoveRoute(IpPrefix.parse("10.7.0.0/16")),
                        ErrorCode.NO_ROUTE,
                        "10.7.0.0/16"),
                refused(
                        new Change.SetNeighbour(new Neighbour(ip("10.0.1.7"), host, "dmz")),
                        ErrorCode.NO_PORT,
                        "\"dmz\"",
                        "10.0.1.7"),
                refused(
                        new Change.SetNeighbour(new Neighbour(ip("10.0.1.7"), group, "lan")),
                        ErrorCode.INVALID_ARGUMENT,
                        "01:00:5e:00:00:01"),
                refused(
                        new Change.RemoveNeighbour(ip("10.0.1.7"), "lan"),
                        ErrorCode.NO_NEIGHBOUR,
                        "10.0.1.7",
                        "lan"),
                refused(
                        new Change.RemoveNeighbour(SERVER.endpoint().address(), "wan"),
                        ErrorCode.NO_NEIGHBOUR,
                        "10.0.1.11",
                        "wan"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aWrongChangeIsNamedAndChangesNothing(Case refused) {
        rig.refuses(refused.code, refused.words, refused.change);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aWrongChangeUndoesThoseBeforeItToo(Case refused) {
        rig.refuses(
                refused.code,
                refused.words,
                add("10.8.0.1/24", "lan.8"),
                new Change.AddRoute(Route.via("10.80.0.0/16", "10.8.0.2", "lan.8")),
                new Change.AddService(service(ServiceKey.udp("192.0.2.81", 53))),
                new Change.AddLocalAddress(WEB, local("10.0.1.150")),
                new Change.AddRealServer(WEB, RealServer.of("10.0.1.13", 8080)),
                refused.change);
    }

    @ParameterizedTest
    @MethodSource("existing")
    void whatIsThereCannotBeAddedAgainNorRemovedWhileItIsUsed(Case refused) {
        rig.apply(
                new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.254", "wan")),
                add(LOCAL + "/32", "lan"));

        rig.refuses(refused.code, refused.words, refused.change);
    }

    private static Stream<Case> existing() {
        return Stream.of(
                refused(
                        new Change.AddRoute(Route.onLink("0.0.0.0/0", "lan")),
                        ErrorCode.ROUTE_EXISTS,
                        "0.0.0.0/0 via 192.0.2.254 dev wan"),
                refused(
                        remove(LOCAL + "/32", "lan"),
                        ErrorCode.ADDRESS_IN_USE,
                        LOCAL,
                        "1 service"));
    }
}
