package io.fullnat.balancer.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.http.ApiRoute.Parameter;
import io.fullnat.balancer.http.ApiRoute.Place;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the route of a request, checks the request against it, and turns whatever comes of it into
/// an answer. Knows nothing of sockets. Thread-safe.
final class Router {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);
    private static final String BASE = "/v2";
    private static final int MAX_SHOWN = 80;

    private final List<ApiRoute> routes;

    Router(List<ApiRoute> routes) {
        this.routes = List.copyOf(routes);
    }

    List<ApiRoute> routes() {
        return routes;
    }

    /// Answers a request.
    ///
    /// @return also for a wrong one; never throws
    Reply answer(Request request) {
        try {
            return dispatch(request);
        } catch (Failure e) {
            return new Reply.Value(e.status(), e.body());
        } catch (BalancerException e) {
            Failure failure = Failure.of(e);
            return new Reply.Value(failure.status(), failure.body());
        } catch (RuntimeException e) {
            return fault(e);
        }
    }

    /// What a client gets for a fault of the balancer: the details are for the operator's log.
    static Reply.Value fault(RuntimeException e) {
        LOG.error("a fault in the API", e);
        Failure failure =
                new Failure(
                        500,
                        ErrorCode.INTERNAL,
                        "a fault in the balancer itself; its log says more");
        return new Reply.Value(failure.status(), failure.body());
    }

    private Reply dispatch(Request request) {
        ApiRoute route = find(request);
        if (route.place() == Place.SOCKET && request.place() != Place.SOCKET) {
            throw new Failure(
                    403,
                    ErrorCode.PERMISSION,
                    request.path() + " is answered over the Unix socket only");
        }
        if (route.isRefused()) {
            return route.handler().answer(new Call(Map.of(), Map.of(), Call.NO_BODY));
        }
        Map<String, String> query = query(route, request.query());
        JsonNode body = body(route, request);
        return route.handler().answer(new Call(variables(route, request.path()), query, body));
    }

    private ApiRoute find(Request request) {
        List<ApiRoute> there =
                routes.stream().filter(route -> matches(route, request.path())).toList();
        if (there.isEmpty()) {
            throw new Failure(
                    404,
                    ErrorCode.UNSUPPORTED,
                    "there is no path "
                            + shown(request.path())
                            + "; "
                            + BASE
                            + "/openapi.json names all");
        }
        Optional<ApiRoute> exact =
                there.stream().filter(route -> route.verb().equals(request.verb())).findFirst();
        return exact.orElseThrow(() -> {
            TreeSet<String> verbs = new TreeSet<>();
            there.forEach(route -> verbs.add(route.verb()));
            return new Failure(
                    405,
                    ErrorCode.UNSUPPORTED,
                    shown(request.path())
                            + " has no "
                            + shown(request.verb())
                            + "; it has "
                            + String.join(", ", verbs));
        });
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
                        + "; there are "
                        + (names.isEmpty() ? "none" : String.join(", ", names)));
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("the query has a broken escape: " + shown(text));
        }
    }

    private static JsonNode body(ApiRoute route, Request request) {
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
