package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.PrintWriter;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns SIGHUP into a reload. Whatever comes of it is told in lines, and the balancer goes on.
///
/// A process that was started with SIGHUP ignored, as by `nohup`, goes on ignoring it.
///
/// Thread-safe: two signals in a row are two reloads, one after the other.
public final class HangUp {
    private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

    private final RunningBalancer balancer;
    private final PrintWriter out;
    private final PrintWriter err;

    /// Nothing is listened to yet.
    ///
    /// @param balancer to be reloaded
    /// @param out gets what changed
    /// @param err gets why nothing did
    public HangUp(RunningBalancer balancer, PrintWriter out, PrintWriter err) {
        this.balancer = balancer;
        this.out = out;
        this.err = err;
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
            List<ChangeLine> lines = balancer.reloader().run(false).lines();
            lines.forEach(out::println);
            out.println(OwnCommands.summary(false, lines.size()));
        } catch (BalancerException e) {
            String message = String.valueOf(e.getMessage());
            message.lines().forEach(line -> err.println("fullnat: not reloaded: " + line));
        } catch (RuntimeException e) {
            LOG.error("a fault in the reload; the balancer goes on", e);
            err.println("fullnat: not reloaded: a fault in fullnat itself: " + e);
        }
        out.flush();
        err.flush();
    }
}
