// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.doctor.Machine.Device;
import io.fullnat.balancer.doctor.Machine.Interface;
import io.fullnat.balancer.doctor.Observation.Unseen;
import io.fullnat.balancer.doctor.Running.Advice;
import io.fullnat.balancer.host.HostFiles;
import io.fullnat.balancer.host.HostInspection;
import java.io.IOException;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what the kernel tells of a machine. It only reads files, and asks `timedatectl`. For one
/// thread.
final class MachineReader {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int FEW_BYTES = 256;
    private static final String IFACE = "iface=";
    private static final String NET = "sys/class/net/";
    private static final Pattern FILES =
            Pattern.compile("^Max open files\\s+(\\d{1,18})\\s", Pattern.MULTILINE);
    private static final Pattern SWAPPED =
            Pattern.compile("^VmSwap:\\s+(\\d{1,18}) kB", Pattern.MULTILINE);

    private final HostFiles files;
    private final Programs programs;
    private final List<Unseen> unseen;

    /// @param unseen gets what cannot be seen
    MachineReader(HostFiles files, Programs programs, List<Unseen> unseen) {
        this.files = files;
        this.programs = programs;
        this.unseen = unseen;
    }

    /// Reads.
    ///
    /// @param configuration names ports and files
    /// @param runs whether a balancer runs
    /// @param pid of the running balancer; empty if none runs, or its process cannot be seen here
    /// @param socket where it listens
    Machine read(
            Optional<Configuration> configuration,
            Optional<Path> file,
            boolean runs,
            OptionalLong pid,
            Path socket) {
        String self = pid.isPresent() ? String.valueOf(pid.getAsLong()) : "self";
        boolean known = pid.isPresent() || !runs;
        boolean sameNetwork = known && isSameNetwork(self);
        Map<String, Interface> interfaces = new TreeMap<>();
        Map<String, Device> devices = new TreeMap<>();
        for (PortSettings port : configuration.map(Configuration::ports).orElse(List.of())) {
            if (port.device().pci()) {
                devices.put(port.name(), device(port.device().name()));
            } else if (sameNetwork) {
                interfaceOf(port).ifPresent(name -> interfaces.put(port.name(), network(name)));
            }
        }
        NamedFiles named = new NamedFiles(unseen);
        file.ifPresent(named::configuration);
        if (runs) {
            named.socket(socket);
        }
        configuration.ifPresent(named::of);
        return new Machine(
                Instant.now(),
                files.text("sys/devices/system/clocksource/clocksource0/current_clocksource"),
                isSynchronised(),
                runs ? List.of() : configuration.map(this::advice).orElse(List.of()),
                pid.isPresent() ? Optional.of(process(pid.getAsLong())) : Optional.empty(),
                known ? cgroup(self, "memory.current") : OptionalLong.empty(),
                known ? cgroup(self, "memory.max") : OptionalLong.empty(),
                interfaces,
                devices,
                named.files(),
                named.certificates());
    }

    private List<Advice> advice(Configuration configuration) {
        return HostInspection.before(files.root(), configuration).findings().stream()
                .map(finding -> new Advice(finding.kind().name(), finding.detail()))
                .toList();
    }

    private Optional<Boolean> isSynchronised() {
        String said =
                programs.run(
                                List.of("timedatectl", "show", "-p", "NTPSynchronized", "--value"),
                                PATIENCE,
                                FEW_BYTES)
                        .text()
                        .strip();
        return said.equals("yes") || said.equals("no")
                ? Optional.of(said.equals("yes"))
                : Optional.empty();
    }

    /// The interface that a port takes from the kernel; one that it makes is none.
    static Optional<String> interfaceOf(PortSettings port) {
        String driver = port.device().name();
        boolean takes =
                List.of("net_af_packet", "net_af_xdp", "net_pcap").stream()
                        .anyMatch(driver::startsWith);
        return port.device().arguments().stream()
                .filter(argument -> takes && argument.startsWith(IFACE))
                .map(argument -> argument.substring(IFACE.length()))
                .filter(name -> name.indexOf('/') < 0)
                .findFirst();
    }

    private boolean isSameNetwork(String self) {
        if (self.equals("self")) {
            return true;
        }
        try {
            Path own = Files.readSymbolicLink(files.root().resolve("proc/self/ns/net"));
            Path its = Files.readSymbolicLink(files.root().resolve("proc/" + self + "/ns/net"));
            if (!own.equals(its)) {
                unseen.add(
                        new Unseen(
                                "kernel interfaces of ports",
                                "the balancer is in another network namespace; `nsenter -t "
                                        + self
                                        + " -n fullnat doctor`"));
                return false;
            }
        } catch (IOException e) {
            // Whose it is cannot be told without privileges; as a rule it is this one.
            return true;
        }
        return true;
    }

    private Interface network(String name) {
        String folder = NET + name + "/";
        boolean there = files.text(folder + "ifindex").isPresent();
        OptionalLong flags = hexadecimal(files.text(folder + "flags").orElse(""));
        return new Interface(
                name,
                there,
                (flags.orElse(1) & 1) == 1,
                (int) files.number(folder + "mtu").orElse(0),
                files.text(folder + "duplex"),
                there ? addresses(name) : List.of());
    }

    private static OptionalLong hexadecimal(String text) {
        return text.matches("0x[0-9a-f]{1,8}")
                ? OptionalLong.of(Long.parseLong(text.substring(2), 16))
                : OptionalLong.empty();
    }

    private static List<String> addresses(String name) {
        try {
            NetworkInterface known = NetworkInterface.getByName(name);
            List<String> addresses = new ArrayList<>();
            if (known != null) {
                for (InterfaceAddress each : known.getInterfaceAddresses()) {
                    String text = each.getAddress().getHostAddress();
                    int zone = text.indexOf('%');
                    addresses.add(zone < 0 ? text : text.substring(0, zone));
                }
            }
            return addresses;
        } catch (SocketException e) {
            return List.of();
        }
    }

    private Device device(String address) {
        Path folder = files.root().resolve("sys/bus/pci/devices/" + address);
        Optional<String> driver = Optional.empty();
        try {
            Path name = Files.readSymbolicLink(folder.resolve("driver")).getFileName();
            driver = Optional.ofNullable(name).map(Path::toString);
        } catch (IOException none) {
            // bound to none
        }
        return new Device(address, Files.exists(folder), driver);
    }

    private Machine.ProcessState process(long pid) {
        String folder = "proc/" + pid + "/";
        return new Machine.ProcessState(
                pid,
                number(SWAPPED, files.text(folder + "status").orElse("")),
                openFiles(pid),
                number(FILES, files.text(folder + "limits").orElse("")),
                List.of(files.text(folder + "cmdline").orElse("").split("\0", -1)));
    }

    private static OptionalLong number(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find()
                ? OptionalLong.of(Long.parseLong(matcher.group(1)))
                : OptionalLong.empty();
    }

    private OptionalLong openFiles(long pid) {
        long count = 0;
        Path folder = files.root().resolve("proc/" + pid + "/fd");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path ignored : entries) {
                count++;
            }
            return OptionalLong.of(count);
        } catch (IOException e) {
            unseen.add(
                    new Unseen(
                            "open files of process " + pid,
                            "they belong to another user; run as root, or as the user who runs"
                                    + " the balancer"));
            return OptionalLong.empty();
        }
    }

    /// Of the process's own cgroup (version 2). File pages that nobody uses now are not counted.
    private OptionalLong cgroup(String self, String name) {
        Matcher path =
                Pattern.compile("^0::(/.*)$", Pattern.MULTILINE)
                        .matcher(files.text("proc/" + self + "/cgroup").orElse(""));
        if (!path.find()) {
            return OptionalLong.empty();
        }
        String folder = "sys/fs/cgroup" + path.group(1) + "/";
        OptionalLong number = files.number(folder + name);
        if (number.isPresent() && name.equals("memory.current")) {
            Matcher unused =
                    Pattern.compile("^inactive_file (\\d{1,18})$", Pattern.MULTILINE)
                            .matcher(files.text(folder + "memory.stat").orElse(""));
            return unused.find()
                    ? OptionalLong.of(
                            Math.max(0, number.getAsLong() - Long.parseLong(unused.group(1))))
                    : number;
        }
        return number;
    }
}
