// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import static io.fullnat.balancer.config.YamlText.address;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.keepalived.Statement.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A configuration of keepalived as one of fullnat, and what is otherwise in it.
///
/// @param yaml the configuration; [ConfigurationFile] accepts it
/// @param findings lines `FILE:LINE: what`, in the order of the files
/// @param complete whether nothing was left out
public record KeepalivedImport(String yaml, List<String> findings, boolean complete) {
    /// @param yaml the configuration
    /// @param findings copied
    /// @param complete whether nothing was left out
    public KeepalivedImport {
        findings = List.copyOf(findings);
    }

    /// Reads a file and those that it includes.
    ///
    /// @param file as keepalived reads it, with DPVS's keywords
    /// @param ports devices by the names of ports that the file knows as interfaces; the first one
    ///   is where virtual addresses are that nothing is said of
    /// @return never null
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] or [ErrorCode#INVALID_ARGUMENT]
    ///   if the file cannot be read, names no interface and `ports` is empty, or what comes out is
    ///   no configuration, with what is wrong in it
    public static KeepalivedImport read(Path file, Map<String, String> ports) {
        Findings findings = new Findings();
        List<Statement> statements = new KeepalivedReader(findings).read(file);
        Groups groups = new Groups(statements, findings);
        Ports known = new Ports(ports, statements, groups, findings);
        Services services = new Services(groups, known, findings);
        Fixed fixed = new Fixed(known, findings);
        for (Statement each : statements) {
            if (each.keyword().equals("virtual_server")) {
                services.add(each);
            } else if (!Groups.KINDS.contains(each.keyword())) {
                fixed.read(each);
            }
        }
        String yaml = yaml(file, known, services, fixed);
        try {
            ConfigurationFile.parse("imported", yaml);
        } catch (BalancerException e) {
            List<String> lines = new ArrayList<>(findings.lines());
            lines.add("what comes of it is no configuration:");
            lines.add(String.valueOf(e.getMessage()));
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION, String.join("\n", lines), e);
        }
        return new KeepalivedImport(yaml, findings.lines(), findings.isComplete());
    }

    private static String yaml(Path file, Ports ports, Services services, Fixed fixed) {
        List<String> lines = new ArrayList<>();
        lines.add("ports:");
        lines.addAll(ports.lines(new Place(file, 1)));
        List<String> addresses = new ArrayList<>(fixed.addresses());
        services.addresses()
                .forEach((one, device) -> {
                    String whole = one + (one.indexOf(':') < 0 ? "/32" : "/128");
                    addresses.add("  - {address: " + address(whole) + ", device: " + device + "}");
                });
        section(lines, "addresses", addresses);
        section(lines, "routes", fixed.routes());
        section(lines, "services", services.lines());
        return String.join("\n", lines) + "\n";
    }

    private static void section(List<String> lines, String key, List<String> items) {
        if (!items.isEmpty()) {
            lines.add("");
            lines.add(key + ":");
            lines.addAll(items);
        }
    }
}
