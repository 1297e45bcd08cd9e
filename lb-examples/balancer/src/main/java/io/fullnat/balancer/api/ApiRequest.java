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
    private final String ifNoneMatch;
    private final Rights rights;

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
        this(verb, path, query, contentType, body, place, "", "", "", "", Rights.UNKNOWN);
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
            String lastEventId,
            String ifNoneMatch,
            Rights rights) {
        this.verb = verb;
        this.path = path;
        this.query = query;
        this.contentType = contentType;
        this.body = body;
        this.place = place;
        this.accept = accept;
        this.acceptEncoding = acceptEncoding;
        this.lastEventId = lastEventId;
        this.ifNoneMatch = ifNoneMatch;
        this.rights = rights;
    }

    /// The same request of a client that says what it takes.
    ///
    /// @param types the header `Accept`, empty if it is missing
    /// @param encodings the header `Accept-Encoding`, empty if it is missing
    /// @return another object
    public ApiRequest accepting(String types, String encodings) {
        return with(types, encodings, lastEventId, ifNoneMatch, rights);
    }

    /// The same request of a client that goes on reading events.
    ///
    /// @param id the header `Last-Event-ID`, empty if it is missing
    /// @return another object
    public ApiRequest after(String id) {
        return with(accept, acceptEncoding, id, ifNoneMatch, rights);
    }

    /// The same request of a client that has something already.
    ///
    /// @param tags the header `If-None-Match`, empty if it is missing
    /// @return another object
    public ApiRequest unless(String tags) {
        return with(accept, acceptEncoding, lastEventId, tags, rights);
    }

    /// The same request to a listener.
    ///
    /// @param allowed what it lets pages do
    /// @return another object
    public ApiRequest with(Rights allowed) {
        return with(accept, acceptEncoding, lastEventId, ifNoneMatch, allowed);
    }

    private ApiRequest with(
            String types, String encodings, String id, String tags, Rights allowed) {
        return new ApiRequest(
                verb, path, query, contentType, body, place, types, encodings, id, tags, allowed);
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

    String ifNoneMatch() {
        return ifNoneMatch;
    }

    Rights rights() {
        return rights;
    }
}
