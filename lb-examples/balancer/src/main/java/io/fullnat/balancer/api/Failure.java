// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.Serial;

/// A request that is refused: an HTTP status and the body that goes with it.
public final class Failure extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// Of HTTP.
    private final int status;

    /// Of the balancer.
    private final ErrorCode code;

    /// What the path takes instead, empty if that is not what is wrong.
    private final String allow;

    public Failure(int status, ErrorCode code, String message) {
        this(status, code, message, "");
    }

    private Failure(int status, ErrorCode code, String message, String allow) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.allow = allow;
    }

    /// The path has no such verb.
    ///
    /// @param allow those that it has, as the header `Allow` names them
    static Failure notAllowed(String message, String allow) {
        return new Failure(405, ErrorCode.UNSUPPORTED, message, allow);
    }

    /// A value in the request is wrong.
    public static Failure invalid(String message) {
        return new Failure(400, ErrorCode.INVALID_ARGUMENT, message);
    }

    /// The request asks for what this balancer does not have.
    static Failure unsupported(String message) {
        return new Failure(501, ErrorCode.UNSUPPORTED, message);
    }

    public static Failure of(BalancerException cause) {
        return new Failure(statusOf(cause.code()), cause.code(), text(cause.getMessage()));
    }

    private static String text(@org.jspecify.annotations.Nullable String message) {
        return message == null ? "no reason given" : message;
    }

    int status() {
        return status;
    }

    public ErrorCode code() {
        return code;
    }

    /// What exactly is wrong.
    public String message() {
        return text(getMessage());
    }

    /// What is answered.
    public Reply reply() {
        return allow.isEmpty()
                ? new Reply.Value(status, body())
                : new Reply.NotAllowed(allow, body());
    }

    /// The body: `{"error":"NO_SERVICE","status":10,"message":"..."}`.
    public ObjectNode body() {
        return Json.object()
                .put("error", code.name())
                .put("status", code.exitStatus())
                .put("message", message());
    }

    /// The HTTP status of a class of error: the one place that decides it.
    static int statusOf(ErrorCode code) {
        return switch (code) {
            case INVALID_ARGUMENT, INVALID_CONFIGURATION, NO_SCHEDULER -> 400;
            case PERMISSION -> 403;
            case NO_SERVICE,
                    NO_REAL_SERVER,
                    NO_LOCAL_ADDRESS,
                    NO_ACCESS_RULE,
                    NO_CONNECTION,
                    NO_PORT,
                    NO_ADDRESS,
                    NO_ROUTE,
                    NO_NEIGHBOUR,
                    NO_SET,
                    NO_SET_ENTRY ->
                    404;
            case SERVICE_EXISTS,
                    REAL_SERVER_EXISTS,
                    LOCAL_ADDRESS_EXISTS,
                    ACCESS_RULE_EXISTS,
                    ADDRESS_EXISTS,
                    ADDRESS_IN_USE,
                    ROUTE_EXISTS,
                    SET_EXISTS,
                    SET_ENTRY_EXISTS,
                    SET_IN_USE,
                    STALE,
                    CHECK_FAILED ->
                    409;
            case INTERNAL, OUTPUT, WOULD_DEADLOCK -> 500;
            case UNSUPPORTED -> 501;
            case CAPACITY,
                    WORKER_TIMEOUT,
                    WORKER_REFUSED,
                    CLOSED,
                    NO_BALANCER,
                    TRANSACTION_TIMEOUT,
                    MISSING_LIBRARY,
                    DEVICE,
                    MEMORY ->
                    503;
        };
    }
}
