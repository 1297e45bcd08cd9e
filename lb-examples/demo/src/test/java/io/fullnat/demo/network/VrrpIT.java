// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two balancers on one link, and keepalived beside each over its kernel's interface: virtual
/// addresses of both families are with one of them at a time (X10).
///
/// ```
///  client ---.                  .--- first   (balancer and keepalived, priority 150)
///            +----- bridge -----+
///  server ---'                  '--- second  (balancer and keepalived, priority 100)
/// ```
@NetworkTest
class VrrpIT {
    private static final String CLIENT = "198.51.100.10";
    private static final String SERVER = "198.51.100.20";
    private static final String VIRTUAL = "198.51.100.80";
    private static final String VIRTUAL_6 = "2001:db8:c::80";
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    @TempDir Path folder;

    private final List<NetworkNamespace> namespaces = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<HttpOrigin> origins = new ArrayList<>();
    private NetworkNamespace bridge;
    private NetworkNamespace client;

    /// A machine with balancer and keepalived.
    private final class Node {
        final NetworkNamespace place;
        final RunningBalancer balancer;
        final Process keepalived;

        Node(String name, int number, int priority) throws IOException {
            place = station(name);
            balancer =
                    place.call(() ->
                            RunningBalancer.overDpdk(
                                    ConfigurationFile.parse(name, configuration(number))));
            place.ip("address", "add", "198.51.100." + number + "/24", "dev", "kout");
            place.ip("address", "add", "2001:db8:c::" + number + "/64", "dev", "kout", "nodad");
            Path file = folder.resolve(name + ".conf");
            Files.writeString(
                    file, instance("v4", priority, VIRTUAL) + instance("v6", priority, VIRTUAL_6));
            keepalived =
                    new ProcessBuilder(
                                    "ip",
                                    "netns",
                                    "exec",
                                    place.name(),
                                    "keepalived",
                                    "--dont-fork",
                                    "--vrrp",
                                    "--log-console",
                                    "--use-file=" + file,
                                    "--pid=" + folder.resolve(name + ".pid"),
                                    "--vrrp_pid=" + folder.resolve(name + ".vrrp.pid"))
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve(name + ".log").toFile())
                            .start();
        }

        boolean has(String address) {
            return place.ip("address", "show").contains(" " + address + "/");
        }

        boolean hasBoth() {
            return has(VIRTUAL) && has(VIRTUAL_6);
        }

        boolean hasNone() {
            return !has(VIRTUAL) && !has(VIRTUAL_6);
        }

        void close() throws InterruptedException {
            keepalived.destroy();
            if (!keepalived.waitFor(10, TimeUnit.SECONDS)) {
                keepalived.destroyForcibly().waitFor();
            }
            balancer.close();
        }
    }

    /// Further lines of an instance.
    String more() {
        return "";
    }

    /// Further keys of a port.
    String portKeys() {
        return "";
    }

    /// A machine beside both.
    NetworkNamespace client() {
        return client;
    }

    /// What joins all machines.
    NetworkNamespace bridge() {
        return bridge;
    }

    private String instance(String name, int priority, String address) {
        return """
        vrrp_instance %s {
            state BACKUP
            interface kout
            version 3
            virtual_router_id 51
            priority %d
            advert_int 0.3
            virtual_ipaddress { %s }
            %s
        }
        """
                .formatted(name, priority, address, more());
    }

    /// The virtual addresses are no interface addresses: the kernel that has them answers ARP.
    private String configuration(int number) {
        return """
        workers: {count: 1, connections: 1024}
        memory: {hugepages: none}
        ports: [{name: out, device: "af_packet:eth0", kernel: kout%2$s}]
        addresses:
          - {address: 198.51.100.%1$d/24, device: out, kernel: true}
          - {address: "2001:db8:c::%1$d/64", device: out, kernel: true}
          - {address: 198.51.100.1%1$d/24, device: out}
          - {address: "2001:db8:c::1%1$d/64", device: out}
        services:
          - protocol: tcp
            address: 198.51.100.80:80
            routed: true
            servers: [{address: "198.51.100.20:8080"}]
            locals: [{address: 198.51.100.2%1$d, device: out}]
          - protocol: tcp
            address: "[2001:db8:c::80]:80"
            routed: true
            servers: [{address: "[2001:db8:c::20]:8080"}]
            locals: [{address: "2001:db8:c::2%1$d", device: out}]
        """
                .formatted(number, portKeys());
    }

    private NetworkNamespace make(String name) {
        NetworkNamespace made =
                NetworkNamespace.create("fullnat-vrrp-" + ProcessHandle.current().pid() + name);
        namespaces.add(made);
        return made;
    }

    /// A namespace with `eth0` at the bridge, which its kernel does not listen to by itself if it
    /// has no address.
    private NetworkNamespace station(String name) {
        NetworkNamespace made = make("-" + name);
        made.enableIpv6();
        Lab.link(made, "eth0", bridge, name);
        bridge.ip("link", "set", name, "master", "bridge");
        if (name.endsWith("st") || name.endsWith("nd")) {
            made.setting("ipv6/conf/eth0/disable_ipv6", "1");
            made.setting("ipv4/conf/eth0/arp_ignore", "1");
            made.setting("ipv4/conf/eth0/rp_filter", "1");
        }
        return made;
    }

    private NetworkNamespace host(String name, String v4, String v6) {
        NetworkNamespace made = station(name);
        made.ip("address", "add", v4 + "/24", "dev", "eth0");
        made.ip("address", "add", v6 + "/64", "dev", "eth0", "nodad");
        return made;
    }

    @BeforeEach
    void build() throws IOException {
        NetworkCondition.requireIpv6();
        NetworkCondition.require("keepalived");
        bridge = make("-sw");
        bridge.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
        bridge.ip("link", "set", "bridge", "up");
        client = host("client", CLIENT, "2001:db8:c::10");
        NetworkNamespace server = host("server", SERVER, "2001:db8:c::20");
        origins.add(HttpOrigin.start(server, "s4", endpoint(SERVER, 8080)));
        origins.add(HttpOrigin.start(server, "s6", endpoint("2001:db8:c::20", 8080)));
        nodes.add(new Node("first", 1, 150));
        nodes.add(new Node("second", 2, 100));
    }

    @AfterEach
    void close() throws InterruptedException {
        for (Node node : nodes) {
            node.close();
        }
        origins.forEach(HttpOrigin::close);
        namespaces.forEach(NetworkNamespace::close);
    }

    private static Endpoint endpoint(String address, int port) {
        return new Endpoint(IpAddress.parse(address), port);
    }

    private boolean serves(String address) {
        return client.call(() -> {
            try (HttpConnection connection = HttpConnection.open(endpoint(address, 80), TIMEOUT)) {
                return connection.get("/").status() == 200;
            } catch (IOException failure) {
                return false;
            }
        });
    }

    void requireServed(String from) throws InterruptedException {
        until(from + " serves", () -> serves(VIRTUAL) && serves(VIRTUAL_6));
    }

    private void until(String what, BooleanSupplier happened) throws InterruptedException {
        try {
            Shell.until(what, happened);
        } catch (AssertionError late) {
            throw new AssertionError(what + logs(), late);
        }
    }

    private String logs() {
        StringBuilder all = new StringBuilder();
        for (String name : List.of("first", "second")) {
            try {
                all.append("\n").append(Files.readString(folder.resolve(name + ".log")));
            } catch (IOException missing) {
                all.append("\nno log of ").append(name);
            }
        }
        return all.toString();
    }

    @Test
    void x10TheAddressesMoveAndComeBackAndAreWithOneAtATime() throws InterruptedException {
        Node first = nodes.get(0);
        Node second = nodes.get(1);
        until("the first is master", () -> first.hasBoth() && second.hasNone());
        requireServed("the first");
        for (int tenth = 0; tenth < 30; tenth++) {
            assertThat(second.hasNone()).as("one master%s", logs()).isTrue();
            Thread.sleep(100);
        }

        first.place.ip("link", "set", "eth0", "down"); // as a cable that is pulled
        until("the second is master", second::hasBoth);
        requireServed("the second");

        first.place.ip("link", "set", "eth0", "up");
        until("the first is master again", () -> first.hasBoth() && second.hasNone());
        requireServed("the first");

        first.balancer.close(); // its interface goes
        until("the second is master again", second::hasBoth);
        requireServed("the second");
    }
}
