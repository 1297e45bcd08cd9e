// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Writes events as they happen in the format of server-sent events, until the reader is gone. For
/// one thread.
public final class EventText {
    /// A reader hears something at least this often, so that either side notices that the other is
    /// gone.
    static final Duration QUIET = Duration.ofSeconds(10);

    private final Subscription events;
    private final Duration quiet;

    /// Of one listener.
    ///
    /// @param events closed by its owner
    public EventText(Subscription events) {
        this(events, QUIET);
    }

    EventText(Subscription events, Duration quiet) {
        this.events = events;
        this.quiet = quiet;
    }

    /// Writes until there will be no more.
    ///
    /// @param out where to
    /// @throws IOException if the reader is gone
    public void write(OutputStream out) throws IOException {
        send(out, "retry: 2000\n\n");
        try {
            while (!events.isClosed()) {
                Told told = events.next(quiet);
                long lost = events.takeLost();
                if (lost > 0) {
                    send(out, "event: lost\ndata: {\"lost\":" + lost + "}\n\n");
                }
                send(out, told == null ? ":\n\n" : text(told));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String text(Told told) {
        return "id: " + told.id() + "\nevent: " + told.kind() + "\ndata: " + told.json() + "\n\n";
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
