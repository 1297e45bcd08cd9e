// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.Failure;
import io.fullnat.balancer.api.Rights;
import io.fullnat.balancer.config.ApiSettings;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Who may ask over a TCP listener. Thread-safe.
///
/// @param token that each request must bear; empty if none need
/// @param local whether only this host can reach the listener
record Admission(Optional<Token> token, boolean local) {
    /// Over the Unix socket: the file's mode has decided.
    static final Admission ALL = new Admission(Optional.empty(), false);

    /// Checks what is configured: plain and open only on loopback.
    ///
    /// @param key of the configuration, for messages
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] naming what is missing
    static Admission of(String key, ApiSettings.Tcp tcp) {
        InetAddress address = tcp.listen().getAddress();
        if (address == null) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    key
                            + ": "
                            + tcp.listen().getHostString()
                            + " is no address of this host; write one, as in 127.0.0.1:8082");
        }
        List<String> missing = new ArrayList<>();
        if (!address.isLoopbackAddress() && tcp.tls().isEmpty()) {
            missing.add("TLS (" + key + ".certificate and " + key + ".key)");
        }
        if (!address.isLoopbackAddress() && tcp.tokenFile().isEmpty()) {
            missing.add("a token (" + key + ".token-file)");
        }
        if (!missing.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    key
                            + ": "
                            + address.getHostAddress()
                            + " can be reached by others, so it needs "
                            + String.join(" and ", missing)
                            + "; or listen on 127.0.0.1");
        }
        return new Admission(tcp.tokenFile().map(Token::read), address.isLoopbackAddress());
    }

    /// With what a request is let in, for the audit log.
    ///
    /// @return empty if nothing is needed
    String credential() {
        return token.map(known -> " with the token " + known.fingerprint()).orElse("");
    }

    /// Refuses a request that must not be answered.
    ///
    /// @param authorization the header, empty if it is missing
    /// @param host the header, empty if it is missing
    /// @param origin the header, empty if it is missing
    void check(String authorization, String host, String origin) {
        if (token.isPresent()) {
            if (!token.get().isIn(authorization)) {
                throw new Failure(
                        401,
                        ErrorCode.PERMISSION,
                        authorization.isEmpty()
                                ? "a token is needed: send \"Authorization: Bearer TOKEN\""
                                : "the token is wrong");
            }
            return;
        }
        // Without a token a page in a browser on this host must not get in: neither under a name
        // that its owner has pointed at 127.0.0.1, nor by a request across origins.
        if (local && (!isLoopback(host) || !origin.isEmpty())) {
            throw new Failure(
                    403,
                    ErrorCode.PERMISSION,
                    "without a token only local programs are answered: no Origin header, and the"
                            + " host must be 127.0.0.1, [::1] or localhost");
        }
        // Over the Unix socket a browser comes by a tunnel: there its own page may do something.
        if (!local) {
            refuseOthers(host, origin);
        }
    }

    /// Refuses the files of the page to pages from elsewhere. Its own asks with an Origin header
    /// for its scripts.
    ///
    /// @param host the header, empty if it is missing
    /// @param origin the header, empty if it is missing
    void checkPage(String host, String origin) {
        if (token.isPresent()) {
            return; // which is what other pages lack
        }
        if (local && !isLoopback(host)) {
            throw new Failure(
                    403,
                    ErrorCode.PERMISSION,
                    "without a token the page is at 127.0.0.1, [::1] or localhost only");
        }
        refuseOthers(host, origin);
    }

    private static void refuseOthers(String host, String origin) {
        if (!origin.isEmpty() && !(isLoopback(host) && origin.equals("http://" + host))) {
            throw new Failure(
                    403, ErrorCode.PERMISSION, "the Origin header names a page from elsewhere");
        }
    }

    /// What a page may do that comes from here.
    Rights rights() {
        return local && token.isEmpty()
                ? new Rights(
                        false,
                        false,
                        "This listener has no token, so it lets no page in a browser change"
                                + " anything: give it one by api.tcp.token-file, or use the"
                                + " command line.")
                : new Rights(token.isPresent(), true, "");
    }

    private static boolean isLoopback(String host) {
        String name = host.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.equals("[::1]")
                || name.matches("127(\\.[0-9]{1,3}){3}");
    }
}
