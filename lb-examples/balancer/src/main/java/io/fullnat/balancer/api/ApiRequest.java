// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.balancer.api.ApiRoute.Place;

/// A request as it came. Immutable, as long as nobody changes the body; thread-safe.
public final class ApiRequest {
    private final String verb;
    private final String path;
    private final String query;
    private final String contentType;
    private final byte[] body;
    private final Place place;
    private final String accept;
    private final String acceptEncoding;
    private final String lastEventId;

    /// A request.
    ///
    /// @param verb of HTTP
    /// @param path as in the request line, escapes and all
    /// @param query as in the request line, empty if there is none
    /// @param contentType of the body, empty if not said
    /// @param body empty if there is none
    /// @param place over which kind of socket it came
    public ApiRequest(
            String verb, String path, String query, String contentType, byte[] body, Place place) {
        this(verb, path, query, contentType, body, place, "", "", "");
    }

    private ApiRequest(
            String verb,
            String path,
            String query,
            String contentType,
            byte[] body,
            Place place,
            String accept,
            String acceptEncoding,
            String lastEventId) {
        this.verb = verb;
        this.path = path;
        this.query = query;
        this.contentType = contentType;
        this.body = body;
        this.place = place;
        this.accept = accept;
        this.acceptEncoding = acceptEncoding;
        this.lastEventId = lastEventId;
    }

    /// The same request of a client that says what it takes.
    ///
    /// @param types the header `Accept`, empty if it is missing
    /// @param encodings the header `Accept-Encoding`, empty if it is missing
    /// @return another object
    public ApiRequest accepting(String types, String encodings) {
        return new ApiRequest(
                verb, path, query, contentType, body, place, types, encodings, lastEventId);
    }

    /// The same request of a client that goes on reading events.
    ///
    /// @param id the header `Last-Event-ID`, empty if it is missing
    /// @return another object
    public ApiRequest after(String id) {
        return new ApiRequest(
                verb, path, query, contentType, body, place, accept, acceptEncoding, id);
    }

    String verb() {
        return verb;
    }

    String path() {
        return path;
    }

    String query() {
        return query;
    }

    String contentType() {
        return contentType;
    }

    byte[] body() {
        return body;
    }

    Place place() {
        return place;
    }

    String accept() {
        return accept;
    }

    String acceptEncoding() {
        return acceptEncoding;
    }

    String lastEventId() {
        return lastEventId;
    }
}
