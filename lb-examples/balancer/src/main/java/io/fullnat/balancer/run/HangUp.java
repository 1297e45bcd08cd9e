// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import org.slf4j.Logger;

/// Turns SIGHUP into a reload. Whatever comes of it is told in lines of the log, whatever its level
/// is, and the balancer goes on.
///
/// A process that was started with SIGHUP ignored, as by `nohup`, goes on ignoring it.
///
/// Thread-safe: two signals in a row are two reloads, one after the other.
public final class HangUp {
    private static final Logger LOG = Notices.reload();

    private final RunningBalancer balancer;
    private final Audit audit;

    /// Nothing is listened to yet.
    ///
    /// @param balancer to be reloaded
    /// @param audit gets a line for each signal
    public HangUp(RunningBalancer balancer, Audit audit) {
        this.balancer = balancer;
        this.audit = audit;
    }

    /// Starts to listen, until the process ends.
    public void install() {
        // By reflection because javac warns of each mention of these classes and cannot be told
        // otherwise; the module jdk.unsupported exports them for lack of any other way.
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            type.getMethod("handle", type, handler)
                    .invoke(
                            null,
                            type.getConstructor(String.class).newInstance("HUP"),
                            MethodHandleProxies.asInterfaceInstance(handler, reloading()));
        } catch (ReflectiveOperationException e) {
            throw new BalancerException(ErrorCode.INTERNAL, "cannot listen to SIGHUP", e);
        }
    }

    private MethodHandle reloading() throws ReflectiveOperationException {
        MethodHandle reload =
                MethodHandles.lookup()
                        .findVirtual(HangUp.class, "reload", MethodType.methodType(void.class))
                        .bindTo(this);
        return MethodHandles.dropArguments(reload, 0, Object.class);
    }

    /// What a signal does. Never throws.
    synchronized void reload() {
        try {
            List<ChangeLine> lines =
                    audit.attempt(() -> "SIGHUP", balancer.reloader().words(), this::changes);
            lines.forEach(line -> LOG.info("{}", line));
            LOG.info("{}", OwnCommands.summary(false, lines.size()));
        } catch (BalancerException e) {
            String.valueOf(e.getMessage())
                    .lines()
                    .forEach(line -> LOG.error("not reloaded: {}", line));
        } catch (Throwable e) { // out of memory, for one
            LOG.error("not reloaded: a fault in fullnat itself; the balancer goes on", e);
        }
    }

    private List<ChangeLine> changes() {
        Attempt attempt = Attempt.current();
        attempt.isChange();
        try {
            return balancer.reloader().run(false).lines();
        } catch (BalancerException e) {
            throw e;
        } catch (Throwable e) {
            attempt.refused(ErrorCode.INTERNAL, "a fault in fullnat itself; the log says more");
            throw e;
        }
    }
}
