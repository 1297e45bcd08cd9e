// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// A request of HTTP, by a connection of its own; its answer needs a status, and may need a
/// content. At most 64 KiB of a body are read. Made by a [Builder]. Immutable and thread-safe.
public final class HttpProbe implements ProbeSpec {
    /// The word for it without TLS.
    public static final String PLAIN_WORD = "http";

    /// The word for it with TLS.
    public static final String SECURE_WORD = "https";

    private static final String HEADER = "header.";
    private static final int MAX_TEXT = 1024;
    private static final int MAX_METHOD = 16;
    private static final int MAX_HEADERS = 32;
    private static final int MAX_HEADER_TEXT = 8192;
    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";

    private final Builder said;
    private final Map<String, String> headers;

    /// Told and hashed once: each change of a balancer looks probes up by them.
    private final Map<String, String> options;

    private final int hash;

    /// The protocol's versions.
    public enum Version {
        /// HTTP/1.1 (RFC 9112).
        HTTP_1_1("1.1"),
        /// HTTP/2 (RFC 9113); without TLS by prior knowledge.
        HTTP_2("2");

        private final String word;

        Version(String word) {
            this.word = word;
        }

        /// Its number.
        ///
        /// @return `1.1` or `2`
        public String word() {
            return word;
        }

        static Version of(String word) {
            for (Version version : values()) {
                if (version.word.equals(word)) {
                    return version;
                }
            }
            throw ProbeOptions.wrong("\"" + word + "\" is neither 1.1 nor 2");
        }
    }

    private HttpProbe(Builder builder) {
        said = new Builder();
        said.take(builder);
        headers = Collections.unmodifiableMap(said.headers);
        options = told(said);
        hash = Objects.hash(said.tls == null ? PLAIN_WORD : SECURE_WORD, options);
    }

    /// Begins a `GET /` by HTTP/1.1 without TLS that needs a status of 200 to 399.
    ///
    /// @return a builder of it
    public static Builder builder() {
        return new Builder();
    }

    static HttpProbe read(ProbeOptions options, boolean secure) {
        Builder builder = builder();
        if (secure) {
            builder.tls(TlsSettings.read(options));
        }
        builder.version(options.parsed("version", "1.1", Version::of))
                .method(options.text("method", builder.method))
                .host(options.text("host", ""))
                .path(options.text("path", builder.path))
                .statuses(options.parsed("status", "200-399", StatusRanges::parse))
                .contains(options.text("contains", ""))
                .matches(options.text("matches", ""));
        options.rest(HEADER).forEach(builder::header);
        return builder.build();
    }

    /// How it speaks TLS.
    ///
    /// @return empty if it does not
    public Optional<TlsSettings> tls() {
        return Optional.ofNullable(said.tls);
    }

    /// The protocol's version.
    ///
    /// @return 1.1 or 2
    public Version version() {
        return said.version;
    }

    /// The method.
    ///
    /// @return for example `GET`
    public String method() {
        return said.method;
    }

    /// The host that is asked for.
    ///
    /// @return empty for what is probed, address and port
    public String host() {
        return said.host;
    }

    /// Path and query.
    ///
    /// @return begins with `/`
    public String path() {
        return said.path;
    }

    /// Further fields of the request's header.
    ///
    /// @return by name, unmodifiable
    public Map<String, String> headers() {
        return headers;
    }

    /// Which statuses pass.
    ///
    /// @return at least one
    public StatusRanges statuses() {
        return said.statuses;
    }

    /// What the body has to contain.
    ///
    /// @return empty if it need not contain anything
    public String contains() {
        return said.contains;
    }

    /// The regular expression that something in the body has to match.
    ///
    /// @return empty if there is none
    public String matches() {
        return said.matches;
    }

    @Override
    public String word() {
        return said.tls == null ? PLAIN_WORD : SECURE_WORD;
    }

    @Override
    public Map<String, String> options() {
        return options;
    }

    private static Map<String, String> told(Builder said) {
        Builder usual = builder();
        ProbeOptions.Told told = new ProbeOptions.Told();
        told.put("version", said.version.word(), usual.version.word())
                .put("method", said.method, usual.method)
                .put("host", said.host, "")
                .put("path", said.path, usual.path)
                .put("status", said.statuses, usual.statuses)
                .put("contains", said.contains, "")
                .put("matches", said.matches, "");
        said.headers.forEach((name, value) -> told.put(HEADER + name, value, ""));
        if (said.tls != null) {
            said.tls.tell(told);
        }
        return told.map();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof HttpProbe that
                        && hash == that.hash
                        && word().equals(that.word())
                        && options().equals(that.options()));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return ProbeOptions.line(word(), options());
    }

    /// Makes probes. For one thread; may go on after [#build()].
    public static final class Builder {
        private @Nullable TlsSettings tls;
        private Version version = Version.HTTP_1_1;
        private String method = "GET";
        private String host = "";
        private String path = "/";
        private StatusRanges statuses = StatusRanges.USUAL;
        private String contains = "";
        private String matches = "";
        private Map<String, String> headers = new LinkedHashMap<>();

        private Builder() {}

        private void take(Builder other) {
            tls = other.tls;
            version = other.version;
            method = other.method;
            host = other.host;
            path = other.path;
            statuses = other.statuses;
            contains = other.contains;
            matches = other.matches;
            headers = new LinkedHashMap<>(other.headers);
        }

        /// With TLS.
        ///
        /// @param settings how
        /// @return this
        public Builder tls(TlsSettings settings) {
            tls = requireNonNull(settings, "settings");
            return this;
        }

        /// By another version.
        ///
        /// @param other 1.1 if not said
        /// @return this
        public Builder version(Version other) {
            version = requireNonNull(other, "other");
            return this;
        }

        /// With another method.
        ///
        /// @param name `GET` if not said; the request has no body
        /// @return this
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for what is no
        ///   method, and for `CONNECT`
        public Builder method(String name) {
            if (!name.matches("[A-Z-]{1," + MAX_METHOD + "}") || name.equals("CONNECT")) {
                throw ProbeOptions.wrong(
                        "method \"" + name + "\" is not one in capitals (as GET, HEAD, OPTIONS)");
            }
            method = name;
            return this;
        }

        /// For another host.
        ///
        /// @param name the field `Host`, with a port if there is to be one; empty for what is
        ///   probed
        /// @return this
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for what is no
        ///   host
        public Builder host(String name) {
            if (!name.matches("[A-Za-z0-9._:\\[\\]-]{0,255}")) {
                throw ProbeOptions.wrong(
                        "host \"" + name + "\" is not a host, with or without a port");
            }
            host = name;
            return this;
        }

        /// Another path.
        ///
        /// @param text path and query, `/` if not said
        /// @return this
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it does not
        ///   begin with `/` or has what must be written as `%HH`
        public Builder path(String text) {
            if (!ProbeOptions.requireToken("path", text, MAX_TEXT).startsWith("/")) {
                throw ProbeOptions.wrong("path \"" + text + "\" does not begin with /");
            }
            path = text;
            return this;
        }

        /// A further field of the header, or another value for it.
        ///
        /// @param name of the field
        /// @param value printed ASCII
        /// @return this
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for what cannot
        ///   stand there, for fields that belong to the connection, and for more than 32
        public Builder header(String name, String value) {
            if (!name.matches(TOKEN) || name.length() > MAX_TEXT) {
                throw ProbeOptions.wrong("header \"" + name + "\" is not the name of a field");
            }
            if (name.matches(
                    "(?i)host|connection|content-length|transfer-encoding|upgrade|te|expect|keep-alive")) {
                throw ProbeOptions.wrong(
                        "header \""
                                + name
                                + "\" is the connection's own"
                                + (name.equalsIgnoreCase("host") ? "; say host=..." : ""));
            }
            if (value.length() > MAX_TEXT
                    || !value.equals(value.strip())
                    || value.isEmpty()
                    || value.chars().anyMatch(one -> one < ' ' || one > '~')) {
                throw ProbeOptions.wrong(
                        "header "
                                + name
                                + " \""
                                + value
                                + "\" is not 1-1024 characters of printed ASCII without blanks at"
                                + " either end");
            }
            if (headers.size() == MAX_HEADERS && !headers.containsKey(name)) {
                throw ProbeOptions.wrong(
                        "check has more than " + MAX_HEADERS + " headers; leave some out");
            }
            headers.put(name, value);
            return this;
        }

        /// Other statuses that pass.
        ///
        /// @param others 200 to 399 if not said
        /// @return this
        public Builder statuses(StatusRanges others) {
            statuses = requireNonNull(others, "others");
            return this;
        }

        /// What the body has to contain.
        ///
        /// @param text in UTF-8; empty for nothing
        /// @return this
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it is too long
        public Builder contains(String text) {
            contains = bounded("contains", text);
            return this;
        }

        /// What something in the body has to match. An expression that takes longer than the probe
        /// may fails the probe.
        ///
        /// @param expression a regular expression of Java; empty for none
        /// @return this
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it is none
        public Builder matches(String expression) {
            try {
                Pattern.compile(bounded("matches", expression));
            } catch (PatternSyntaxException wrong) {
                throw ProbeOptions.wrong(
                        "matches \""
                                + expression
                                + "\" is not a regular expression: "
                                + wrong.getDescription());
            }
            matches = expression;
            return this;
        }

        private static String bounded(String what, String text) {
            if (text.length() > MAX_TEXT) {
                throw ProbeOptions.wrong(
                        what + " has " + text.length() + " characters; not more than " + MAX_TEXT);
            }
            return text;
        }

        /// Makes the probe.
        ///
        /// @return a new value
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if a body is
        ///   needed that `HEAD` does not bring
        public HttpProbe build() {
            if (method.equals("HEAD") && !(contains.isEmpty() && matches.isEmpty())) {
                throw ProbeOptions.wrong(
                        "method HEAD brings no body that could be looked at; say method=GET, or"
                                + " leave contains and matches out");
            }
            if (headers.entrySet().stream()
                            .mapToInt(field -> field.getKey().length() + field.getValue().length())
                            .sum()
                    > MAX_HEADER_TEXT) {
                throw ProbeOptions.wrong(
                        "headers of the check have more than "
                                + MAX_HEADER_TEXT
                                + " characters; leave some out");
            }
            return new HttpProbe(this);
        }
    }
}
