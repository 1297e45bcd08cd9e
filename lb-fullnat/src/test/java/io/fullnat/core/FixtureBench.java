// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Plays rows of the fixture pages on a whole balancer: each frame goes in by itself, and all that
/// leaves and all that is counted must be what the page says.
final class FixtureBench implements AutoCloseable {
    private static final HexFormat HEX = HexFormat.of();

    /// What goes through, for a record of it.
    interface Tap {
        void frame(boolean in, String port, byte[] bytes);
    }

    private final Map<String, FixtureRow> pages;
    private final Rig rig;
    private final Map<String, Integer> ports = new HashMap<>();
    private final Tap tap;
    private @Nullable FaultyIo device;

    private FixtureBench(Map<String, FixtureRow> pages, FixtureRow row, Tap tap) {
        this.pages = pages;
        this.tap = tap;
        rig = FixtureRig.of(row.settings(), io -> device = io);
    }

    /// Plays a row, and what it builds upon.
    static void play(Map<String, FixtureRow> pages, FixtureRow row) {
        play(pages, row, (in, port, bytes) -> {});
    }

    static void play(Map<String, FixtureRow> pages, FixtureRow row, Tap tap) {
        try (FixtureBench bench = new FixtureBench(pages, row, tap)) {
            bench.steps(row);
        }
    }

    private void steps(FixtureRow row) {
        for (FixtureRow.Step step : row.steps()) {
            String[] words = step.line().split(" +", 2);
            switch (words[0]) {
                case "after" -> {
                    steps(FixtureRow.in(pages, words[1]));
                }
                case "load" -> load(words[1]);
                case "do" -> step(row, step, () -> act(words[1].split(" +")));
                case "->" -> {
                    for (String frame : eachLength(words[1])) {
                        step(row, step, () -> send(frame));
                    }
                }
                default -> throw new IllegalArgumentException(step.line() + " is no step");
            }
        }
    }

    private void step(FixtureRow row, FixtureRow.Step step, Runnable action) {
        Map<String, Long> before = counts();
        action.run();
        compareOut(row, step);
        compareCounts(row, step, before);
    }

    /// The lines for which one with `cut=A..B` stands.
    private static List<String> eachLength(String line) {
        Matcher range = Pattern.compile(" cut=(\\d+)\\.\\.(\\d+)").matcher(line);
        if (!range.find()) {
            return List.of(line);
        }
        return IntStream.rangeClosed(
                        Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)))
                .mapToObj(length -> range.replaceFirst(" cut=" + length))
                .toList();
    }

    private void send(String text) {
        String[] words = text.split(" +", 2);
        boolean wan = words[0].equals("wan");
        String line = words[1];
        if (device != null) {
            device.verdict = verdict(line);
            line = line.substring(0, line.lastIndexOf(' '));
        }
        byte[] bytes =
                FrameText.frame(line, wan ? "gateway" : "server", wan ? "wan" : "lan", ports);
        tap.frame(true, words[0], bytes);
        (wan ? rig.client : rig.server).send(bytes);
        rig.run();
    }

    private static int verdict(String line) {
        return switch (line.substring(line.lastIndexOf(' ') + 1)) {
            case "device:good" -> PacketBurst.IP_CHECKSUM_GOOD;
            case "device:bad" -> PacketBurst.IP_CHECKSUM_BAD;
            default -> throw new IllegalArgumentException("what does the device say? " + line);
        };
    }

    private void compareOut(FixtureRow row, FixtureRow.Step step) {
        for (String port : List.of("wan", "lan")) {
            List<byte[]> frames =
                    port.equals("wan") ? rig.client.receiveAll() : rig.server.receiveAll();
            frames.forEach(bytes -> tap.frame(false, port, bytes));
            List<String> lines =
                    step.out().stream()
                            .filter(line -> line.startsWith(port + " "))
                            .map(line -> line.substring(port.length()).strip())
                            .toList();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < lines.size(); i++) {
                if (i < frames.size()) {
                    nameItsPort(lines.get(i), frames.get(i));
                }
                expected.add(HEX.formatHex(expected(lines.get(i), port)));
            }
            assertThat(frames.stream().map(HEX::formatHex).toList())
                    .as("%s%n%s%nwhat leaves by %s", row.name(), step.line(), port)
                    .isEqualTo(expected);
        }
    }

    /// A local port is the balancer's choice: who reads the page calls it by a name.
    private void nameItsPort(String line, byte[] frame) {
        String name = FrameText.unknownPort(line, ports);
        if (name != null) {
            int at = (frame[12] & 0xFF) == 0x81 ? 18 : 14;
            boolean ipv6 = (frame[at] & 0xF0) == 0x60;
            at = ipv6 ? FrameText6.transport(frame, at) : at + (frame[at] & 0x0F) * 4;
            int port = ((frame[at] & 0xFF) << 8) | (frame[at + 1] & 0xFF);
            assertThat(port).as("local port %s", name).isBetween(1025, 65_535);
            assertThat(ports.values()).as("local ports in use").doesNotContain(port);
            ports.put(name, port);
        }
    }

    private byte[] expected(String line, String port) {
        boolean wan = port.equals("wan");
        return FrameText.frame(line, port, wan ? "gateway" : "server", ports);
    }

    private void compareCounts(FixtureRow row, FixtureRow.Step step, Map<String, Long> before) {
        Map<String, Long> changed = new TreeMap<>();
        counts().forEach((name, count) -> {
            long more = count - before.getOrDefault(name, 0L);
            if (more != 0 && (isOutcome(name) || step.outcomes().contains(name))) {
                changed.put(name, more);
            }
        });
        Map<String, Long> expected = new TreeMap<>();
        step.outcomes().forEach(name -> expected.merge(name, 1L, Long::sum));
        assertThat(changed).as("%s%n%s", row.name(), step.line()).isEqualTo(expected);
        if (step.outcomes().stream().anyMatch(FixtureBench::isDropped)) {
            String created = Counter.CONNECTIONS_CREATED.name();
            assertThat(counts().get(created))
                    .as("%s%n%s%nno connection for what is dropped", row.name(), step.line())
                    .isEqualTo(before.get(created));
        }
    }

    private static boolean isDropped(String name) {
        return isOutcome(name) && Outcome.valueOf(name).kind() == Outcome.Kind.DROPPED;
    }

    private static boolean isOutcome(String name) {
        for (Outcome outcome : Outcome.values()) {
            if (outcome.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private Map<String, Long> counts() {
        Map<String, Long> all = new HashMap<>();
        for (Outcome outcome : Outcome.values()) {
            all.put(outcome.name(), rig.count(outcome));
        }
        for (Counter counter : Counter.values()) {
            all.put(counter.name(), rig.count(counter));
        }
        return all;
    }

    private void act(String... words) {
        String object = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "pass" -> pass(Duration.parse("PT" + object));
            case "link-down" -> link(object, false);
            case "link-up" -> link(object, true);
            case "deny" -> forBoth(key -> new Change.AddAccessRule(key, AccessRule.deny(object)));
            case "allow" -> forBoth(key -> new Change.AddAccessRule(key, AccessRule.allow(object)));
            case "remove-server" -> {
                rig.apply(new Change.RemoveRealServer(Rig.TCP, Endpoint.of(Rig.SERVER, 8080)));
                rig.apply(new Change.RemoveRealServer(Rig.UDP, Endpoint.of(Rig.SERVER, 5353)));
            }
            case "add-server" -> {
                rig.apply(new Change.AddRealServer(Rig.TCP, RealServer.of(object, 8081)));
                rig.apply(new Change.AddRealServer(Rig.UDP, RealServer.of(object, 5354)));
            }
            case "weight" -> {
                int weight = Integer.parseInt(object);
                RealServer web = RealServer.of(Rig.SERVER, 8080).withWeight(weight);
                RealServer dns = RealServer.of(Rig.SERVER, 5353).withWeight(weight);
                rig.apply(new Change.EditRealServer(Rig.TCP, web));
                rig.apply(new Change.EditRealServer(Rig.UDP, dns));
            }
            case "remove-local" ->
                    forBoth(key ->
                            new Change.RemoveLocalAddress(key, IpAddress.parse(Rig.LOCAL), false));
            case "remove-service" -> forBoth(key -> new Change.RemoveService(key, false));
            case "refuse-silently" ->
                    forBoth(key ->
                            new Change.SetPolicy(
                                    key,
                                    ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP)));
            case "remove-address" ->
                    rig.apply(new Change.RemoveAddress(InterfaceAddress.of(object, "wan"), true));
            case "remove-server6" -> {
                rig.apply(new Change.RemoveRealServer(Rig6.TCP, Endpoint.of(Rig6.SERVER, 8080)));
                rig.apply(new Change.RemoveRealServer(Rig6.UDP, Endpoint.of(Rig6.SERVER, 5353)));
            }
            case "add-server6" -> {
                rig.apply(new Change.AddRealServer(Rig6.TCP, RealServer.of(object, 8081)));
                rig.apply(new Change.AddRealServer(Rig6.UDP, RealServer.of(object, 5354)));
            }
            case "add-service4" -> rig.configured();
            case "deny6" -> rig.apply(new Change.AddAccessRule(Rig6.UDP, AccessRule.deny(object)));
            case "remove-route6" -> rig.apply(new Change.RemoveRoute(IpPrefix.parse("::/0")));
            case "remove-route" -> rig.apply(new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0")));
            default -> throw new IllegalArgumentException(words[0] + " is nothing to do");
        }
    }

    private void load(String what) {
        switch (what) {
            case "all ports in use" -> FixtureLoads.useUpPorts(rig);
            case "table full" -> FixtureLoads.fillTable(rig);
            default -> throw new IllegalArgumentException(what + " is no load");
        }
    }

    private void forBoth(Function<ServiceKey, Change> change) {
        rig.apply(change.apply(Rig.TCP), change.apply(Rig.UDP));
    }

    private void link(String port, boolean up) {
        rig.io.wire(port).link(up);
        rig.pass(Duration.ofMillis(200));
    }

    private void pass(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 100) {
            rig.pass(Duration.ofMillis(Math.min(left, 100)));
        }
    }

    @Override
    public void close() {
        rig.close();
    }
}
