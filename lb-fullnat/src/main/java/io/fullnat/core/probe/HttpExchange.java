// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;

/// Puts a request of HTTP and judges its answer. Thread-safe.
final class HttpExchange implements Attempt {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final HttpProbe probe;
    private final HttpVersion version;
    private final Optional<TlsClient> tls;
    private final Pattern pattern;

    HttpExchange(HttpProbe probe) {
        this.probe = probe;
        version =
                switch (probe.version()) {
                    case HTTP_1_1 -> new Http1();
                    case HTTP_2 -> new Http2();
                };
        tls = probe.tls().map(TlsClient::new);
        pattern = Pattern.compile(probe.matches());
    }

    @Override
    @SuppressWarnings("resource") // what is above the connection ends with it
    public ProbeResult ask(ProbeTarget target, Deadline deadline) throws IOException {
        HttpAnswer answer;
        try (ProbeSocket raw = ProbeSocket.open(target, deadline)) {
            Socket socket = tls.isPresent() ? secured(tls.get(), raw, target) : raw;
            answer =
                    version.ask(
                            probe,
                            authority(target),
                            socket.getInputStream(),
                            socket.getOutputStream());
            if (socket instanceof SSLSocket secure) {
                TlsClient.end(secure);
            }
        }
        return judge(answer, deadline);
    }

    private SSLSocket secured(TlsClient client, ProbeSocket raw, ProbeTarget target)
            throws IOException {
        SSLSocket socket = client.over(raw, target, version.protocol());
        if (probe.version() == HttpProbe.Version.HTTP_2
                && !version.protocol().equals(socket.getApplicationProtocol())) {
            throw new BadAnswerException("server does not speak HTTP/2 (ALPN)");
        }
        return socket;
    }

    private String authority(ProbeTarget target) {
        if (!probe.host().isEmpty()) {
            return probe.host();
        }
        String endpoint = target.endpoint().toString();
        int usual = tls.isPresent() ? HTTPS_PORT : HTTP_PORT;
        return target.endpoint().port() == usual
                ? endpoint.substring(0, endpoint.lastIndexOf(':'))
                : endpoint;
    }

    private ProbeResult judge(HttpAnswer answer, Deadline deadline) throws IOException {
        String status = "HTTP status " + answer.status();
        if (!probe.statuses().contains(answer.status())) {
            return ProbeResult.failed(status);
        }
        if (!HttpVersion.wantsBody(probe)) {
            return ProbeResult.passed(status);
        }
        String body = new String(answer.body(), UTF_8);
        return body.contains(probe.contains()) && matches(body, deadline)
                ? ProbeResult.passed(status + " and the body that is expected")
                : ProbeResult.failed(status + ", but not the body that is expected");
    }

    private boolean matches(String body, Deadline deadline) {
        try {
            return probe.matches().isEmpty()
                    || pattern.matcher(new TimedText(body, deadline)).find();
        } catch (StackOverflowError deep) { // thrown by expressions such as (a|b)* in long texts
            throw new SearchTooLongException(deep);
        }
    }

    /// A text that ends a search in it which takes too long, however an expression was written.
    ///
    /// @param text what is searched
    /// @param deadline when it has to be over
    private record TimedText(String text, Deadline deadline) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (deadline.isOver() || Thread.currentThread().isInterrupted()) {
                throw new SearchTooLongException();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }
    }
}
