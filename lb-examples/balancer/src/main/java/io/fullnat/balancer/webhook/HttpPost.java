// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.text.Reason;
import io.fullnat.balancer.webhook.WebhookQueue.Message;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.common.tls.Tls;
import io.helidon.common.uri.UriInfo;
import io.helidon.common.uri.UriPath;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.ClientUri;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.Proxy;
import io.helidon.webclient.http1.Http1Client;
import io.helidon.webclient.http1.Http1ClientRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/// Posts messages to the URL of a webhook, each by a connection of its own to the address that
/// [Destination] has chosen for it. No proxy, no redirect, no cookie, nothing of the environment;
/// of the answer the status is all that is read, and all together takes no longer than the settings
/// allow, whatever the other end does. For one thread.
final class HttpPost implements Post {
    /// Longer heads of answers are no answers.
    private static final int MOST_HEADERS = 16 << 10;

    private final WebhookSettings settings;
    private final Credentials credentials;
    private final Destination destination;
    private final Clock clock;
    private final Http1Client client;
    private final ClientUri uri;
    private volatile InetAddress address = InetAddress.getLoopbackAddress();

    HttpPost(
            WebhookSettings settings,
            Credentials credentials,
            Destination destination,
            Clock clock) {
        this.settings = settings;
        this.credentials = credentials;
        this.destination = destination;
        this.clock = clock;
        uri = asWritten(settings.url());
        Duration limit = settings.timeout();
        client =
                Http1Client.builder()
                        .shareConnectionCache(false)
                        .keepAlive(false)
                        .followRedirects(false)
                        .proxy(Proxy.noProxy())
                        .dnsResolver((host, family) -> address)
                        .connectTimeout(limit)
                        .readTimeout(limit)
                        .sendExpectContinue(false)
                        .servicesDiscoverServices(false)
                        .tls(tls(credentials))
                        .protocolConfig(http -> http.maxHeaderSize(MOST_HEADERS))
                        .build();
    }

    /// A request's target is what stands in the URL, byte by byte: the path is taken raw, and to
    /// the client the query is a part of it, as it would write one anew.
    private static ClientUri asWritten(URI url) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        int standard = url.getScheme().equals("https") ? 443 : 80;
        return ClientUri.create(
                UriInfo.builder()
                        .scheme(url.getScheme())
                        .host(url.getHost())
                        .port(url.getPort() < 0 ? standard : url.getPort())
                        .path(UriPath.create(path + query))
                        .build());
    }

    private static Tls tls(Credentials credentials) {
        return Tls.builder()
                .sslContext(credentials.trust())
                .endpointIdentificationAlgorithm(Tls.ENDPOINT_IDENTIFICATION_HTTPS)
                .build();
    }

    @Override
    public int send(Message message, int turn) throws IOException, InterruptedException {
        FutureTask<Integer> exchange =
                new FutureTask<>(() -> {
                    InetAddress found = destination.address(turn);
                    if (Thread.interrupted()) {
                        throw new InterruptedException("too late"); // it is another request's turn
                    }
                    address = found;
                    return exchange(message);
                });
        // An interrupt closes the socket that a virtual thread waits for.
        Thread thread = Thread.ofVirtual().name("webhook-request").start(exchange);
        try {
            return exchange.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + settings.timeout().toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(words(e), e);
        } finally {
            thread.interrupt();
            thread.join(Duration.ofSeconds(1));
        }
    }

    private int exchange(Message message) {
        byte[] body = message.json().getBytes(StandardCharsets.UTF_8);
        long seconds = clock.instant().getEpochSecond();
        Http1ClientRequest request =
                client.post()
                        .uri(uri)
                        .contentType(MediaTypes.APPLICATION_JSON)
                        .header(HeaderNames.USER_AGENT, "fullnat/" + ProductVersion.text())
                        .header(HeaderNames.create("webhook-id"), message.id())
                        .header(HeaderNames.create("webhook-timestamp"), String.valueOf(seconds))
                        .header(HeaderNames.create("Idempotency-Key"), message.id());
        credentials
                .signature()
                .ifPresent(key ->
                        request.header(
                                HeaderNames.create("webhook-signature"),
                                key.sign(message.id(), seconds, body)));
        credentials
                .token()
                .ifPresent(token -> request.header(HeaderNames.AUTHORIZATION, "Bearer " + token));
        try (HttpClientResponse answer = request.submit(body)) {
            return answer.status().code();
        }
    }

    /// What went wrong, for the log: never a name of a class.
    private static String words(Throwable failure) {
        return switch (origin(failure)) {
            case SocketTimeoutException ignored -> "no answer in time";
            case SSLException tls -> "TLS: " + Reason.of(tls);
            case IOException io -> Reason.of(io);
            default -> "its answer is not of HTTP/1.1";
        };
    }

    /// The first that is of input and output; else the one behind all others.
    private static Throwable origin(Throwable failure) {
        Throwable cause = failure;
        while (!(cause instanceof IOException)) {
            Throwable next = cause.getCause();
            if (next == null) {
                return cause;
            }
            cause = next;
        }
        return cause;
    }
}
