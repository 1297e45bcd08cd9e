// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRoute.Answer;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.config.EventKind;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.event.EventText;
import io.fullnat.balancer.event.Subscription;
import io.fullnat.balancer.text.Spelling;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/// What happens, as it happens: server-sent events. Thread-safe.
final class EventRoutes {
    private static final String TYPE = "text/event-stream";

    private final EventHub hub;

    EventRoutes(EventHub hub) {
        this.hub = hub;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", "/events", "What happens, as server-sent events", this::events)
                        .with(
                                new Parameter(
                                        "kind",
                                        false,
                                        false,
                                        "kinds of events, with commas between; all if not said"))
                        .answers(new Answer(200, Optional.empty(), TYPE)));
    }

    private Reply events(Call call) {
        List<String> kinds =
                Optional.ofNullable(call.query().get("kind"))
                        .map(EventRoutes::kinds)
                        .orElse(List.of());
        Subscription events =
                hub.listen(
                                told -> kinds.isEmpty() || kinds.contains(told.kind()),
                                call.lastEventId())
                        .orElseThrow(() ->
                                new Failure(
                                        503,
                                        ErrorCode.CAPACITY,
                                        EventHub.MOST_LISTENERS
                                                + " clients listen to events already; close one"
                                                + " (a browser has one for each tab)"));
        return new Reply.Stream(TYPE, "", new Body(events));
    }

    private static List<String> kinds(String text) {
        List<String> kinds = List.of(text.split(",", -1));
        for (String kind : kinds) {
            if (!EventKind.all().contains(kind)) {
                throw Failure.invalid(
                        "there is no kind of events of that name"
                                + Spelling.hint(kind, EventKind.all())
                                + "; there are "
                                + String.join(", ", EventKind.all()));
            }
        }
        return kinds;
    }

    private record Body(Subscription events) implements Reply.Body {
        @Override
        public void write(OutputStream out) throws IOException {
            new EventText(events).write(out);
        }

        @Override
        public void close() {
            events.close();
        }
    }
}
