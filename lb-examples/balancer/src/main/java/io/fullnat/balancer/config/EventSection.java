// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static io.fullnat.balancer.config.YamlText.quoted;

import io.fullnat.api.IpPrefix;
import io.fullnat.balancer.text.Spelling;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads and writes `events`: who is told of them. For one thread.
final class EventSection {
    static final List<String> EVENT_KEYS = List.of("webhooks");
    static final List<String> WEBHOOK_KEYS =
            List.of(
                    "name",
                    "url",
                    "kinds",
                    "timeout",
                    "token-file",
                    "secret-file",
                    "ca-file",
                    "networks");

    /// Each has a thread and a queue.
    static final int MOST = 8;

    private static final int LONGEST_URL = 2048;
    private static final int LONGEST_TIMEOUT = 60;

    private EventSection() {}

    static List<WebhookSettings> webhooks(Fields file) {
        Optional<Fields> section = file.mapping("events", EVENT_KEYS);
        if (section.isEmpty()) {
            return List.of();
        }
        Fields fields = section.get();
        Set<String> names = new HashSet<>();
        List<WebhookSettings> webhooks =
                fields.mappings("webhooks", WEBHOOK_KEYS, each -> webhook(each, names));
        if (fields.size("webhooks") > MOST) {
            fields.problem("webhooks", "there may be " + MOST + " webhooks");
        }
        return webhooks;
    }

    private static Optional<WebhookSettings> webhook(Fields fields, Set<String> names) {
        Optional<String> name = fields.required("name", Scalar.parsed(EventSection::name));
        Optional<URI> url = fields.required("url", Scalar.parsed(EventSection::url));
        List<String> kinds =
                fields.scalars(
                        "kinds",
                        Scalar.oneOf(
                                EventKind::all,
                                word -> Optional.of(word).filter(EventKind.all()::contains)));
        Optional<Integer> seconds = fields.optional("timeout", Scalar.number(1, LONGEST_TIMEOUT));
        Optional<Path> token = fields.optional("token-file", Scalar.parsed(ApiSection::path));
        Optional<Path> secret = fields.optional("secret-file", Scalar.parsed(ApiSection::path));
        Optional<Path> authorities = fields.optional("ca-file", Scalar.parsed(ApiSection::path));
        List<IpPrefix> networks = fields.scalars("networks", Scalar.parsed(IpPrefix::parse));
        if (name.isPresent() && !names.add(name.get())) {
            fields.problem("name", "another webhook has the name " + name.get());
        }
        if (name.isEmpty() || url.isEmpty()) {
            return Optional.empty();
        }
        WebhookSettings webhook =
                new WebhookSettings(
                        name.get(),
                        url.get(),
                        kinds,
                        seconds.map(Duration::ofSeconds).orElse(WebhookSettings.TIMEOUT),
                        token,
                        secret,
                        authorities,
                        networks);
        check(fields, webhook);
        return Optional.of(webhook);
    }

    private static void check(Fields fields, WebhookSettings webhook) {
        boolean encrypted = "https".equals(webhook.url().getScheme());
        if (!encrypted && webhook.tokenFile().isPresent() && !isLoopback(webhook)) {
            fields.problem(
                    "token-file",
                    "anyone on the way could read the token; use https, or sign by secret-file"
                            + " instead");
        }
        if (!encrypted && webhook.caFile().isPresent()) {
            fields.problem("ca-file", "a URL of http has no certificate");
        }
        if (WebhookSettings.isLiteral(webhook.host()) && !webhook.networks().isEmpty()) {
            fields.problem("networks", "the URL has an address, not a name that leads to one");
        }
    }

    private static boolean isLoopback(WebhookSettings webhook) {
        return WebhookSettings.isLiteral(webhook.host())
                && InetAddress.ofLiteral(webhook.host()).isLoopbackAddress();
    }

    private static String name(String text) {
        if (!text.matches("[a-z0-9][a-z0-9_.-]{0,31}")) {
            throw Scalar.wrong(
                    "\""
                            + text
                            + "\" is no name: 1-32 of a-z, 0-9, \"_\", \".\" and \"-\", a letter or"
                            + " digit first");
        }
        return text;
    }

    /// The text is not shown: to know it may be enough to post there.
    private static URI url(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw Scalar.wrong(
                    "is no URL"
                            + (e.getIndex() < 0
                                    ? ""
                                    : ", from its character " + (e.getIndex() + 1) + " on"));
        }
        String scheme = String.valueOf(url.getScheme());
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw Scalar.wrong(
                    "begins neither with https:// nor with http://"
                            + Spelling.hint(scheme, List.of("https", "http")));
        }
        String host = url.getHost();
        if (host == null || host.endsWith(".") || host.indexOf('%') >= 0) {
            throw Scalar.wrong("has no host, or none that a certificate could name");
        }
        if (url.getPort() == 0 || url.getPort() > 0xFFFF) {
            throw Scalar.wrong("has a port that is not 1-65535");
        }
        if (url.getRawUserInfo() != null) {
            throw Scalar.wrong(
                    "has a user or a password; a token stands in a file, named by token-file");
        }
        if (url.getRawFragment() != null) {
            throw Scalar.wrong("has a fragment (#...), which is not sent");
        }
        if (text.length() > LONGEST_URL || !text.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw Scalar.wrong(
                    "is longer than "
                            + LONGEST_URL
                            + " characters, or has some that are not ASCII");
        }
        return url;
    }

    static List<String> lines(List<WebhookSettings> webhooks) {
        List<String> lines = new ArrayList<>();
        for (WebhookSettings webhook : webhooks) {
            lines.add("- name: " + quoted(webhook.name()));
            lines.add("  url: " + quoted(webhook.url()));
            if (!webhook.kinds().isEmpty()) {
                lines.add("  kinds: " + webhook.kinds());
            }
            if (!webhook.timeout().equals(WebhookSettings.TIMEOUT)) {
                lines.add("  timeout: " + webhook.timeout().toSeconds());
            }
            webhook.tokenFile().ifPresent(file -> lines.add("  token-file: " + quoted(file)));
            webhook.secretFile().ifPresent(file -> lines.add("  secret-file: " + quoted(file)));
            webhook.caFile().ifPresent(file -> lines.add("  ca-file: " + quoted(file)));
            if (!webhook.networks().isEmpty()) {
                lines.add(
                        "  networks: "
                                + webhook.networks().stream().map(YamlText::address).toList());
            }
        }
        return lines;
    }
}
