// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.api.Failure;
import io.fullnat.balancer.api.Json;
import io.fullnat.balancer.client.Client;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Asks a running balancer for its overview and for a page of a list.
final class SocketSource implements AnswerSource {
    private static final String OVERVIEW = "/v2/overview";
    private static final String NONE = "";

    /// A page of as many rows as there can be has some hundred thousand.
    private static final int MOST_BYTES = 4 << 20;

    /// The kind of what goes up and down.
    static final String LEVEL = "level";

    /// What workers do all the time, whatever comes: shown as how busy they are.
    private static final Pattern HOUSEKEEPING = Pattern.compile("BUSY_.*|CYCLES|BURSTS_.*");

    private final Function<String, JsonNode> resources;

    /// @param resources what a balancer has at a path
    SocketSource(Function<String, JsonNode> resources) {
        this.resources = resources;
    }

    /// Asks over a Unix socket.
    static SocketSource at(Path socket) {
        return new SocketSource(path -> {
            try {
                return Json.parse(Client.get(socket, path, MOST_BYTES));
            } catch (Failure e) {
                throw new BalancerException(
                        ErrorCode.CLOSED,
                        "what answers is no balancer, or its answer broke off: it is no JSON",
                        e);
            }
        });
    }

    @Override
    public Answer ask(Query query) {
        JsonNode overview = overview();
        if (!query.view().isPaged()) {
            List<JsonNode> rows = rows(query.view(), overview);
            return new Answer(
                    query,
                    overview,
                    nanos(overview),
                    rows,
                    rows.size(),
                    rows.size(),
                    OptionalLong.empty());
        }
        JsonNode page = resources.apply(path(query));
        List<JsonNode> rows = new ArrayList<>();
        page.path(query.view().list()).forEach(rows::add);
        return new Answer(
                query,
                overview,
                nanos(page),
                rows,
                page.path("matched").asLong(),
                page.path("total").asLong(),
                page.path("templates").isNumber()
                        ? OptionalLong.of(page.path("templates").asLong())
                        : OptionalLong.empty());
    }

    private JsonNode overview() {
        try {
            return resources.apply(OVERVIEW);
        } catch (BalancerException e) {
            if (e.code() == ErrorCode.UNSUPPORTED) {
                throw new BalancerException(
                        ErrorCode.UNSUPPORTED,
                        "the balancer is older than this command: it has no " + OVERVIEW,
                        e);
            }
            throw e;
        }
    }

    private static long nanos(JsonNode answer) {
        return answer.path("monotonicNanos").asLong();
    }

    private static String path(Query query) {
        StringBuilder path = new StringBuilder(OVERVIEW).append('/').append(query.view().page());
        query.view()
                .column(query.sort())
                .flatMap(ListColumn::asked)
                .ifPresent(word -> path.append("?sort=").append(word));
        path.append("&offset=").append(query.offset()).append("&limit=").append(query.limit());
        if (query.reverse()) {
            path.append("&reverse=true");
        }
        if (!query.filter().isEmpty()) {
            path.append("&search=").append(encoded(query.filter()));
        }
        query.service().ifPresent(id -> path.append("&service=").append(encoded(id)));
        return path.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static List<JsonNode> rows(View view, JsonNode overview) {
        List<JsonNode> rows = new ArrayList<>();
        if (view == View.OUTCOMES) {
            overview.path("outcomes")
                    .properties()
                    .forEach(each -> rows.add(outcome(each.getKey(), each.getValue().asLong())));
            overview.path("counters")
                    .properties()
                    .forEach(each -> rows.add(counter(each.getKey(), each.getValue().asLong())));
            rows.removeIf(row ->
                    row.path("count").asLong() == 0
                            || HOUSEKEEPING.matcher(row.path("name").asText()).matches());
        } else {
            overview.path(view.word()).forEach(rows::add);
        }
        return rows;
    }

    private static ObjectNode outcome(String name, long count) {
        Optional<Outcome> known = named(Outcome.values(), name);
        return row(name, count)
                .put(
                        "kind",
                        known.map(each -> each.kind().name().toLowerCase(Locale.ROOT)).orElse(NONE))
                .put("meaning", known.map(Outcome::meaning).orElse(NONE));
    }

    private static ObjectNode counter(String name, long count) {
        Optional<Counter> known = named(Counter.values(), name);
        return row(name, count)
                .put("kind", known.filter(Counter::isGauge).isPresent() ? LEVEL : "counter")
                .put("meaning", known.map(Counter::meaning).orElse(NONE));
    }

    private static ObjectNode row(String name, long count) {
        return JsonNodeFactory.instance.objectNode().put("name", name).put("count", count);
    }

    /// Empty for what only a newer balancer has.
    private static <E extends Enum<E>> Optional<E> named(E[] all, String name) {
        return Arrays.stream(all).filter(each -> each.name().equals(name)).findFirst();
    }
}
