// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import io.fullnat.balancer.text.QuotedWord;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Health checks of a real server as lines of fullnat.
final class Checks {
    /// Keywords of times and tries, which may stand with the service, the server or the check.
    static final List<String> TIMES =
            List.of(
                    "delay_loop",
                    "connect_timeout",
                    "retry",
                    "nb_get_retry",
                    "nb_sock_retry",
                    "delay_before_retry",
                    "warmup",
                    "alpha");

    private final Findings findings;

    Checks(Findings findings) {
        this.findings = findings;
    }

    /// What holds where a check says nothing: of the service, then of the server.
    ///
    /// @param values by keyword
    /// @param virtualHost of pages
    /// @param port of the service, for servers without one; empty if there are several
    record Defaults(
            Map<String, String> values, Optional<String> virtualHost, Optional<String> port) {
        /// The same with what a server or a check says.
        Defaults with(Statement statement) {
            Map<String, String> more = new LinkedHashMap<>(values);
            more.put(statement.keyword(), statement.word(1).orElse("true"));
            return new Defaults(more, virtualHost, port);
        }

        Defaults withHost(Optional<String> host) {
            return new Defaults(values, host, port);
        }
    }

    static boolean isCheck(String keyword) {
        return keyword.endsWith("_CHECK")
                || keyword.equals("HTTP_GET")
                || keyword.equals("SSL_GET");
    }

    /// The lines for a check, several if it asks for several pages.
    List<String> of(Statement check, Defaults inherited) {
        Defaults defaults = inherited;
        List<Statement> others = new ArrayList<>();
        for (Statement each : check.block()) {
            if (TIMES.contains(each.keyword())) {
                defaults = defaults.with(each);
            } else if (each.keyword().equals("virtualhost")) {
                defaults = defaults.withHost(each.word(1));
            } else {
                others.add(each);
            }
        }
        Map<String, String> options = common(check, defaults, others);
        return switch (check.keyword()) {
            case "TCP_CHECK" -> List.of(line("tcp", options, rest(check, others)));
            case "PING_CHECK" -> List.of(line("ping", options, rest(check, others)));
            case "HTTP_GET", "SSL_GET" -> pages(check, defaults, others, options);
            case "DNS_CHECK" -> List.of(line("dns", options, dns(check, others)));
            case "UDP_CHECK" -> udp(check, others, options);
            case "SMTP_CHECK" -> {
                findings.differs(
                        check.place(),
                        "SMTP_CHECK becomes a tcp check that expects the greeting \"220\"; no HELO is sent");
                others.removeIf(each -> each.keyword().equals("helo_name"));
                Map<String, String> expected = rest(check, others);
                expected.put("expect", "220");
                options.putIfAbsent("port", "25");
                yield List.of(line("tcp", options, expected));
            }
            case "MISC_CHECK" -> {
                String path = value(check, "misc_path").orElse("");
                findings.leftOut(
                        check.place(),
                        "MISC_CHECK "
                                + path
                                + ": put the program into /etc/fullnat/checks and write a check"
                                + " \"command run=...\"; its exit status 0 is up, weights are not taken from it");
                yield List.of();
            }
            default -> {
                findings.leftOut(check.place(), check.keyword() + " has no counterpart");
                yield List.of();
            }
        };
    }

    private Map<String, String> common(Statement check, Defaults defaults, List<Statement> others) {
        Map<String, String> options = new LinkedHashMap<>();
        others.removeIf(each -> {
            switch (each.keyword()) {
                case "connect_port" -> each.word(1).ifPresent(port -> options.put("port", port));
                case "bindto" -> each.word(1).ifPresent(from -> options.put("source", from));
                default -> {
                    return false;
                }
            }
            return true;
        });
        defaults.port().ifPresent(port -> options.putIfAbsent("port", port));
        times(check, defaults.values(), options);
        return options;
    }

    private void times(Statement check, Map<String, String> values, Map<String, String> options) {
        String loop = values.getOrDefault("delay_loop", "60");
        options.put("interval", loop);
        options.put("timeout", values.getOrDefault("connect_timeout", "5"));
        String retry =
                values.getOrDefault(
                        "retry",
                        values.getOrDefault(
                                "nb_get_retry",
                                values.getOrDefault("nb_sock_retry", tries(check.keyword()))));
        int tries = number(check, "retry", retry) + 1;
        options.put("fall", String.valueOf(tries));
        if (truth(values.getOrDefault("alpha", "false"))) {
            options.put("initial", "down");
        }
        String between =
                values.getOrDefault(
                        "delay_before_retry", check.keyword().endsWith("_GET") ? "3" : "1");
        if (tries > 1 && !between.equals(loop)) {
            findings.differs(
                    check.place(),
                    check.keyword()
                            + " is asked again after delay_loop ("
                            + loop
                            + " s), not after delay_before_retry ("
                            + between
                            + " s): a server is found to be down after "
                            + loop
                            + " s times "
                            + tries
                            + "; lessen interval or fall if that is too long");
        }
        if (values.containsKey("warmup")) {
            findings.differs(
                    check.place(),
                    "warmup: checks begin at a random time of their first interval, always");
        }
    }

    /// How often keepalived asks again before it believes, unless told.
    private static String tries(String keyword) {
        return keyword.equals("DNS_CHECK") ? "3" : "1";
    }

    private List<String> pages(
            Statement check,
            Defaults defaults,
            List<Statement> others,
            Map<String, String> options) {
        String kind = check.keyword().equals("HTTP_GET") ? "http" : "https";
        boolean named = others.removeIf(each -> each.keyword().equals("enable_sni"));
        List<String> lines = new ArrayList<>();
        for (Statement each : others) {
            if (!each.keyword().equals("url")) {
                if (each.keyword().equals("fast_recovery")) {
                    continue; // as is so here: all pages are asked for at once
                }
                findings.leftOut(
                        each.place(),
                        each.keyword() + " " + each.rest() + " of " + check.keyword());
                continue;
            }
            Map<String, String> page = new LinkedHashMap<>();
            page.put("path", "/");
            page.put("status", "200-299");
            defaults.virtualHost().ifPresent(host -> page.put("host", host));
            each.block().forEach(part -> page(part, page));
            if (named && page.containsKey("host")) {
                page.put("sni", page.getOrDefault("host", ""));
            }
            lines.add(line(kind, options, page));
        }
        return lines;
    }

    private void page(Statement part, Map<String, String> page) {
        String value = part.rest();
        switch (part.keyword()) {
            case "path" -> page.put("path", value.isEmpty() ? "/" : value);
            case "status_code" -> page.put("status", value.replaceAll("\\s+", ","));
            case "virtualhost" -> page.put("host", value);
            case "regex" -> page.put("matches", value);
            case "digest" ->
                    findings.leftOut(
                            part.place(),
                            "digest "
                                    + value
                                    + ": the page is asked for, its content is not looked at; \"contains=\" or"
                                    + " \"matches=\" can");
            default -> findings.leftOut(part.place(), part.keyword() + " " + value + " of url");
        }
    }

    private Map<String, String> dns(Statement check, List<Statement> others) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("name", value(check, "name").orElse("."));
        options.put("type", value(check, "type").orElse("SOA").toUpperCase(Locale.ROOT));
        others.removeIf(each -> each.keyword().equals("name") || each.keyword().equals("type"));
        options.putAll(rest(check, others));
        return options;
    }

    private List<String> udp(Statement check, List<Statement> others, Map<String, String> options) {
        Map<String, String> more = new LinkedHashMap<>();
        String payload = "";
        boolean answered = false;
        List<Statement> unknown = new ArrayList<>();
        for (Statement each : others) {
            switch (each.keyword()) {
                case "payload" -> payload = bytes(each.rest());
                case "require_reply" -> {
                    answered = true;
                    if (each.words().size() > 1) {
                        findings.leftOut(
                                each.place(),
                                "require_reply "
                                        + each.rest()
                                        + ": any answer counts; \"expect=\" looks into it");
                    }
                }
                default -> unknown.add(each);
            }
        }
        if (payload.isEmpty()) {
            findings.differs(
                    check.place(), "UDP_CHECK without payload sends one byte, not random ones");
            payload = "\\x00";
        }
        more.put("send", payload);
        if (!answered) {
            more.put("silence", "up");
        }
        more.putAll(rest(check, unknown));
        return List.of(line("udp", options, more));
    }

    /// Hexadecimal digits, blanks between them as keepalived takes them.
    private static String bytes(String text) {
        StringBuilder bytes = new StringBuilder();
        for (String group : text.strip().split("\\s+", -1)) {
            for (int i = 0; i < group.length(); i += 2) {
                String pair = group.substring(i, Math.min(group.length(), i + 2));
                bytes.append("\\x")
                        .append(pair.length() == 1 ? "0" : "")
                        .append(pair.toUpperCase(Locale.ROOT));
            }
        }
        return bytes.toString();
    }

    /// Tells of what is not known of a check.
    private Map<String, String> rest(Statement check, List<Statement> others) {
        for (Statement each : others) {
            findings.leftOut(
                    each.place(),
                    (each.keyword() + " " + each.rest()).strip() + " of " + check.keyword());
        }
        return new LinkedHashMap<>();
    }

    private static Optional<String> value(Statement check, String keyword) {
        return check.block().stream()
                .filter(each -> each.keyword().equals(keyword))
                .findFirst()
                .map(Statement::rest);
    }

    private static String line(String kind, Map<String, String> options, Map<String, String> more) {
        StringBuilder line = new StringBuilder(kind);
        more.forEach((name, value) ->
                line.append(' ').append(name).append('=').append(QuotedWord.of(value)));
        options.forEach((name, value) ->
                line.append(' ').append(name).append('=').append(QuotedWord.of(value)));
        return line.toString();
    }

    static boolean truth(String word) {
        return List.of("true", "on", "yes").contains(word.toLowerCase(Locale.ROOT));
    }

    private int number(Statement check, String keyword, String text) {
        try {
            int number = new BigDecimal(text).intValueExact();
            if (number >= 0 && number < 1000) {
                return number;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // as one that is out of range
        }
        findings.leftOut(check.place(), keyword + " " + text + " is no number of tries");
        return 1;
    }
}
