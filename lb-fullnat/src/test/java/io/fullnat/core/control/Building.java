// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.health.Monitored;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Transactions one after the other, without a worker that would take them over: each is built, and
/// in force when a test says so.
final class Building implements AutoCloseable {
    final Drafting drafting;
    final Resources resources;
    final CompiledSets sets;
    final ServiceBuilder services;
    final TransactionBuilder builder;
    NavigableMap<ServiceKey, ServiceBuilder.Built> built = new TreeMap<>();

    /// @param workers how many
    Building(int workers) {
        drafting = new Drafting(workers);
        resources = drafting.idle.resources;
        sets = new CompiledSets(drafting.devices, new SetCounts(workers));
        services = new ServiceBuilder(drafting.idle.workers, resources, drafting.schedulers, 42);
        builder = new TransactionBuilder(resources, services, sets);
    }

    /// Builds what changes make of the state in force.
    Transaction build(Change... changes) {
        StateEditor editor = drafting.editor();
        for (Change change : changes) {
            editor.apply(change);
        }
        return builder.build(editor.draft(), drafting.before(), built, drafting.draining);
    }

    /// Builds it, and has it come into force with all that this brings about here.
    Transaction inForce(Change... changes) {
        Transaction done = build(changes);
        builder.settle(done);
        List<ServiceKey> gone =
                done.dropped().stream()
                        .map(former -> former.service().key())
                        .filter(key -> !done.built().containsKey(key))
                        .toList();
        List<Monitored> changed =
                done.added().stream().map(ServiceBuilder.Built::monitored).toList();
        drafting.health.adopt(changed, gone, 0);
        builder.release(done.dropped());
        built = done.built();
        drafting.draining.clear();
        drafting.draining.putAll(done.draining());
        drafting.inForce(done.state());
        return done;
    }

    ServiceBuilder.Built built(ServiceKey key) {
        ServiceBuilder.Built known = built.get(key);
        if (known == null) {
            throw new IllegalArgumentException("no service " + key);
        }
        return known;
    }

    @Override
    public void close() {
        drafting.close();
    }
}
