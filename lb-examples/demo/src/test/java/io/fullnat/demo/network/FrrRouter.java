// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.fullnat.api.IpAddress;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// FRR in a namespace: zebra and daemons beside it, with sockets and logs in a folder of their own.
final class FrrRouter implements AutoCloseable {
    private final NetworkNamespace place;
    private final Path home;
    private final List<Process> daemons = new ArrayList<>();

    private FrrRouter(NetworkNamespace place, Path home) {
        this.place = place;
        this.home = home;
    }

    /// Starts it. Nothing is left behind if that fails.
    ///
    /// @param folder of the test
    /// @param name of the router
    /// @param configurations of daemons by their names
    static FrrRouter start(
            Path folder, String name, NetworkNamespace place, Map<String, String> configurations)
            throws IOException, InterruptedException {
        Path home = Files.createDirectories(folder.resolve(name));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        FrrRouter router = new FrrRouter(place, home);
        boolean whole = false;
        try {
            router.run("zebra", "hostname " + name + "\n");
            Shell.until("zebra of " + name, () -> Files.exists(home.resolve("zebra.api")));
            for (Map.Entry<String, String> each : configurations.entrySet()) {
                router.run(each.getKey(), "hostname " + name + "\n" + each.getValue());
            }
            whole = true;
            return router;
        } finally {
            if (!whole) {
                router.close();
            }
        }
    }

    /// What bgpd of one of two autonomous systems reads.
    ///
    /// @param number of its system, above 65000
    /// @param peer4 the other's address of IPv4
    /// @param peer6 the other's address of IPv6
    /// @param more4 what it says of IPv4 besides, may be empty
    /// @param more6 the same of IPv6
    static String bgp(int number, IpAddress peer4, IpAddress peer6, String more4, String more6) {
        return """
        router bgp %1$d
         bgp router-id 10.0.0.%2$d
         no bgp ebgp-requires-policy
         no bgp network import-check
         timers bgp 1 3
         neighbor %3$s remote-as external
         neighbor %3$s timers connect 1
         neighbor %4$s remote-as external
         neighbor %4$s timers connect 1
         address-family ipv4 unicast
          no neighbor %4$s activate
          %5$s
         exit-address-family
         address-family ipv6 unicast
          neighbor %4$s activate
          %6$s
         exit-address-family
        """
                .formatted(number, number - 65000, peer4, peer6, more4, more6);
    }

    private void run(String daemon, String configuration) throws IOException {
        Path file = home.resolve(daemon + ".conf");
        Files.writeString(file, configuration);
        daemons.addFirst(
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                place.name(),
                                "/usr/lib/frr/" + daemon,
                                "-f",
                                file.toString(),
                                "-i",
                                home.resolve(daemon + ".pid").toString(),
                                "-z",
                                home.resolve("zebra.api").toString(),
                                "--vty_socket",
                                home.toString(),
                                "--log",
                                "stdout")
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve(daemon + ".log").toFile())
                        .start());
    }

    /// Runs commands of its shell.
    String vtysh(String... commands) {
        List<String> words = new ArrayList<>(List.of("vtysh", "--vty_socket", home.toString()));
        for (String command : commands) {
            words.add("-c");
            words.add(command);
        }
        return place.execute(words.toArray(String[]::new));
    }

    /// Ends its daemons, zebra last.
    @Override
    public void close() {
        for (Process daemon : daemons) {
            daemon.destroy();
            try {
                if (!daemon.waitFor(10, TimeUnit.SECONDS)) {
                    daemon.destroyForcibly().waitFor();
                }
            } catch (InterruptedException interrupted) {
                daemon.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
