// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.health.Announcer;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.ReversePath;
import io.fullnat.balancer.attribute.KnownSchedulers;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.CookieSecretsFile;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A balancer that works by a configuration, with the ports that it owns. Thread-safe.
public final class RunningBalancer implements Operations, AutoCloseable {
    private final PacketIo io;
    private final FullNatBalancer balancer;
    private final Control control;
    private final Reload reload;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong buffersLost = new AtomicLong();

    private RunningBalancer(
            PacketIo io,
            FullNatBalancer balancer,
            Configuration configuration,
            Optional<Path> file) {
        this.io = io;
        this.balancer = balancer;
        control = new AuditedControl(balancer.control());
        reload = new Reload(control, configuration, file);
        reload.follow(new CookieSecretsSource(configuration, balancer::useCookieSecrets));
    }

    /// Gets ready what a balancer over DPDK will need, beside and without waiting, so that it
    /// forwards its first packet earlier.
    public static void prepare() {
        Preparation.begin();
    }

    /// Opens the configured ports through DPDK and starts to forward. Virtual addresses are
    /// announced by routes of the kernel.
    ///
    /// @param configuration what to open and to forward
    /// @param file where it was read from and will be read again
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if anything of it cannot be had; nothing is left open then
    public static RunningBalancer overDpdk(Configuration configuration, Path file) {
        return start(
                DpdkPorts.open(configuration),
                configuration,
                Optional.of(file),
                Optional.of(KernelRoutes.of(configuration)));
    }

    /// Opens the configured ports through DPDK and starts to forward. It cannot be reloaded, and
    /// announces no virtual address.
    ///
    /// @param configuration what to open and to forward
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if anything of it cannot be had; nothing is left open then
    public static RunningBalancer overDpdk(Configuration configuration) {
        return start(DpdkPorts.open(configuration), configuration, Optional.empty());
    }

    /// Opens the configured ports through DPDK and starts to forward. It cannot be reloaded, and
    /// announces no virtual address.
    ///
    /// @param configuration what to open and to forward
    /// @param besides sets what no configuration says
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if anything of it cannot be had; nothing is left open then
    public static RunningBalancer overDpdk(
            Configuration configuration, Consumer<BalancerBuilder> besides) {
        return start(DpdkPorts.open(configuration), configuration, besides);
    }

    /// Starts to forward over open ports. It cannot be reloaded.
    ///
    /// @param io becomes the balancer's: it is closed with it, also if the start fails
    /// @param configuration what to forward; its ports are not looked at
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if the configuration is refused
    public static RunningBalancer start(PacketIo io, Configuration configuration) {
        return start(io, configuration, Optional.empty());
    }

    /// Starts to forward over open ports. It cannot be reloaded.
    ///
    /// @param io becomes the balancer's: it is closed with it, also if the start fails
    /// @param configuration what to forward; its ports are not looked at
    /// @param besides sets what no configuration says
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if the configuration is refused
    public static RunningBalancer start(
            PacketIo io, Configuration configuration, Consumer<BalancerBuilder> besides) {
        return start(io, configuration, Optional.empty(), besides);
    }

    /// Starts to forward over open ports.
    ///
    /// @param io becomes the balancer's: it is closed with it, also if the start fails
    /// @param configuration what to forward; its ports are not looked at
    /// @param file what [#reload(boolean)] reads; empty if that is to be refused
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if the configuration is refused
    public static RunningBalancer start(
            PacketIo io, Configuration configuration, Optional<Path> file) {
        return start(io, configuration, file, Optional.empty());
    }

    /// Starts to forward over open ports.
    ///
    /// @param io becomes the balancer's: it is closed with it, also if the start fails
    /// @param configuration what to forward; its ports are not looked at
    /// @param file what [#reload(boolean)] reads; empty if that is to be refused
    /// @param announcer announces virtual addresses; without one, services that ask for it are
    ///   refused
    /// @return a balancer that has taken over the whole configuration, to be closed
    /// @throws BalancerException if the configuration is refused
    public static RunningBalancer start(
            PacketIo io,
            Configuration configuration,
            Optional<Path> file,
            Optional<Announcer> announcer) {
        return start(io, configuration, file, builder -> announcer.ifPresent(builder::announcer));
    }

    /// Describes a balancer as a configuration wants it, but for what is applied to it once it is
    /// there ([Configuration#changes()]), and for the secrets of SYN cookies, whose file is not
    /// read.
    ///
    /// @param io its ports
    /// @param configuration what to forward
    /// @return not started
    public static BalancerBuilder builder(PacketIo io, Configuration configuration) {
        BalancerBuilder builder =
                FullNatBalancer.builder(io)
                        .workers(configuration.workers().count())
                        .cpus(configuration.workers().cpus())
                        .connections(configuration.workers().connections())
                        .templates(configuration.workers().templates())
                        .idle(configuration.idle())
                        .clientNetworks(configuration.workers().clientNetworks())
                        .neighbours(configuration.arp());
        configuration.workers().modified().ifPresent(builder::modifiedConnections);
        KnownSchedulers.brought().forEach(builder::scheduler);
        for (PortSettings port : configuration.ports()) {
            if (port.reversePath() != ReversePath.OFF) {
                builder.reversePath(port.name(), port.reversePath());
            }
        }
        return builder;
    }

    private static RunningBalancer start(
            PacketIo io,
            Configuration configuration,
            Optional<Path> file,
            Consumer<BalancerBuilder> besides) {
        FullNatBalancer balancer = null;
        try {
            BalancerBuilder builder = builder(io, configuration);
            configuration
                    .workers()
                    .cookieSecrets()
                    .ifPresent(secrets -> builder.cookieSecrets(CookieSecretsFile.read(secrets)));
            besides.accept(builder);
            balancer = builder.start();
            balancer.control().apply(configuration.changes().toArray(Change[]::new));
            return new RunningBalancer(io, balancer, configuration, file);
        } catch (BalancerException e) {
            if (balancer != null) {
                balancer.close();
            }
            io.close();
            throw e;
        }
    }

    /// The engine.
    ///
    /// @return for control and counters
    public FullNatBalancer engine() {
        return balancer;
    }

    @Override
    public Control control() {
        return control;
    }

    @Override
    public CountersReader counters() {
        return balancer.counters();
    }

    @Override
    public PacketCapture capture(CaptureSettings settings) {
        return engine().capture(settings);
    }

    @Override
    public PacketIo io() {
        return io;
    }

    @Override
    public List<Change> reload(boolean dryRun) {
        return reload.run(dryRun).changes();
    }

    @Override
    public String export() {
        return StateExport.write(control.desired(), configuration(), control.status().addresses());
    }

    @Override
    public Configuration configuration() {
        return reload.present();
    }

    /// Has something beside the engine follow each reload, too.
    ///
    /// @param follower what is reloaded
    public void follow(Follower follower) {
        reload.follow(follower);
    }

    /// Has something hear when the balancer is reloaded.
    ///
    /// @param watch hears of each reload from now on
    public void watchReloads(ReloadWatch watch) {
        reload.watch(watch);
    }

    Reload reloader() {
        return reload;
    }

    /// What runs.
    ///
    /// @return one line
    public String describe() {
        Configuration configuration = configuration();
        return "workers "
                + configuration.workers().count()
                + ", ports "
                + configuration.ports().size()
                + ", services "
                + configuration.services().size();
    }

    /// Packet buffers that were not given back when the balancer had stopped: a fault if not 0.
    ///
    /// @return known after [#close()]
    public long buffersLost() {
        return buffersLost.get();
    }

    /// Stops forwarding and closes the ports. Idempotent.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            balancer.close();
            buffersLost.set(io.buffers(0).inUse());
            io.close();
        }
    }
}
