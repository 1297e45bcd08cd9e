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

/// Who may ask over a listener. Thread-safe.
///
/// @param token that each request must bear; empty if none need
/// @param local whether it is a TCP listener that only this host can reach
/// @param scheme by which a browser reaches it, `http` or `https`
record Admission(Optional<Token> token, boolean local, String scheme) {
    /// Over the Unix socket: the file's mode has decided, and a browser comes by a tunnel.
    static final Admission ALL = new Admission(Optional.empty(), false, "http");

    /// What a request says of where it comes from.
    ///
    /// @param host the header, empty if it is missing
    /// @param origin the header, empty if it is missing
    /// @param site the header `Sec-Fetch-Site` of browsers, empty if it is missing
    /// @param opened whether somebody opens it in a window of a browser
    record Source(String host, String origin, String site, boolean opened) {}

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
        return new Admission(
                tcp.tokenFile().map(Token::read),
                address.isLoopbackAddress(),
                tcp.tls().isPresent() ? "https" : "http");
    }

    /// The same for a listener that is there already, whose scheme stays.
    Admission at(Admission present) {
        return new Admission(token, local, present.scheme);
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
    void check(String authorization, Source source) {
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
        if (local && (!isLoopback(source.host) || !source.origin.isEmpty())) {
            throw refusal(
                    "without a token only local programs are answered: no Origin header, and the"
                            + " host must be 127.0.0.1, [::1] or localhost");
        }
        // Over the Unix socket a browser comes by a tunnel: there its own page may do something.
        if (!local) {
            refuseOthers(source);
        }
        refuseSites(source);
    }

    /// Refuses the files of the page to pages from elsewhere. Its own asks with an Origin header
    /// for its scripts, and a link may lead to it from anywhere.
    void checkPage(Source source) {
        if (token.isPresent()) {
            return; // which is what other pages lack
        }
        if (local && !isLoopback(source.host)) {
            throw refusal("without a token the page is at 127.0.0.1, [::1] or localhost only");
        }
        refuseOthers(source);
        if (!source.opened) {
            refuseSites(source);
        }
    }

    /// A browser sends no Origin header when a page asks its own host, so the host alone tells of a
    /// name that somebody has pointed at the near end of a tunnel. Programs need not send it.
    private void refuseOthers(Source source) {
        String host = source.host;
        if (!host.isEmpty() && !isLoopback(host)) {
            throw refusal("without a token the host must be 127.0.0.1, [::1] or localhost");
        }
        if (!source.origin.isEmpty()
                && (host.isEmpty() || !source.origin.equals(scheme + "://" + host))) {
            throw refusal("the Origin header names a page from elsewhere");
        }
    }

    /// An image or a script of a page from elsewhere is asked for without an Origin header.
    private static void refuseSites(Source source) {
        String site = source.site.toLowerCase(Locale.ROOT);
        if (site.equals("cross-site") || site.equals("same-site")) {
            throw refusal("the Sec-Fetch-Site header tells of a page from elsewhere");
        }
    }

    private static Failure refusal(String reason) {
        return new Failure(403, ErrorCode.PERMISSION, reason);
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
