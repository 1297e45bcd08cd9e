// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.text.Spelling;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the route of a request, checks the request against it, and turns whatever comes of it into
/// an answer. Knows nothing of sockets. Thread-safe.
public final class Router {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);
    private static final String BASE = "/v2";
    private static final String COMMAND = "/command";
    private static final Set<String> CHANGING = Set.of("PUT", "POST", "DELETE", "PATCH");
    private static final String FAULT = "a fault in the balancer itself; its log says more";
    private static final String READING = "GET, HEAD, OPTIONS";
    private static final int MAX_SHOWN = 80;

    private final List<ApiRoute> routes;
    private final Map<String, Page> pages;

    /// @param routes below the base
    /// @param pages by path, beside it
    Router(List<ApiRoute> routes, Map<String, Page> pages) {
        this.routes = List.copyOf(routes);
        this.pages = Map.copyOf(pages);
    }

    List<ApiRoute> routes() {
        return routes;
    }

    /// Whether a request can be to change something, as far as verb and path say; of command lines
    /// it is known when they have been read.
    public static boolean mayChange(String verb, String path) {
        return CHANGING.contains(verb) && !path.equals(BASE + COMMAND);
    }

    /// Whether what is at a path is for those, too, who bear no token.
    public boolean isOpen(String path) {
        Page page = pages.get(path);
        return page != null && page.isOpen();
    }

    /// Answers a request, and tells the attempt whose it is with what it was refused.
    ///
    /// @return also for a wrong one; never throws
    public Reply answer(ApiRequest request) {
        Attempt attempt = Attempt.current();
        try {
            return dispatch(request);
        } catch (Failure e) {
            attempt.refused(e.code(), e.message());
            return e.reply();
        } catch (BalancerException e) {
            attempt.refused(e);
            return Failure.of(e).reply();
        } catch (RuntimeException e) {
            attempt.refused(ErrorCode.INTERNAL, FAULT);
            return fault(e);
        }
    }

    /// What a client gets for a fault of the balancer: the details are for the operator's log.
    public static Reply.Value fault(RuntimeException e) {
        LOG.error("a fault in the API", e);
        Failure failure = new Failure(500, ErrorCode.INTERNAL, FAULT);
        return new Reply.Value(failure.status(), failure.body());
    }

    private Reply dispatch(ApiRequest request) {
        Page page = pages.get(request.path());
        if (page != null) {
            return read(page, request);
        }
        if (request.verb().equals("OPTIONS")) {
            return new Reply.Options(allow(request.path().equals("*") ? routes : find(request)));
        }
        ApiRoute route = one(request);
        if (route.place() == Place.SOCKET && request.place() != Place.SOCKET) {
            throw new Failure(
                    403,
                    ErrorCode.PERMISSION,
                    request.path() + " is answered over the Unix socket only");
        }
        if (route.isRefused()) {
            return route.handler().answer(new Call(Map.of(), Map.of(), Call.NO_BODY, ""));
        }
        Map<String, String> query = query(route, request.query());
        JsonNode body = body(route, request);
        return route.handler()
                .answer(
                        new Call(
                                variables(route, request.path()),
                                query,
                                body,
                                request.lastEventId()));
    }

    private static Reply read(Page page, ApiRequest request) {
        return switch (request.verb()) {
            case "GET", "HEAD" -> page.get(request);
            case "OPTIONS" -> new Reply.Options(READING);
            default ->
                    throw Failure.notAllowed(
                            request.path() + " can only be read; it has " + READING, READING);
        };
    }

    /// The routes of a path, whatever their verbs.
    private List<ApiRoute> find(ApiRequest request) {
        List<ApiRoute> there =
                routes.stream().filter(route -> matches(route, request.path())).toList();
        if (there.isEmpty()) {
            throw new Failure(
                    404,
                    ErrorCode.UNSUPPORTED,
                    "there is no path "
                            + shown(request.path())
                            + "; "
                            + (routes.isEmpty()
                                    ? "there is " + String.join(", ", pages.keySet())
                                    : BASE + "/openapi.json names all"));
        }
        return there;
    }

    /// The route of a request. HEAD asks for what GET answers, without the body.
    private ApiRoute one(ApiRequest request) {
        List<ApiRoute> there = find(request);
        String verb = request.verb().equals("HEAD") ? "GET" : request.verb();
        return there.stream()
                .filter(route -> route.verb().equals(verb))
                .findFirst()
                .orElseThrow(() ->
                        Failure.notAllowed(
                                shown(request.path())
                                        + " has no "
                                        + shown(request.verb())
                                        + "; it has "
                                        + allow(there),
                                allow(there)));
    }

    /// The verbs of routes, as the header `Allow` names them (RFC 9110 §10.2.1).
    private static String allow(List<ApiRoute> there) {
        Set<String> verbs = new TreeSet<>(Set.of("OPTIONS"));
        for (ApiRoute route : there) {
            if (!route.isRefused()) {
                verbs.add(route.verb());
            }
        }
        if (verbs.contains("GET")) {
            verbs.add("HEAD");
        }
        return String.join(", ", verbs);
    }

    private static String shown(String text) {
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
    }

    private static boolean matches(ApiRoute route, String path) {
        List<String> template = route.segments();
        Optional<List<String>> words = words(path);
        if (words.isEmpty() || words.get().size() != template.size()) {
            return false;
        }
        for (int i = 0; i < template.size(); i++) {
            boolean variable = template.get(i).startsWith("{");
            String word = words.get().get(i);
            if (variable ? word.isEmpty() : !template.get(i).equals(word)) {
                return false;
            }
        }
        return true;
    }

    /// The words of a path below the base.
    private static Optional<List<String>> words(String path) {
        return path.startsWith(BASE + "/")
                ? Optional.of(List.of(path.substring(BASE.length() + 1).split("/", -1)))
                : Optional.empty();
    }

    private static Map<String, String> variables(ApiRoute route, String path) {
        Map<String, String> variables = new HashMap<>();
        List<String> template = route.segments();
        List<String> words = words(path).orElseThrow();
        for (int i = 0; i < template.size(); i++) {
            String name = template.get(i);
            if (name.startsWith("{")) {
                variables.put(name.substring(1, name.length() - 1), words.get(i));
            }
        }
        return variables;
    }

    private static Map<String, String> query(ApiRoute route, String raw) {
        Map<String, String> values = new HashMap<>();
        for (String pair : raw.isEmpty() ? new String[0] : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "true" : decoded(pair.substring(equals + 1));
            Parameter parameter =
                    route.parameters().stream()
                            .filter(known -> known.name().equals(name))
                            .findFirst()
                            .orElseThrow(() -> unknown(route, name));
            if (parameter.flag() && !value.equals("true") && !value.equals("false")) {
                throw Failure.invalid(
                        "query parameter " + name + " is " + shown(value) + ", not true or false");
            }
            if (values.put(name, value) != null) {
                throw Failure.invalid("query parameter " + name + " is there twice");
            }
        }
        for (Parameter parameter : route.parameters()) {
            if (parameter.required() && !values.containsKey(parameter.name())) {
                throw Failure.invalid("query parameter " + parameter.name() + " is missing");
            }
        }
        return values;
    }

    private static Failure unknown(ApiRoute route, String name) {
        List<String> names = route.parameters().stream().map(Parameter::name).toList();
        return Failure.invalid(
                "there is no query parameter "
                        + shown(name)
                        + Spelling.hint(name, names)
                        + "; there are "
                        + (names.isEmpty() ? "none" : String.join(", ", names)));
    }

    /// A word of a query, without its escapes.
    static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("the query has a broken escape: " + shown(text));
        }
    }

    private static JsonNode body(ApiRoute route, ApiRequest request) {
        if (route.body().isEmpty()) {
            if (request.body().length > 0) {
                throw Failure.invalid(request.verb() + " of this path takes no body");
            }
            return Call.NO_BODY;
        }
        if (request.body().length == 0) {
            throw Failure.invalid("a body is needed: JSON of the model " + route.body().get());
        }
        String type = request.contentType().toLowerCase(Locale.ROOT);
        if (!type.equals("application/json")
                && !type.replace(" ", "").equals("application/json;charset=utf-8")) {
            throw new Failure(
                    415,
                    ErrorCode.INVALID_ARGUMENT,
                    "the body must be said to be JSON: send the header \"Content-Type:"
                            + " application/json\" (curl --json does)");
        }
        JsonNode body = Json.parse(request.body());
        Schemas.MODELS.check(route.body().get(), body);
        return body;
    }
}
