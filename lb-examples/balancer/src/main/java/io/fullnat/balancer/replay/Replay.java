// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ManualClock;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Frames of a capture through a configuration in memory: one worker, one thread, a clock that goes
/// by the capture, random choices that are the same each time. Nothing of it reaches a network:
/// health checks are answered with yes, addresses are announced to nobody. For one thread.
final class Replay implements AutoCloseable {
    private static final long SEED = 0x5EED;

    /// Of this replay and of each other one: cookies are the same then, and nobody's secrets are
    /// needed where a report is replayed.
    private static final CookieSecrets SECRETS = CookieSecrets.parse(List.of("5eed".repeat(8)));

    private static final int LINK_HEADER = 18;
    private static final int MAX_TURNS = 100_000;

    /// Addresses are announced, and looked for duplicates of, before the first frame.
    private static final Duration SETTLING = Duration.ofSeconds(6);

    private static final Duration STEP = Duration.ofMillis(100);

    /// However long nothing was captured, it takes no more steps than that.
    private static final int MAX_STEPS = 5_000;

    private final ManualClock clock = new ManualClock();
    private final ReplayPorts ports;
    private final NeighbourAnswers neighbours;
    private final FlowPairs pairs;
    private final FullNatBalancer balancer;
    private final List<ReplayedFrame> frames;
    private final ReplayListener listener;
    private final NewOutcomes ended;
    private long now;

    /// Makes the balancer.
    ///
    /// @param frames in order of their times
    /// @throws BalancerException if the configuration is refused
    Replay(Configuration configuration, List<ReplayedFrame> frames, ReplayListener listener) {
        this.frames = frames;
        this.listener = listener;
        OwnAddresses own = new OwnAddresses(configuration);
        ports = new ReplayPorts(configuration, own, frames);
        neighbours =
                new NeighbourAnswers(
                        frames.stream().filter(each -> !ports.isSent(each)), ports.names());
        pairs = new FlowPairs(own, frames.stream().filter(ports::isSent));
        try {
            balancer =
                    RunningBalancer.builder(ports.io(), configuration)
                            .workers(1)
                            .cpus(List.of())
                            .clock(clock)
                            .seed(SEED)
                            .cookieSecrets(SECRETS)
                            .probes(spec -> target -> ProbeResult.passed("not asked in a replay"))
                            .announcer(addresses -> Map.of())
                            .build();
            ended = new NewOutcomes(balancer.counters());
        } catch (BalancerException e) {
            ports.close();
            throw e;
        }
        try {
            apply(configuration);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void apply(Configuration configuration) {
        CompletableFuture<Void> done = balancer.control().submit(configuration.changes());
        for (int turn = 0; !done.isDone() && turn < MAX_TURNS; turn++) {
            balancer.doWork();
        }
        try {
            done.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BalancerException refused ? refused : e;
        }
    }

    ReplayPorts ports() {
        return ports;
    }

    /// Plays all frames.
    void run() {
        now = frames.isEmpty() ? 0 : frames.getFirst().packet().nanos();
        pass(SETTLING.toNanos(), false);
        for (ReplayedFrame frame : frames) {
            CapturedPacket packet = frame.packet();
            pass(Math.max(0, packet.nanos() - now), true);
            now = Math.max(now, packet.nanos());
            play(frame);
        }
        pass(Duration.ofSeconds(4).toNanos(), true); // who still waits for a neighbour
    }

    /// Lets time go by.
    private void pass(long nanos, boolean told) {
        long step = Math.max(STEP.toNanos(), nanos / MAX_STEPS);
        for (long left = nanos; left > 0; left -= step) {
            long next = Math.min(step, left);
            clock.advance(Duration.ofNanos(next));
            now += told ? next : 0;
            turn();
            exchange(told);
            List<Outcome> outcomes = ended.take();
            if (told && !outcomes.isEmpty()) {
                listener.ended(now, outcomes);
            }
        }
    }

    private void turn() {
        int idle = 0;
        for (int turn = 0; idle < 3 && turn < MAX_TURNS; turn++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
        }
    }

    private void play(ReplayedFrame frame) {
        int port = frame.port();
        CapturedPacket packet = frame.packet();
        byte[] bytes = packet.bytes();
        if (ports.isSent(frame)) {
            return;
        }
        Optional<String> why = whyNot(port, packet);
        if (why.isPresent()) {
            listener.passedOver(port, now, bytes, why.get());
            return;
        }
        byte[] addressed = pairs.addressed(bytes);
        ports.send(port, addressed);
        turn();
        List<Sent> sent = collect();
        List<Outcome> outcomes = ended.take();
        if (answer(sent)) {
            turn();
            sent.addAll(collect());
            outcomes.addAll(ended.take());
        }
        listener.received(port, now, addressed, outcomes);
        tell(sent);
    }

    /// Why a frame is not to be played; empty if it is.
    private Optional<String> whyNot(int port, CapturedPacket packet) {
        byte[] bytes = packet.bytes();
        if (!packet.isWhole()) {
            return Optional.of(
                    "cut off when it was captured, at "
                            + bytes.length
                            + " of "
                            + packet.length()
                            + " bytes");
        }
        if (bytes.length > ports.mtu(port) + LINK_HEADER) {
            return Optional.of(
                    "longer than the port's MTU of "
                            + ports.mtu(port)
                            + ": put together by the capturing device");
        }
        return bytes.length < 14
                ? Optional.of("shorter than a header of Ethernet")
                : Optional.empty();
    }

    /// A frame that has left.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record Sent(int port, byte[] bytes) {}

    private List<Sent> collect() {
        List<Sent> sent = new ArrayList<>();
        for (int port = 0; port < ports.count(); port++) {
            for (byte[] bytes : ports.receive(port)) {
                sent.add(new Sent(port, bytes));
            }
        }
        return sent;
    }

    private void exchange(boolean told) {
        List<Sent> sent = collect();
        if (answer(sent)) {
            turn();
            sent.addAll(collect());
        }
        if (told) {
            tell(sent);
        }
    }

    private void tell(List<Sent> sent) {
        for (Sent each : sent) {
            pairs.left(each.bytes);
            listener.sent(each.port, now, each.bytes);
        }
    }

    /// Answers for neighbours. That these answers were taken is nobody's outcome.
    private boolean answer(List<Sent> sent) {
        boolean any = false;
        for (Sent each : List.copyOf(sent)) {
            Optional<PacketBuilder> answer =
                    neighbours.answer(each.bytes, ports.mac(each.port), ports.name(each.port));
            if (answer.isPresent()) {
                byte[] frame = answer.get().toBytes();
                ports.send(each.port, frame);
                ended.leaveOut(frame);
                any = true;
            }
        }
        return any;
    }

    @Override
    public void close() {
        balancer.close();
        ports.close();
    }
}
