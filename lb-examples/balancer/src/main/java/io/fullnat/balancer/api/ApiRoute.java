// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// One verb on one path: what it takes, what it answers, and who answers.
///
/// @param verb GET, PUT, POST or DELETE
/// @param template the path with `{names}` for what varies
/// @param summary one line for the API's document
/// @param parameters of the query
/// @param body the name of the body's model, empty if there is none
/// @param answers what a success looks like
/// @param place from where it can be called
/// @param handler who answers
public record ApiRoute(
        String verb,
        String template,
        String summary,
        List<Parameter> parameters,
        Optional<String> body,
        List<Answer> answers,
        Place place,
        Handler handler) {
    /// Answers a request.
    @FunctionalInterface
    interface Handler {
        /// Answers.
        ///
        /// @throws Failure if it is refused
        /// @throws io.fullnat.api.BalancerException if the balancer refuses it
        Reply answer(Call call);
    }

    /// From where a route can be called.
    public enum Place {
        /// From everywhere.
        ANY,
        /// Over the Unix socket only.
        SOCKET
    }

    /// A parameter of the query.
    ///
    /// @param name as in the query
    /// @param flag whether it is true or false; else any text
    /// @param required whether it must be there
    /// @param summary for the API's document
    record Parameter(String name, boolean flag, boolean required, String summary) {}

    /// A success.
    ///
    /// @param status of HTTP
    /// @param model of the body, or of each line; empty if it is no JSON
    /// @param type of the body
    public record Answer(int status, Optional<String> model, String type) {
        public static final String JSON = "application/json";
        public static final String NDJSON = "application/x-ndjson";
    }

    /// A route without parameters and body that answers nothing yet.
    static ApiRoute of(String verb, String template, String summary, Handler handler) {
        return new ApiRoute(
                verb,
                template,
                summary,
                List.of(),
                Optional.empty(),
                List.of(),
                Place.ANY,
                handler);
    }

    ApiRoute flag(String name, String meaning) {
        return with(new Parameter(name, true, false, meaning));
    }

    ApiRoute with(Parameter parameter) {
        List<Parameter> more = Stream.concat(parameters.stream(), Stream.of(parameter)).toList();
        return new ApiRoute(verb, template, summary, more, body, answers, place, handler);
    }

    ApiRoute takes(String model) {
        return new ApiRoute(
                verb, template, summary, parameters, Optional.of(model), answers, place, handler);
    }

    ApiRoute answers(int status, String model) {
        return answers(new Answer(status, Optional.of(model), Answer.JSON));
    }

    ApiRoute answersLines(String model) {
        return answers(new Answer(200, Optional.of(model), Answer.NDJSON));
    }

    ApiRoute answers(Answer answer) {
        List<Answer> more = Stream.concat(answers.stream(), Stream.of(answer)).toList();
        return new ApiRoute(verb, template, summary, parameters, body, more, place, handler);
    }

    ApiRoute onSocketOnly() {
        return new ApiRoute(
                verb, template, summary, parameters, body, answers, Place.SOCKET, handler);
    }

    /// Whether it is there only to say that this balancer does not have it.
    boolean isRefused() {
        return answers.isEmpty();
    }

    /// The names and fixed words of the template.
    List<String> segments() {
        return List.of(template.substring(1).split("/"));
    }
}
