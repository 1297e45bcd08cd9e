// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.balancer.config.EventKind;
import io.fullnat.balancer.text.TimeStamp;
import io.fullnat.balancer.text.Visible;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// An event as it is told to others: numbered, so that one who gets it twice knows. Immutable and
/// thread-safe.
///
/// @param id of this balancer alone: when it was started, and which event it is since
/// @param number which event it is since the start, from 1
/// @param time when it was told
/// @param event what happened
public record Told(String id, long number, Instant time, BalancerEvent event) {
    private static final int MOST_CHANGES = 20;

    /// The kind of the event.
    ///
    /// @return for example `condition_began`
    public String kind() {
        return EventKind.of(event);
    }

    /// As JSON on one line, in which nothing stands that is not to be seen.
    ///
    /// @return an object
    public String json() {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", id)
                        .put("time", TimeStamp.of(time))
                        .put("kind", kind());
        switch (event) {
            case BalancerEvent.Applied applied -> changes(node, applied);
            case BalancerEvent.ConditionBegan began ->
                    node.put("condition", began.condition().name())
                            .put("subject", began.subject())
                            .put("detail", began.detail());
            case BalancerEvent.ConditionEnded ended ->
                    node.put("condition", ended.condition().name())
                            .put("subject", ended.subject())
                            .put("seconds", ended.lasted().toSeconds())
                            .put("detail", ended.detail());
            case BalancerEvent.Fault fault -> node.put("what", fault.what());
            case BalancerEvent.AddressDraining draining ->
                    node.put("address", draining.address().toString())
                            .put("device", draining.device());
            case BalancerEvent.AddressReleased released ->
                    node.put("address", released.address().toString())
                            .put("device", released.device());
            case BalancerEvent.ServerHealthChanged changed ->
                    node.put(
                                    "protocol",
                                    changed.service().protocol().name().toLowerCase(Locale.ROOT))
                            .put("service", changed.service().name())
                            .put("server", changed.server().toString())
                            .put("up", changed.health().up())
                            .put("use", changed.health().use().word())
                            .put("reason", changed.health().reason());
            case BalancerEvent.AnnouncementChanged changed ->
                    node.put("address", changed.address().toString())
                            .put("announced", changed.announced());
            case BalancerEvent.CaptureBegan began -> node.put("what", began.what());
            case BalancerEvent.CaptureEnded ended ->
                    node.put("seconds", ended.lasted().toSeconds())
                            .put("captured", ended.captured())
                            .put("lost", ended.lost());
            case BalancerEvent.ConfigurationReloaded reloaded ->
                    node.put("revision", reloaded.revision()).put("changes", reloaded.changes());
            case BalancerEvent.ConfigurationRefused refused -> node.put("reason", refused.reason());
            case BalancerEvent.NeighbourMoved moved ->
                    node.put("address", moved.address().toString())
                            .put("device", moved.device())
                            .put("from", moved.from().toString())
                            .put("to", moved.to().toString());
        }
        return Visible.of(node.toString());
    }

    /// What kinds of changes: values of theirs may be secret, and many.
    private static void changes(ObjectNode node, BalancerEvent.Applied applied) {
        node.put("revision", applied.revision()).put("count", applied.changes().size());
        ArrayNode kinds = node.putArray("changes");
        List<Change> shown =
                applied.changes().subList(0, Math.min(MOST_CHANGES, applied.changes().size()));
        shown.forEach(change -> kinds.add(change.getClass().getSimpleName()));
    }
}
