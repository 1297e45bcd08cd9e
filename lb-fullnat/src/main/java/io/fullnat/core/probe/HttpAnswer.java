// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

/// What a server of HTTP answered.
final class HttpAnswer {
    /// The most bytes of a body that are read: what HTTP/2 lets a server send unasked.
    static final int MAX_BODY = 65_535;

    /// The most bytes of a header, with what precedes it.
    static final int MAX_HEADER = 65_536;

    private final int status;
    private final byte[] body;

    /// @param status of three digits
    /// @param body as much of it as was read; empty if nobody wants it
    HttpAnswer(int status, byte[] body) {
        this.status = status;
        this.body = body;
    }

    int status() {
        return status;
    }

    byte[] body() {
        return body;
    }

    static BadAnswerException tooLong() {
        return new BadAnswerException("HTTP header of more than " + MAX_HEADER + " bytes");
    }
}
