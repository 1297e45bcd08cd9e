// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What operators read of a probe that failed: the same words for the same trouble, and of what a
/// peer says only printed ASCII, and little. Thread-safe.
final class FailureText {
    private static final int MAX_LENGTH = 120;
    private static final int MAX_CAUSES = 8;

    private FailureText() {}

    /// What a failure says of the server: nothing, if it was here.
    static ProbeResult result(IOException failure, ProbeTarget target) {
        String text = of(failure, target);
        return failure instanceof CannotAskException || failure instanceof BindException
                ? ProbeResult.unknown(text)
                : ProbeResult.failed(text);
    }

    private static String cannotAsk(IOException local, ProbeTarget target) {
        return "cannot ask from "
                + target.source().map(Object::toString).orElse("this machine")
                + ": "
                + printed(local.getMessage());
    }

    static String of(IOException failure, ProbeTarget target) {
        return switch (failure) {
            case BadAnswerException bad -> String.valueOf(bad.getMessage());
            case SocketTimeoutException _ ->
                    "no answer within " + target.timeout().toMillis() + " ms";
            case PortUnreachableException _ -> "port unreachable (ICMP)";
            case NoRouteToHostException _ -> "no route to the server";
            case CannotAskException local -> cannotAsk(local, target);
            case BindException bind -> cannotAsk(bind, target);
            case ConnectException connect -> printed(connect.getMessage()).toLowerCase(Locale.ROOT);
            case EOFException _ -> "connection closed by the server";
            case SSLException tls -> "TLS: " + printed(rootOf(tls).getMessage());
            default -> printed(failure.getMessage()).toLowerCase(Locale.ROOT);
        };
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        for (int depth = 0; depth < MAX_CAUSES && root.getCause() != null; depth++) {
            root = root.getCause();
        }
        return root;
    }

    /// A text from elsewhere, made harmless.
    static String printed(@Nullable String text) {
        if (text == null) {
            return "failed";
        }
        StringBuilder printed = new StringBuilder();
        for (int i = 0; i < text.length() && printed.length() < MAX_LENGTH; i++) {
            char one = text.charAt(i);
            if (one == '\n' || one == '\r') {
                break;
            }
            printed.append(one >= ' ' && one <= '~' ? one : '?');
        }
        return printed.toString().strip();
    }
}
