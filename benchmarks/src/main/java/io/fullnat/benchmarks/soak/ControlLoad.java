// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.client.Client;
import io.fullnat.benchmarks.loop.LoopNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Changes a balancer under traffic by command lines over its socket, at random, one after the
/// other: real servers, local addresses, access rules, services, addresses, routes come and go, and
/// now and then a reload makes everything again what the file says. Each command must succeed. For
/// one thread.
final class ControlLoad {
    private static final String SPARE_SERVICE = "192.0.2.80:90";
    private static final int MAX_FAILURES = 20;
    private static final int PAUSE_MS = 50;
    private static final int FLOOD_MS = 300;

    private static final List<String> READS =
            List.of(
                    "service list --json",
                    "server list",
                    "laddr list",
                    "address list",
                    "link list",
                    "counters --all",
                    "ipvsadm -Ln --stats",
                    "dpip addr show -s",
                    "connection list --tuple udp:10.0.0.1:1024:192.0.2.80:80",
                    "reload --dry-run",
                    "config export");

    private final Path socket;
    private final Path file;
    private final int connections;
    private final MixedTraffic traffic;
    private final Random random;
    private final List<Toggle> toggles = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private int variant;
    private long commands;

    /// Something that is there or not.
    private static final class Toggle {
        final String on;
        final List<String> off;
        boolean isOn;

        Toggle(String on, String... off) {
            this.on = on;
            this.off = List.of(off);
        }
    }

    /// @param folder for file and socket
    /// @param connections capacity of the worker, as in the file
    /// @param traffic whose flood is turned on and off
    /// @param seed of all choices
    ControlLoad(Path folder, int connections, MixedTraffic traffic, long seed) {
        socket = socket(folder);
        file = file(folder);
        this.connections = connections;
        this.traffic = traffic;
        random = new Random(seed);
        for (int service = 0; service < SoakTopology.ALL.size(); service++) {
            togglesOf(service);
        }
        toggles.add(
                new Toggle(
                        "service add tcp " + SPARE_SERVICE + " --timeout 3",
                        "service remove tcp " + SPARE_SERVICE));
        String address = " 203.0.113.250/32 " + LoopNetwork.PORT;
        toggles.add(new Toggle("address add" + address, "address remove" + address));
        String route = " 10.200.0.0/16";
        toggles.add(
                new Toggle(
                        "route add" + route + " " + LoopNetwork.PORT + " --via 203.0.113.254",
                        "route remove" + route));
    }

    /// The API's socket.
    static Path socket(Path folder) {
        return folder.resolve("soak.sock");
    }

    /// The configuration.
    static Path file(Path folder) {
        return folder.resolve("soak.yaml");
    }

    private void togglesOf(int service) {
        ServiceKey key = SoakTopology.ALL.get(service);
        String of = words(key);
        for (int spare = 0; spare < SoakTopology.SERVERS; spare++) {
            String server = SoakTopology.server(service, SoakTopology.SERVERS + spare);
            toggles.add(new Toggle("server add" + of + server, "server remove" + of + server));
            // One takes connections all the time, or some packets would rightly find none.
            if (spare > 0) {
                String own = SoakTopology.server(service, spare);
                toggles.add(
                        new Toggle(
                                "server edit" + of + own + " --weight 0",
                                "server edit" + of + own + " --weight 2"));
            }
        }
        // The last one is what the file's variants differ in.
        for (int spare = 0; spare < SoakTopology.LOCALS - 1; spare++) {
            String local = of + SoakTopology.local(service, SoakTopology.LOCALS + spare);
            toggles.add(
                    new Toggle(
                            "laddr add" + local + " " + LoopNetwork.PORT,
                            "laddr remove" + local,
                            "laddr remove" + local + " --force"));
        }
        if (!key.equals(SoakTopology.STEADY)) {
            toggles.add(
                    new Toggle(
                            "deny add" + of + "10.0.0.0/28", "deny remove" + of + "10.0.0.0/28"));
        }
    }

    private static String words(ServiceKey key) {
        return " " + key.protocol().name().toLowerCase(Locale.ROOT) + " " + key.endpoint() + " ";
    }

    /// One thing, then a pause.
    void step() throws IOException, InterruptedException {
        int choice = random.nextInt(100);
        if (choice < 75) {
            flip(toggles.get(random.nextInt(toggles.size())));
        } else if (choice < 90) {
            run(READS.get(random.nextInt(READS.size())));
        } else if (choice < 94) {
            traffic.flood(true);
            Thread.sleep(FLOOD_MS);
            traffic.flood(false);
        } else if (choice < 97) {
            reload();
        } else {
            ServiceKey lost = SoakTopology.ALL.get(1 + random.nextInt(SoakTopology.ALL.size() - 1));
            run("service remove" + words(lost));
            Thread.sleep(PAUSE_MS);
            reload();
        }
        Thread.sleep(random.nextInt(PAUSE_MS));
    }

    private void flip(Toggle toggle) {
        run(toggle.isOn ? toggle.off.get(random.nextInt(toggle.off.size())) : toggle.on);
        toggle.isOn = !toggle.isOn;
    }

    /// Makes everything what another variant of the file says.
    void reload() throws IOException {
        Files.writeString(file, SoakTopology.yaml(socket, connections, ++variant));
        run("reload");
        toggles.forEach(toggle -> toggle.isOn = false);
    }

    private void run(String line) {
        StringWriter err = new StringWriter();
        int status =
                Client.run(
                        socket,
                        List.of(line.strip().split(" ", -1)),
                        "",
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(err));
        commands++;
        if (status != 0 && failures.size() < MAX_FAILURES) {
            failures.add("\"" + line + "\" ended with " + status + ": " + err.toString().strip());
        }
    }

    long commands() {
        return commands;
    }

    /// Commands that failed, the first twenty.
    List<String> failures() {
        return failures;
    }
}
