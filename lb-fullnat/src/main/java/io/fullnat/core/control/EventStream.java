// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.core.transmit.FaultLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells listeners what happens, each in order and at its own pace: one that blocks holds up
/// neither the balancer nor another listener.
///
/// **Thread-safety:** all methods, from any thread.
final class EventStream {
    /// Events that may wait for one listener; further ones are lost to it.
    static final int MOST_WAITING = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private record Told(BalancerListener listener, SerialExecutor serial) {}

    private final List<Told> all = new CopyOnWriteArrayList<>();
    private final Executor executor;
    private final FaultLog faults;

    /// @param executor calls the listeners
    /// @param faults gets what they throw
    EventStream(Executor executor, FaultLog faults) {
        this.executor = executor;
        this.faults = faults;
    }

    void add(BalancerListener listener) {
        all.add(
                new Told(
                        listener,
                        new SerialExecutor(executor, faults, "the listener " + listener)));
    }

    void remove(BalancerListener listener) {
        all.removeIf(told -> told.listener.equals(listener));
    }

    /// One line, unless it has one where it comes from. A transaction may be long, and is in the
    /// audit log of those who keep one.
    private static void log(BalancerEvent event) {
        switch (event) {
            case BalancerEvent.Fault _,
                    BalancerEvent.ConditionBegan _,
                    BalancerEvent.ConditionEnded _,
                    BalancerEvent.ServerHealthChanged _,
                    BalancerEvent.AnnouncementChanged _,
                    BalancerEvent.NeighbourMoved _ -> {}
            case BalancerEvent.Applied _ -> LOG.debug("{}", event);
            case BalancerEvent.AddressDraining(IpAddress address, String device) ->
                    LOG.info("local address {} of {} drains", address, device);
            case BalancerEvent.AddressReleased(IpAddress address, String device) ->
                    LOG.info("local address {} of {} has drained", address, device);
            case BalancerEvent.CaptureBegan(String what) ->
                    LOG.info("somebody captures packets: {}", what);
            case BalancerEvent.CaptureEnded(Duration lasted, long captured, long lost) ->
                    LOG.info(
                            "the capture is over after {} s: {} frames, {} lost",
                            lasted.toSeconds(),
                            captured,
                            lost);
            case BalancerEvent.ConfigurationReloaded(long revision, int changes) ->
                    LOG.info("reloaded, changes {}, revision {}", changes, revision);
            case BalancerEvent.ConfigurationRefused(String reason) ->
                    LOG.info("not reloaded: {}", reason);
        }
    }

    synchronized void tell(BalancerEvent event) {
        log(event);
        for (Told told : all) {
            if (told.serial.waiting() < MOST_WAITING) {
                told.serial.add(() -> told.listener.onEvent(event));
            } else {
                faults.report(
                        "the listener " + told.listener,
                        new IllegalStateException(
                                MOST_WAITING + " events wait for it; others are lost to it"));
            }
        }
    }
}
