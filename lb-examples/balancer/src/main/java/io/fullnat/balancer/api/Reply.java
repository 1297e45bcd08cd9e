// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.balancer.page.PageFile;
import java.io.IOException;
import java.io.OutputStream;

/// What a route answers.
public sealed interface Reply {
    /// A JSON value.
    record Value(int status, JsonNode body) implements Reply {}

    /// A text of another type.
    record Text(String type, String body) implements Reply {}

    /// No body, but what may be asked of the path.
    ///
    /// @param allow verbs, as the header `Allow` has them
    record Options(String allow) implements Reply {}

    /// An error: the path takes other verbs.
    ///
    /// @param allow verbs, as the header `Allow` has them
    record NotAllowed(String allow, JsonNode body) implements Reply {}

    /// A file that is the same for everybody.
    ///
    /// @param known whether the client has it, and needs to be told no more than that
    record Document(PageFile file, boolean known) implements Reply {}

    /// Lines of JSON, one after the other, for as long as it takes.
    record Lines(Writer writer) implements Reply {}

    /// Bytes that are made while they are sent.
    ///
    /// @param type of the body
    /// @param encoding the header `Content-Encoding`, empty if there is none
    /// @param body closed when it was written, or will not be
    record Stream(String type, String encoding, Body body) implements Reply {}

    /// A body that is made while it is sent.
    interface Body extends AutoCloseable {
        /// Writes it on the client's thread; a slow client slows it.
        ///
        /// @param out stays open
        /// @throws IOException if the client is gone
        void write(OutputStream out) throws IOException;

        @Override
        void close();
    }

    /// Writes the lines of one answer.
    @FunctionalInterface
    interface Writer {
        /// Writes them on the client's thread; a slow client slows it.
        void write(LineSink lines);
    }

    /// Where lines go. For one thread.
    interface LineSink {
        /// Appends a line.
        ///
        /// @return false if the client is gone: more is in vain
        boolean send(JsonNode line);

        /// Lets the client have what is there.
        ///
        /// @return false if the client is gone
        boolean flush();
    }

    /// The answer 200.
    static Reply ok(JsonNode body) {
        return new Value(200, body);
    }
}
