// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The balancer's live page, on loopback, for who knows a token that is made for it. Thread-safe.
final class LivePage implements AutoCloseable {
    private static final int TOKEN_BYTES = 16;

    private final ApiServer server;
    private final URI address;

    private LivePage(ApiServer server, URI address) {
        this.server = server;
        this.address = address;
    }

    /// Begins to serve it.
    ///
    /// @param operations of the balancer; stay the caller's
    /// @return to be closed before the balancer
    /// @throws BalancerException if it cannot be
    static LivePage open(Operations operations) {
        String token = token();
        Path file = null;
        try {
            file =
                    Files.createTempFile(
                            "fullnat-demo",
                            ".token",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, token);
            InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            ApiServer server =
                    ApiServer.start(
                            new ApiSettings(
                                    Optional.empty(),
                                    Optional.of(
                                            new ApiSettings.Tcp(
                                                    loopback,
                                                    Optional.empty(),
                                                    Optional.of(file)))),
                            operations,
                            Commands.over(operations));
            return new LivePage(
                    server,
                    URI.create(
                            "http://127.0.0.1:"
                                    + server.tcpPort().orElseThrow()
                                    + "/#token="
                                    + token));
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.OUTPUT, "cannot keep the page's token: " + Reason.of(e), e);
        } finally {
            delete(file); // the listener has read it
        }
    }

    private static String token() {
        byte[] secret = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(secret);
        return HexFormat.of().formatHex(secret);
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where it is, with the token behind `#`, which browsers send to nobody.
    URI address() {
        return address;
    }

    @Override
    public void close() {
        server.close();
    }
}
