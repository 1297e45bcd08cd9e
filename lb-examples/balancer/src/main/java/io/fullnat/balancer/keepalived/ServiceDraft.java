// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A service while it is put together, in pieces of YAML.
final class ServiceDraft {
    String protocol = "tcp";

    /// The key `address` or `group`, with its value.
    String name = "";

    /// What clients connect to if that is one port, else 0.
    String port = "0";

    /// Whether all servers stay in the table when they fail.
    boolean inhibits;

    final List<String> frontends = new ArrayList<>();
    final Map<String, String> values = new LinkedHashMap<>();
    final List<String> deny = new ArrayList<>();
    final List<String> allow = new ArrayList<>();
    final List<List<String>> servers = new ArrayList<>();

    /// Local addresses, and the device of each.
    final Map<String, String> locals = new LinkedHashMap<>();

    final Map<String, String> schedulerOptions = new LinkedHashMap<>();

    /// The port that checks ask if a server has none of its own.
    Optional<String> servicePort() {
        return Optional.of(port).filter(one -> !one.equals("0"));
    }
}
