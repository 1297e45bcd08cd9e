// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.io.PacketPort;
import io.fullnat.core.localport.ReturnPaths;
import java.util.List;
import java.util.stream.IntStream;

/// How answers of real servers find the worker that awaits them, port by port, as a balancer over
/// these ports arranges it.
public final class AnswerRouting {
    private AnswerRouting() {}

    /// What is done on each port.
    ///
    /// @param ports of one packet I/O, in its order
    /// @param workers how many there are
    /// @return a word for each port: `own` with one worker, else `predicted`, `rules` or
    ///   `handed-over`
    public static List<String> words(List<? extends PacketPort> ports, int workers) {
        ReturnPaths paths = new ReturnPaths(ports, workers);
        return IntStream.range(0, ports.size()).mapToObj(i -> paths.mode(i).word()).toList();
    }
}
