// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.Route;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kernels learn what fits a path through the balancer, in both directions: from its own errors
/// about the servers' link, and from those of a router near the client, which it translates.
///
/// ```
///  far client        client as a router          balancer               server
///  eth0 (1500) ------ far (narrow)   eth0 ------ outside inside (narrow) ------ eth0 (1500)
/// ```
@NetworkTest
class PathMtuIT {
    private static final long BYTES = 1_000_000;
    private static final int IPV4_MTU = 1400;
    private static final int IPV6_MTU = 1280;

    private static int narrow(LabFamily family) {
        return family == LabFamily.IPV6 ? IPV6_MTU : IPV4_MTU;
    }

    /// A client's network behind the lab's client.
    private record Far(String address, String router, String network, int length) {
        static Far of(LabFamily family) {
            return family == LabFamily.IPV6
                    ? new Far("2001:db8:f::10", "2001:db8:f::1", "2001:db8:f::", 64)
                    : new Far("192.0.2.130", "192.0.2.129", "192.0.2.128", 25);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bothEndsLearnWhatFitsThePath(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(narrow(pair.servers));
                NetworkNamespace far = far(scene, pair.clients)) {
            // in turn to one server and to the other: neither has learnt from the other's path
            HttpReply down = far.call(() -> download(pair));
            HttpReply up = far.call(() -> upload(pair));
            assertThat(up.status()).isEqualTo(200);
            assertThat(down.body()).hasSize(64).isEqualTo(up.body());

            assertThat(count(scene, Outcome.TOO_BIG)).as("errors of ours").isPositive();
            assertThat(count(scene, Outcome.FORWARDED_ICMP)).as("translated ones").isPositive();
            assertThat(learnt(far, pair.clients.virtual()))
                    .isEqualTo(narrow(pair.servers) + translated(pair.servers, pair.clients));
            assertThat(learntByAServer(scene, pair))
                    .isEqualTo(
                            Math.min(
                                    narrow(pair.servers),
                                    narrow(pair.clients) + translated(pair.clients, pair.servers)));
        }
    }

    /// What a packet is longer by, as one end sees it, than where it is narrow.
    private static int translated(LabFamily narrow, LabFamily end) {
        return header(end) - header(narrow);
    }

    private static int header(LabFamily family) {
        return family == LabFamily.IPV6 ? 40 : 20;
    }

    private static NetworkNamespace far(Scene scene, LabFamily family) {
        Far net = Far.of(family);
        NetworkNamespace router = scene.lab.client();
        NetworkNamespace far =
                NetworkNamespace.create("fullnat-far-" + ProcessHandle.current().pid());
        far.enableIpv6();
        Lab.link(far, "eth0", router, "far");
        router.setting("ipv4/ip_forward", "1");
        router.setting("ipv6/conf/all/forwarding", "1");
        router.addAddress(net.router + "/" + net.length, "far");
        router.ip("link", "set", "far", "mtu", String.valueOf(narrow(family)));
        far.addAddress(net.address + "/" + net.length, "eth0");
        far.ip("route", "add", "default", "via", net.router);
        scene.balancer
                .engine()
                .control()
                .apply(
                        new Change.AddRoute(
                                Route.via(
                                        net.network + "/" + net.length,
                                        family.client().toString(),
                                        "outside")));
        return far;
    }

    private static HttpReply upload(FamilyPair pair) throws Exception {
        try (HttpConnection connection = HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
            return connection.post("/sha256", BYTES);
        }
    }

    private static HttpReply download(FamilyPair pair) throws Exception {
        try (HttpConnection connection = HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
            return connection.digest("/bytes/" + BYTES);
        }
    }

    private static long count(Scene scene, Outcome outcome) {
        return scene.balancer.engine().counters().total(outcome);
    }

    /// What a kernel believes to fit the path to an address; 0 if it has learnt nothing.
    private static int learnt(NetworkNamespace host, IpAddress destination) {
        String[] words = host.ip("route", "get", destination.toString()).split("\\s+", -1);
        for (int i = 0; i + 1 < words.length; i++) {
            if (words[i].equals("mtu")) {
                return Integer.parseInt(words[i + 1]);
            }
        }
        return 0;
    }

    /// The downloads went to either server, and to either local address.
    private static int learntByAServer(Scene scene, FamilyPair pair) {
        int learnt = 0;
        for (NetworkNamespace server : scene.lab.servers()) {
            for (IpAddress local : pair.servers.locals()) {
                learnt = Math.max(learnt, learnt(server, local));
            }
        }
        return learnt;
    }
}
