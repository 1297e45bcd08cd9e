// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static io.fullnat.demo.network.StoryInIpv6.told;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Plays `docs/local-addresses.md`: every command over the socket of a balancer that is a process
/// of its own, on DPDK, with a kernel's client and real servers. `-Dupdate` writes what was printed
/// into the page.
@NetworkTest
class LocalAddressStoryIT {
    private static final Path PAGE = Path.of("../../docs/local-addresses.md");
    private static final List<String> IPV4_ADDRESSES =
            List.of("203.0.113.9", "203.0.113.10", "203.0.113.101");
    private static final Duration SOON = Duration.ofMillis(600);
    private static final Duration SHORTLY = Duration.ofMillis(100);

    @TempDir private Path folder;
    private LabFamily family = LabFamily.IPV4;
    private final List<HttpConnection> opened = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (HttpConnection connection : opened) {
            connection.close();
        }
    }

    @Test
    void thePageIsTrue() throws Exception {
        StoryPage page = StoryPage.parse(Files.readAllLines(PAGE));
        List<StoryPage.Part> played = new ArrayList<>();
        try (BalancerProcess balancer = BalancerProcess.start(folder, configuration())) {
            for (StoryPage.Part part : page.parts()) {
                played.add(play(balancer, part));
            }
        }
        String text = StoryPage.text(played);
        if (Boolean.getBoolean("update") || "".equals(System.getProperty("update"))) {
            Files.writeString(PAGE, text);
        }
        assertThat(text).isEqualTo(Files.readString(PAGE));
    }

    /// Commands are sent by this process instead of one of their own each, which takes less time.
    @Test
    void itIsTrueOfIpv6() throws Exception {
        NetworkCondition.requireIpv6();
        family = LabFamily.IPV6;
        StoryPage page = StoryPage.parse(Files.readAllLines(PAGE));
        try (BalancerProcess balancer =
                BalancerProcess.start(LabFamily.IPV6, folder, configuration())) {
            for (StoryPage.Part part : page.parts()) {
                switch (part) {
                    case StoryPage.Part.Prose _ -> {}
                    case StoryPage.Part.Action action -> act(balancer, told(action.text()));
                    case StoryPage.Part.Command(String line, List<String> output) -> {
                        String told = told(line);
                        List<String> printed = balancer.ask(List.of(told.split(" "))).lines();
                        assertThat(StoryInIpv6.retold(printed))
                                .as(told)
                                .isEqualTo(output.stream().map(StoryInIpv6::retold).toList());
                        assertListAndInterfaceAgree(balancer, told);
                    }
                }
            }
        }
    }

    private String configuration() {
        return """
        workers: {count: 1, connections: 4096}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:%s"}
          - {name: inside, device: "af_packet:%s"}
        addresses:
          - {address: "%s", device: outside}
          - {address: "%s", device: inside}
          - {address: "%s", device: outside}
        services:
          - protocol: tcp
            address: "%s"
            scheduler: rr
            servers:
              - {address: "%s"}
              - {address: "%s"}
            locals:
              - {address: "%s", device: inside}
        """
                .formatted(
                        Lab.OUTSIDE_INTERFACE,
                        Lab.INSIDE_INTERFACE,
                        family.outside(),
                        family.inside(),
                        family.virtualPrefix(),
                        service(),
                        new Endpoint(family.server(1), Scene.HTTP_PORT),
                        new Endpoint(family.server(2), Scene.HTTP_PORT),
                        family.locals().getFirst());
    }

    private Endpoint service() {
        return new Endpoint(family.virtual(), Scene.HTTP.port());
    }

    /// Those that come and go on the page.
    private List<String> addresses() {
        return family == LabFamily.IPV4
                ? IPV4_ADDRESSES
                : IPV4_ADDRESSES.stream().map(StoryInIpv6::told).toList();
    }

    private StoryPage.Part play(BalancerProcess balancer, StoryPage.Part part) throws Exception {
        return switch (part) {
            case StoryPage.Part.Prose prose -> prose;
            case StoryPage.Part.Action action -> {
                act(balancer, action.text());
                yield action;
            }
            case StoryPage.Part.Command command -> {
                List<String> output = balancer.run(List.of(command.line().split(" "))).lines();
                assertListAndInterfaceAgree(balancer, command.line());
                yield new StoryPage.Part.Command(command.line(), output);
            }
        };
    }

    private void act(BalancerProcess balancer, String action) throws Exception {
        String seen = action.replaceFirst(".*the server sees ", "");
        switch (action.replaceFirst("(: it is answered), the server sees .*", "$1")) {
            case "a client connects and asks: it is answered" -> {
                opened.add(connect(balancer));
                assertThat(ask(balancer)).endsWith(" " + seen);
            }
            case "the client asks again on its connection: it is answered" ->
                    assertThat(ask(balancer)).endsWith(" " + seen);
            case "the client asks again on its connection: it is reset" ->
                    assertThat(thrownBy(() -> ask(balancer)))
                            .hasMessageStartingWith("Connection reset");
            case "the client closes its connection" -> opened.removeLast().close();
            case "another client connects: it is answered" -> connect(balancer).close();
            case "another client connects: it is refused" ->
                    assertThat(thrownBy(() -> connect(balancer)))
                            .isInstanceOf(ConnectException.class);
            default -> {
                assertThat(action).as("an action of the page").matches("[0-9a-f.:]+ goes");
                awaitGone(balancer, action.replace(" goes", ""));
            }
        }
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws Exception;
    }

    private static Exception thrownBy(Attempt attempt) {
        try {
            attempt.run();
        } catch (Exception thrown) {
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                if (cause instanceof IOException failure) {
                    return failure;
                }
            }
            return thrown;
        }
        throw new AssertionError("it was answered");
    }

    private HttpConnection connect(BalancerProcess balancer) throws Exception {
        return balancer.inClient(() -> HttpConnection.open(service(), patience()));
    }

    /// An address of IPv6 is used once a second has passed in which nobody objected (RFC 4862
    /// §5.4).
    private Duration patience() {
        return family == LabFamily.IPV4 ? SOON : SOON.plusSeconds(4);
    }

    private String ask(BalancerProcess balancer) throws Exception {
        HttpReply reply = balancer.inClient(() -> opened.getLast().get("/"));
        assertThat(reply.status()).isEqualTo(200);
        return reply.body().strip();
    }

    /// Connections that were closed are kept for seconds, as TIME_WAIT asks for.
    private static void awaitGone(BalancerProcess balancer, String address) throws Exception {
        long end = System.nanoTime() + Scene.TIMEOUT.toNanos();
        while (onInterface(balancer).contains(address)) {
            assertThat(System.nanoTime()).as("%s is still there", address).isLessThan(end);
            Thread.sleep(100);
        }
    }

    private void assertListAndInterfaceAgree(BalancerProcess balancer, String step)
            throws Exception {
        long end = System.nanoTime() + Scene.TIMEOUT.toNanos();
        // An address without connections goes a moment after its removal, perhaps between two
        // looks.
        while (true) {
            Set<String> owned = onInterface(balancer);
            Set<String> answering = answering(balancer, owned);
            if (owned.containsAll(listed(balancer)) && answering.equals(ours(owned))) {
                return;
            }
            assertThat(System.nanoTime())
                    .as("%s are owned and %s answer after %s", owned, answering, step)
                    .isLessThan(end);
        }
    }

    private Set<String> ours(Set<String> owned) {
        Set<String> ours = new TreeSet<>(owned);
        ours.retainAll(addresses());
        return ours;
    }

    private Set<String> answering(BalancerProcess balancer, Set<String> owned) {
        Set<String> answering = new TreeSet<>();
        for (String address : addresses()) {
            if (isPinged(balancer, address, owned.contains(address) ? SOON : SHORTLY)) {
                answering.add(address);
            }
        }
        return answering;
    }

    private static boolean isPinged(BalancerProcess balancer, String address, Duration patience) {
        int timeoutMs = (int) patience.toMillis();
        return balancer.inServer(() -> InetAddress.getByName(address).isReachable(timeoutMs));
    }

    private static Set<String> listed(BalancerProcess balancer) throws Exception {
        Set<String> addresses = new TreeSet<>();
        for (JsonNode local : balancer.json("ipvsadm", "-G", "--json").path("localAddresses")) {
            addresses.add(local.path("address").asText());
        }
        return addresses;
    }

    private static Set<String> onInterface(BalancerProcess balancer) throws Exception {
        Set<String> addresses = new TreeSet<>();
        for (JsonNode address :
                balancer.json("dpip", "addr", "show", "dev", "inside", "--json")
                        .path("addresses")) {
            addresses.add(address.path("address").asText());
        }
        return addresses;
    }
}
