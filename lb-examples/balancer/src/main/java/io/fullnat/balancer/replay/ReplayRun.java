// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.text.Reason;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What `fullnat replay` does.
public final class ReplayRun {
    private ReplayRun() {}

    /// Replays captures.
    ///
    /// @param configuration what to run them through
    /// @param captures files, each with `PORT=` in front if it does not name its port
    /// @param out gets a line for each frame, and what it came to
    /// @param capture gets the replay as pcapng, if it is wanted
    /// @throws BalancerException if a capture or the configuration is wrong; what stands before the
    ///   place where a capture is damaged has been replayed then
    public static void run(
            Configuration configuration,
            List<String> captures,
            PrintWriter out,
            Optional<OutputStream> capture) {
        ReplayInput input = new ReplayInput(configuration.ports());
        captures.forEach(input::add);
        List<ReplayedFrame> frames = input.frames();
        long start = frames.isEmpty() ? 0 : frames.getFirst().packet().nanos();
        List<String> ports = configuration.ports().stream().map(PortSettings::name).toList();
        ReplayText text = new ReplayText(out, ports::get, start);
        List<ReplayListener> listeners = new ArrayList<>(List.of(text));
        Optional<BufferedOutputStream> file = capture.map(BufferedOutputStream::new);
        file.ifPresent(to -> listeners.add(new ReplayPcapng(to, ports)));
        try (Replay replay = new Replay(configuration, frames, new All(listeners))) {
            replay.run();
            if (file.isPresent()) {
                file.get().flush();
            }
        } catch (IOException | UncheckedIOException e) {
            throw unwritten(e);
        }
        text.summary();
        out.flush();
        if (input.damage().isPresent()) {
            throw input.damage().get();
        }
    }

    private static BalancerException unwritten(Exception e) {
        Throwable cause = e.getCause();
        return new BalancerException(
                ErrorCode.OUTPUT,
                "the capture cannot be written: " + Reason.of(cause == null ? e : cause),
                e);
    }

    /// Tells several.
    private record All(List<ReplayListener> listeners) implements ReplayListener {
        @Override
        public void received(int port, long nanos, byte[] bytes, List<Outcome> outcomes) {
            listeners.forEach(each -> each.received(port, nanos, bytes, outcomes));
        }

        @Override
        public void passedOver(int port, long nanos, byte[] bytes, String why) {
            listeners.forEach(each -> each.passedOver(port, nanos, bytes, why));
        }

        @Override
        public void sent(int port, long nanos, byte[] bytes) {
            listeners.forEach(each -> each.sent(port, nanos, bytes));
        }

        @Override
        public void ended(long nanos, List<Outcome> outcomes) {
            listeners.forEach(each -> each.ended(nanos, outcomes));
        }
    }
}
