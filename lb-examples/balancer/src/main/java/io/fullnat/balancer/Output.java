// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// Standard output that remembers what went wrong: a [java.io.PrintWriter] over it swallows that,
/// and a command would end well with half of its output on a full disk. Used by one thread.
final class Output extends FilterOutputStream {
    /// What shells report of a program that SIGPIPE has ended.
    private static final int BROKEN_PIPE = 128 + 13;

    private @Nullable IOException failure;

    Output(OutputStream out) {
        super(out);
    }

    /// The standard output of this process.
    static Output ofProcess() {
        return new Output(new FileOutputStream(FileDescriptor.out));
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            failed(e);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            failed(e);
        }
    }

    private void failed(IOException e) throws IOException {
        if (failure == null) {
            failure = e;
        }
        throw e;
    }

    /// With what a command ends that would end with a status: with an error if it would end well,
    /// but not all was written. A reader that has gone, as `head` does, is no cause for words.
    ///
    /// @param status of the command
    /// @param err gets a line
    int status(int status, PrintStream err) {
        if (failure == null || status != 0) {
            return status;
        }
        String reason = Reason.of(failure);
        if (reason.contains("Broken pipe")) {
            return BROKEN_PIPE;
        }
        err.println("fullnat: the output could not be written: " + reason);
        return ErrorCode.OUTPUT.exitStatus();
    }
}
