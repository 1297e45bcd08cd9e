// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.cli.CommandRig;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How many series a balancer has that forwards: as many as it is configured to have, whatever
/// clients do and whatever was there before.
@Timeout(120)
final class SeriesTest {
    private static final int CLIENTS = 100_000;
    private static final int FEW = 100;
    private static final int CHANGES = 1000;

    /// Of collections of garbage, which happen or not.
    private static final Pattern OF_THE_JVM = Pattern.compile("(jvm|process)_.*");

    private final CommandRig rig = CommandRig.withService();
    private final Metrics metrics = Metrics.of(rig);

    @AfterEach
    void close() {
        metrics.close();
        rig.close();
    }

    private String scrape() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Scrape scrape = metrics.scrape("", "", List.of()).orElseThrow()) {
            scrape.write(out);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /// Names and labels, without values.
    private static Set<String> series(String text) {
        return text.lines()
                .filter(line -> !line.startsWith("#") && !OF_THE_JVM.matcher(line).matches())
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toSet());
    }

    private static String client(int number) {
        return "198.18." + (number >> 8) % 256 + "." + number % 256;
    }

    /// Opens a connection; some a second one, which is refused, and others one that no service
    /// serves. Every other client has an address of IPv6.
    private void visit(int number) {
        send(number, 40_000, 80);
        switch (number % 10) {
            case 2, 3 -> send(number, 40_001, 80);
            case 4, 5 -> send(number, 40_000, 81);
            default -> {}
        }
    }

    private void send(int number, int from, int to) {
        PacketBuilder frame = PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC);
        frame =
                number % 2 == 0
                        ? frame.ipv4(client(number / 2), CommandRig.VIP)
                        : frame.ipv6(
                                "2001:db8:c::" + Integer.toHexString(number / 2), "2001:db8::80");
        rig.arrive("wan", frame.tcp(from, to).flags(Tcp.SYN).toBytes());
    }

    @Test
    void aHundredThousandClientsMakeNone() throws IOException {
        rig.done("dpip addr add 2001:db8::1/64 dev wan");
        rig.done("ipvsadm -A -t [2001:db8::80]:80 -s rr");
        rig.done("ipvsadm -a -t [2001:db8::80]:80 -r 10.0.1.11:8080 -b");
        rig.done("ipvsadm -P -z " + CommandRig.LOCAL + " -t [2001:db8::80]:80 -F lan");
        for (String service : List.of("tcp 192.0.2.80:80", "tcp [2001:db8::80]:80")) {
            rig.done("service edit " + service + " --max-per-client 1 --persistence 60");
        }
        for (int number = 0; number < FEW; number++) {
            visit(number);
        }
        String before = scrape();
        for (int number = FEW; number < CLIENTS; number++) {
            visit(number);
        }
        String after = scrape();

        assertThat(series(after)).hasSizeGreaterThan(300).isEqualTo(series(before));
        assertThat(after).doesNotContain("198.18.", "2001:db8:c::");
        assertThat(total(after, "fullnat_worker_received_packets_total")).isGreaterThan(CLIENTS);
    }

    private static double total(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void serversThatAreRemovedTakeTheirsAlong() throws IOException {
        rig.connect(1);
        Set<String> before = series(scrape());
        for (int change = 0; change < CHANGES; change++) {
            String server = CommandRig.WEB + " -r 10.0.1.12:" + (9000 + change);
            rig.done("ipvsadm -a " + server + " -b");
            if (change % 100 == 0) {
                rig.connect(1000 + change);
                rig.connect(1001 + change);
                assertThat(scrape()).contains("server=\"10.0.1.12:" + (9000 + change) + "\"");
            }
            rig.done("ipvsadm -d " + server);
        }
        assertThat(series(scrape())).isEqualTo(before);
    }

    /// What docs/metrics.md says of each, and counts the most from that there can be.
    @Test
    void eachServiceServerAndLocalAddressHasAsManyAsTheDocumentationSays() throws IOException {
        int before = series(scrape()).size();
        rig.done("ipvsadm -A -u 192.0.2.80:53 -s rr");
        assertThat(series(scrape())).as("a service").hasSize(before + 10);
        rig.done("ipvsadm -a -u 192.0.2.80:53 -r 10.0.1.11:5353 -b");
        assertThat(series(scrape())).as("a server").hasSize(before + 10 + 10);
        rig.done("ipvsadm -P -z " + CommandRig.LOCAL + " -u 192.0.2.80:53 -F lan");
        assertThat(series(scrape())).as("a local address of others").hasSize(before + 20 + 1);
        rig.done("ipvsadm -P -z 10.0.1.177 -u 192.0.2.80:53 -F lan");
        assertThat(series(scrape())).as("one of its own").hasSize(before + 21 + 1 + 5);
        rig.done("service edit udp 192.0.2.80:53 --persistence 60 --max-half-open 100");
        assertThat(series(scrape())).as("both").hasSize(before + 27 + 2);
    }
}
