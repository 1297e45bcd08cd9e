package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServicePolicy.Refusal;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Reads the balancer's configuration file (docs/configuration.md). Nothing is started or changed.
public final class ConfigurationFile {
    static final List<String> KEYS =
            List.of(
                    "workers",
                    "memory",
                    "ports",
                    "api",
                    "addresses",
                    "routes",
                    "neighbours",
                    "services",
                    "unused-ports");

    private ConfigurationFile() {}

    /// Reads a file.
    ///
    /// @param file in YAML
    /// @return the configuration
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION], with every problem as a line
    ///   `FILE:LINE: reason`; [ErrorCode#INVALID_ARGUMENT] if the file cannot be read
    public static Configuration read(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new BalancerException(ErrorCode.INVALID_ARGUMENT, "there is no file " + file, e);
        } catch (CharacterCodingException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION, file + ":1: the file is not UTF-8 text", e);
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// Reads text.
    ///
    /// @param name of the file, for messages
    /// @param yaml its text
    /// @return the configuration
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION], as [#read(Path)]
    public static Configuration parse(String name, String yaml) {
        Problems problems = new Problems(name);
        Optional<Configuration> configuration = parse(yaml, false, problems);
        if (configuration.isEmpty() || !problems.isEmpty()) {
            // Lines are wanted now, and cost more than the rest: they are not looked for before.
            problems = new Problems(name);
            parse(yaml, true, problems);
            throw problems.asException();
        }
        return configuration.get();
    }

    private static Optional<Configuration> parse(String yaml, boolean lines, Problems problems) {
        Optional<YamlNode> root = YamlReader.parse(yaml, lines, problems);
        if (root.isEmpty() && problems.isEmpty()) {
            problems.add(1, "the file is empty; known keys: " + String.join(", ", KEYS));
        }
        return root.flatMap(node -> Fields.of(node, problems, KEYS)).map(ConfigurationFile::read);
    }

    private static Configuration read(Fields file) {
        PortSection section = new PortSection(file);
        List<PortSettings> ports = section.ports();
        Devices devices =
                new Devices(
                        ports.stream().map(PortSettings::name).toList(),
                        file.size("ports") == ports.size());
        NetworkSection network = new NetworkSection(file, devices);
        List<InterfaceAddress> addresses = network.addresses();
        List<Route> routes = network.routes(addresses);
        return new Configuration(
                section.workers(),
                section.memory(),
                ports,
                new ApiSection(file).settings(),
                addresses,
                routes,
                network.neighbours(),
                new ServiceSection(file, devices, addresses).services(),
                file.optional("unused-ports", Scalar.oneOf(ServiceSection.REFUSALS))
                        .orElse(Refusal.REJECT));
    }
}
