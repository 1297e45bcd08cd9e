// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.SetRules;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.SetUse;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.api.Edit.Outcome;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.SetSteps;
import io.fullnat.balancer.cli.request.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Sets, in the paths and models of the DPVS agent, and what it does not have: renaming, swapping
/// and reading a set's file again. Thread-safe.
final class SetRoutes {
    private static final String ALL = "/ipset";
    private static final String ONE = "/ipset/{name}";
    private static final String MEMBER = "/ipset/{name}/member";
    private static final String INFO = "IpsetInfo";
    private static final String OUTCOME = "Outcome";

    private final Control control;

    SetRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", ALL, "All sets with their entries", call -> all())
                        .answers(200, "IpsetInfoArray"),
                ApiRoute.of("GET", ONE, "A set with its entries", this::get).answers(200, INFO),
                ApiRoute.of("PUT", ONE, "Makes a set, or replaces it with its entries", this::put)
                        .takes(INFO)
                        .answers(200, OUTCOME)
                        .answers(201, OUTCOME),
                ApiRoute.of("DELETE", ONE, "Removes a set that no rule names", this::delete)
                        .answers(200, OUTCOME),
                ApiRoute.of("POST", ONE + "/cell", "Whether an entry is in a set", this::test)
                        .takes("IpsetCell")
                        .answers(200, "IpsetAnswer"),
                ApiRoute.of("POST", MEMBER, "Adds entries", this::add)
                        .takes(INFO)
                        .answers(200, OUTCOME),
                ApiRoute.of("PUT", MEMBER, "Replaces all entries", this::replace)
                        .takes(INFO)
                        .answers(200, OUTCOME),
                ApiRoute.of("DELETE", MEMBER, "Removes entries", this::remove)
                        .takes(INFO)
                        .answers(200, OUTCOME),
                ApiRoute.of("POST", ONE + "/rename", "Gives a set another name", this::rename)
                        .with(new Parameter("to", false, true, "its new name"))
                        .answers(200, OUTCOME),
                ApiRoute.of("POST", ONE + "/swap", "Exchanges the entries of two sets", this::swap)
                        .with(new Parameter("with", false, true, "the other set"))
                        .answers(200, OUTCOME),
                ApiRoute.of("POST", ONE + "/reload", "Reads a set's file again", this::reload)
                        .answers(200, OUTCOME));
    }

    private static String name(Call call) {
        return call.path("name");
    }

    private Reply all() {
        DesiredState state = control.desired();
        ArrayNode infos = Json.array();
        Map<String, SetStatus> counts = counts();
        state.sets().values().forEach(set -> infos.add(info(state, set, counts.get(set.name()))));
        ObjectNode body = Json.object().put("Count", infos.size());
        body.set("Infos", infos);
        return Reply.ok(body);
    }

    private Reply get(Call call) {
        DesiredState state = control.desired();
        IpSet set = state.set(name(call));
        return Reply.ok(info(state, set, counts().get(set.name())));
    }

    private Map<String, SetStatus> counts() {
        return control.sets().stream()
                .collect(Collectors.toMap(SetStatus::name, Function.identity()));
    }

    private static ObjectNode info(DesiredState state, IpSet set, @Nullable SetStatus counts) {
        ObjectNode node = Json.object().put("Type", set.type().word()).put("Name", set.name());
        ObjectNode options = node.putObject("CreationOptions");
        options.put("Family", set.family().word()).put("Comment", set.hasComments());
        set.range().ifPresent(range -> options.put("Range", range));
        if (!set.type().isBitmap()) {
            options.put("HashSize", set.buckets()).put("HashMaxElem", set.maxEntries());
        }
        ArrayNode entries = node.putArray("Entries");
        for (SetEntry entry : set.entries()) {
            ObjectNode member = entries.addObject().put("Entry", entry.name());
            if (!entry.comment().isEmpty()) {
                member.put("Comment", entry.comment());
            }
            if (entry.isException()) {
                member.putObject("Options").put("NoMatch", true);
            }
        }
        set.file().ifPresent(file -> node.put("File", file).put("Edited", set.isEdited()));
        ArrayNode users = node.putArray("Users");
        SetRules.users(state.services().values(), set.name()).forEach(users::add);
        if (counts != null) { // one that has just been made has none
            counts(node, counts);
        }
        return node;
    }

    private static void counts(ObjectNode node, SetStatus status) {
        node.put("Refused", status.refused()).put("Admitted", status.admitted());
        ArrayNode uses = node.putArray("Uses");
        for (SetUse use : status.uses()) {
            uses.addObject()
                    .put("Rule", use.rule() + " of " + use.service())
                    .put("Count", use.count());
        }
    }

    private static void checkName(Call call) {
        String said = call.body().path("Name").asText();
        if (!said.equals(name(call))) {
            throw Failure.invalid("$.Name is " + said + ", but the path says " + name(call));
        }
    }

    private static IpSet wish(Call call) {
        checkName(call);
        JsonNode body = call.body();
        JsonNode options = body.path("CreationOptions");
        IpSet.Builder builder =
                IpSet.builder(name(call), Values.setType(body.path("Type").asText()))
                        .comments(options.path("Comment").asBoolean());
        if (options.has("Family")) {
            builder.family(SetFamily.of(options.path("Family").asText()).orElseThrow());
        }
        if (!options.path("Range").asText().isEmpty()) {
            builder.range(options.path("Range").asText());
        }
        if (options.path("HashMaxElem").asInt() != 0) {
            builder.maxEntries(options.path("HashMaxElem").asInt());
        }
        if (options.path("HashSize").asInt() != 0) {
            builder.buckets(options.path("HashSize").asInt());
        }
        return builder.members(members(call)).build();
    }

    private static List<SetMember> members(Call call) {
        List<SetMember> members = new ArrayList<>();
        for (JsonNode item : call.body().path("Entries")) {
            members.add(member(item));
        }
        return members;
    }

    private static SetMember member(JsonNode item) {
        return new SetMember(
                item.path("Entry").asText(),
                item.path("Options").path("NoMatch").asBoolean(),
                item.path("Comment").asText());
    }

    private Reply put(Call call) {
        IpSet wish = wish(call);
        return Edit.apply(
                control,
                state -> {
                    IpSet there = state.sets().get(wish.name());
                    if (there == null) {
                        return Edit.created(new Change.CreateSet(wish));
                    }
                    IpSet next = withFileOf(there, wish);
                    return there.equals(next)
                            ? Edit.unchanged()
                            : Edit.changed(new Change.ReplaceSet(next));
                });
    }

    /// A set keeps its file, of which the body does not speak, as long as the file's entries can be
    /// in it.
    private static IpSet withFileOf(IpSet there, IpSet wish) {
        boolean alike =
                there.type() == wish.type()
                        && there.family() == wish.family()
                        && there.range().equals(wish.range());
        if (there.file().isEmpty() || !alike) {
            return wish;
        }
        IpSet.Builder next = wish.toBuilder().file(there.file().get());
        boolean asTheFile = !there.isEdited() && there.entries().equals(wish.entries());
        return asTheFile ? next.build() : next.entriesOf(wish).build();
    }

    private Reply delete(Call call) {
        String name = name(call);
        return Edit.apply(
                control,
                state ->
                        state.sets().containsKey(name)
                                ? Edit.removed(new Change.DestroySet(name))
                                : Edit.absent());
    }

    private Reply test(Call call) {
        IpSet set = control.desired().set(name(call));
        checkType(call, set);
        boolean there = set.contains(call.body().path("Member").path("Entry").asText());
        return Reply.ok(Json.object().put("in", there));
    }

    private static void checkType(Call call, IpSet set) {
        String said = call.body().path("Type").asText();
        if (!said.equals(set.type().word())) {
            throw Refusal.invalid(
                    "$.Type is " + said + ", but set " + set.name() + " is of type " + set.type());
        }
    }

    /// One transaction, whose changes are as many as there are ways of forcing among the members.
    private static List<Change> changes(Call call, boolean add) {
        List<Change> changes = new ArrayList<>();
        List<SetMember> plain = new ArrayList<>();
        List<SetMember> forced = new ArrayList<>();
        for (JsonNode item : call.body().path("Entries")) {
            boolean force = item.path("Options").path("Force").asBoolean();
            (force ? forced : plain).add(member(item));
        }
        for (boolean force : new boolean[] {false, true}) {
            List<SetMember> members = force ? forced : plain;
            if (!members.isEmpty()) {
                changes.add(
                        add
                                ? new Change.AddSetMembers(name(call), members, force)
                                : new Change.RemoveSetMembers(name(call), members, force));
            }
        }
        return changes;
    }

    private Reply add(Call call) {
        return members(call, Outcome.CHANGED, Outcome.UNCHANGED, changes(call, true));
    }

    private Reply remove(Call call) {
        return members(call, Outcome.REMOVED, Outcome.ABSENT, changes(call, false));
    }

    private Reply members(Call call, Outcome done, Outcome nothing, List<Change> changes) {
        checkName(call);
        return Edit.apply(
                control,
                state -> {
                    checkType(call, state.set(name(call)));
                    return Edit.of(changes, done, nothing);
                });
    }

    private Reply replace(Call call) {
        checkName(call);
        return Edit.apply(
                control,
                state -> {
                    IpSet there = state.set(name(call));
                    checkType(call, there);
                    IpSet wish = there.toBuilder().members(members(call)).build();
                    return there.equals(wish)
                            ? Edit.unchanged()
                            : Edit.changed(new Change.ReplaceSet(wish));
                });
    }

    private Reply rename(Call call) {
        String to = Objects.requireNonNull(call.query().get("to"));
        return Edit.apply(control, state -> Edit.changed(new Change.RenameSet(name(call), to)));
    }

    private Reply swap(Call call) {
        String with = Objects.requireNonNull(call.query().get("with"));
        return Edit.apply(control, state -> Edit.changed(new Change.SwapSets(name(call), with)));
    }

    private Reply reload(Call call) {
        return Edit.apply(control, state -> Edit.changed(SetSteps.reloaded(state.set(name(call)))));
    }
}
