// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Reads `api` and `metrics`: where commands and programs reach the balancer. For one thread.
final class ApiSection {
    static final List<String> API_KEYS = List.of("socket", "tcp");
    static final List<String> TCP_KEYS =
            List.of("listen", "certificate", "key", "token-file", "token");

    static final List<String> METRICS_KEYS = List.of("listen", "certificate", "key", "token-file");

    /// Linux' `sun_path` less the zero byte at its end.
    private static final int MAX_SOCKET_BYTES = 107;

    private static final String NONE = "none";

    private final Fields file;

    ApiSection(Fields file) {
        this.file = file;
    }

    ApiSettings settings() {
        Optional<Fields> section = file.mapping("api", API_KEYS);
        ApiSettings api = section.map(ApiSection::api).orElse(ApiSettings.DEFAULT);
        return new ApiSettings(
                api.socket(),
                api.tcp(),
                file.mapping("metrics", METRICS_KEYS).flatMap(ApiSection::metrics));
    }

    private static ApiSettings api(Fields fields) {
        Optional<String> socket = fields.optional("socket", Scalar.parsed(ApiSection::socket));
        Optional<Path> path =
                socket.isEmpty()
                        ? ApiSettings.DEFAULT.socket()
                        : socket.filter(text -> !text.equals(NONE)).map(Path::of);
        return new ApiSettings(path, fields.mapping("tcp", TCP_KEYS).flatMap(ApiSection::tcp));
    }

    private static String socket(String text) {
        if (text.equals(NONE)) {
            return text;
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_BYTES) {
            throw wrong(
                    "\""
                            + text
                            + "\" is longer than the "
                            + MAX_SOCKET_BYTES
                            + " bytes that a Unix"
                            + " socket's path may have");
        }
        return path(text).toString();
    }

    static Path path(String text) {
        if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
            throw wrong("\"" + text + "\" is not an absolute path (as in /etc/fullnat/token)");
        }
        return PathText.parse(text);
    }

    private static Optional<ApiSettings.Tcp> tcp(Fields fields) {
        fields.optional("token", Scalar.parsed(ApiSection::noToken));
        Optional<ApiSettings.Tcp> tcp = listener(fields, "change the balancer");
        if (tcp.isPresent()
                && tcp.get().listen().getAddress().isLoopbackAddress()
                && fields.has("certificate") == fields.has("key")
                && !fields.has("token-file")
                && !fields.has("token")) {
            fields.problem(
                    "listen",
                    "every program of this machine could change the balancer; give token-file, or"
                            + " say token: none if that is meant");
        }
        if (fields.has("token-file") && fields.has("token")) {
            fields.problem("token", "there is a token-file, too; leave one of both out");
        }
        return tcp;
    }

    /// What is read there changes nothing, so programs of this machine need no token.
    private static Optional<ApiSettings.Tcp> metrics(Fields fields) {
        return listener(fields, "read all of its metrics");
    }

    /// @param danger what anybody could do who reaches it
    private static Optional<ApiSettings.Tcp> listener(Fields fields, String danger) {
        Optional<InetSocketAddress> listen =
                fields.required("listen", Scalar.parsed(ApiSection::listen));
        Optional<Path> certificate =
                fields.optional("certificate", Scalar.parsed(ApiSection::path));
        Optional<Path> key = fields.optional("key", Scalar.parsed(ApiSection::path));
        Optional<Path> token = fields.optional("token-file", Scalar.parsed(ApiSection::path));
        boolean encrypted = fields.has("certificate") && fields.has("key");
        if (fields.has("certificate") != fields.has("key")) {
            fields.missing(fields.has("key") ? "certificate" : "key");
        } else if (listen.isPresent()
                && !listen.get().getAddress().isLoopbackAddress()
                && (!encrypted || !fields.has("token-file"))) {
            fields.problem(
                    "listen",
                    listen.get().getAddress().getHostAddress()
                            + " is no loopback address: anyone who reaches it could "
                            + danger
                            + "; give certificate, key and token-file, or listen on 127.0.0.1");
        }
        Optional<ApiSettings.Tls> tls =
                certificate.flatMap(chain -> key.map(own -> new ApiSettings.Tls(chain, own)));
        return listen.map(address -> new ApiSettings.Tcp(address, tls, token));
    }

    private static String noToken(String text) {
        if (!text.equals(NONE)) {
            // The text is not shown: it may well be the token.
            throw wrong("only none is allowed; a token stands in a file, named by token-file");
        }
        return text;
    }

    /// An address as it stands, never a name: nothing is asked of a name server.
    private static InetSocketAddress listen(String text) {
        Endpoint endpoint = Endpoint.parse(text);
        return new InetSocketAddress(
                InetAddress.ofLiteral(endpoint.address().toString()), endpoint.port());
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
