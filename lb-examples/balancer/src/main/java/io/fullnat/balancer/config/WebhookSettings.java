// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.IpPrefix;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where and how events are told over HTTP: one of `events.webhooks`. Immutable and thread-safe.
///
/// @param name of the webhook, in the log, metrics and conditions
/// @param url that is posted to
/// @param kinds of events, in words; all if it is empty
/// @param timeout of a request with all that belongs to it
/// @param tokenFile holds a token that requests bear; empty if they bear none
/// @param secretFile holds a secret that requests are signed with; empty if they are not signed
/// @param caFile certificates of authorities, PEM; empty for those of the Java runtime
/// @param networks where the addresses of the URL's name must be; if it is empty, anywhere but on
///   this machine and its links
public record WebhookSettings(
        String name,
        URI url,
        List<String> kinds,
        Duration timeout,
        Optional<Path> tokenFile,
        Optional<Path> secretFile,
        Optional<Path> caFile,
        List<IpPrefix> networks) {
    /// How long a request may take if nothing else is said.
    public static final Duration TIMEOUT = Duration.ofSeconds(10);

    /// Copies the lists.
    public WebhookSettings {
        kinds = List.copyOf(kinds);
        networks = List.copyOf(networks);
    }

    /// Whether events of a kind are told.
    ///
    /// @param kind in words
    /// @return true of all if none are named
    public boolean isWanted(String kind) {
        return kinds.isEmpty() || kinds.contains(kind);
    }

    /// The URL's host.
    ///
    /// @return a name, or a literal address without brackets
    public String host() {
        String host = url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /// Whether a host is an address, and not what others may take for one.
    ///
    /// @param host as [#host()]
    /// @return false for a name
    public static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || host.matches("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}");
    }
}
