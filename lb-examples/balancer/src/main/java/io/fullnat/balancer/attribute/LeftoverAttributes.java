// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.balancer.text.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// What becomes of packets that nothing explains, each part of it under the name that it has in
/// files.
public final class LeftoverAttributes {
    private static final int MAX_RATE = 10_000_000;

    private static final PuntSettings USUAL = PuntSettings.DEFAULT;

    /// All of them, in the order of lists.
    public static final List<Attribute<LeftoverPolicy, ?>> ALL =
            List.of(
                    new AttributeBuilder<>(
                                    "unused-ports",
                                    new Kind.Choice<>(List.of(Refusal.values()), Refusal::word),
                                    LeftoverPolicy::unusedPorts,
                                    LeftoverPolicy::withUnusedPorts,
                                    Refusal.REJECT,
                                    "what a client hears that sends to a port that no service uses")
                            .build(),
                    punting(
                            "virtual-addresses",
                            new Kind.Choice<>(
                                    List.of(false, true), punts -> punts ? "punt" : "keep"),
                            PuntSettings::virtualAddresses,
                            (now, punts) ->
                                    settings(now.routing(), now.host(), now.other(), punts, now),
                            USUAL.virtualAddresses(),
                            "whether the kernel gets what no service uses of virtual addresses"),
                    punting(
                            "defence-tcp-drop",
                            new Kind.Switch(),
                            PuntSettings::dropsTcp,
                            (now, drops) -> now.withDropped(drops, now.dropsUdp()),
                            USUAL.dropsTcp(),
                            "whether TCP to unused ports of virtual addresses is dropped in silence"),
                    punting(
                            "defence-udp-drop",
                            new Kind.Switch(),
                            PuntSettings::dropsUdp,
                            (now, drops) -> now.withDropped(now.dropsTcp(), drops),
                            USUAL.dropsUdp(),
                            "the same of UDP"),
                    rate(
                            "routing-rate",
                            PuntSettings::routing,
                            (now, rate) ->
                                    settings(
                                            rate,
                                            now.host(),
                                            now.other(),
                                            now.virtualAddresses(),
                                            now),
                            "frames a second of routing protocols to the kernel, by port"),
                    rate(
                            "host-rate",
                            PuntSettings::host,
                            (now, rate) ->
                                    settings(
                                            now.routing(),
                                            rate,
                                            now.other(),
                                            now.virtualAddresses(),
                                            now),
                            "frames a second to addresses of the kernel, by port"),
                    rate(
                            "other-rate",
                            PuntSettings::other,
                            (now, rate) ->
                                    settings(
                                            now.routing(),
                                            now.host(),
                                            rate,
                                            now.virtualAddresses(),
                                            now),
                            "frames a second of all else to the kernel, by port"));

    private LeftoverAttributes() {}

    private static PuntSettings settings(
            int routing, int host, int other, boolean virtualAddresses, PuntSettings now) {
        return new PuntSettings(
                routing, host, other, virtualAddresses, now.dropsTcp(), now.dropsUdp());
    }

    private static Attribute<LeftoverPolicy, ?> rate(
            String name,
            Function<PuntSettings, Integer> get,
            BiFunction<PuntSettings, Integer, PuntSettings> with,
            String text) {
        return punting(name, new Kind.Whole(name, 1, MAX_RATE), get, with, get.apply(USUAL), text);
    }

    private static <V> Attribute<LeftoverPolicy, V> punting(
            String name,
            Kind<V> kind,
            Function<PuntSettings, V> get,
            BiFunction<PuntSettings, V, PuntSettings> with,
            V usual,
            String text) {
        return new AttributeBuilder<LeftoverPolicy, V>(
                        name,
                        kind,
                        policy -> get.apply(policy.punting()),
                        (policy, value) -> policy.withPunting(with.apply(policy.punting(), value)),
                        usual,
                        text)
                .build();
    }

    /// What words of a command make of a policy: `defence-udp-drop=yes,host-rate=100`.
    ///
    /// @param words as typed
    /// @return the edit
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for a word that is none
    public static UnaryOperator<LeftoverPolicy> edit(String words) {
        List<UnaryOperator<LeftoverPolicy>> edits = new ArrayList<>();
        for (String word : words.split(",", -1)) {
            int equals = Math.max(0, word.indexOf('='));
            String name = word.substring(0, equals);
            Attribute<LeftoverPolicy, ?> attribute =
                    ALL.stream()
                            .filter(one -> one.name().equals(name))
                            .findFirst()
                            .orElseThrow(() -> wrong(word));
            edits.add(attribute.edit(name, word.substring(equals + 1)));
        }
        return policy -> Edits.apply(policy, edits);
    }

    /// What differs between two policies.
    ///
    /// @param before the one that is there
    /// @param after the one that is to be
    /// @return for example `unused-ports reject -> drop`; empty if nothing does
    public static String told(LeftoverPolicy before, LeftoverPolicy after) {
        return ALL.stream()
                .filter(one -> !one.shownWords(before).equals(one.shownWords(after)))
                .map(one -> one.told(before, after))
                .collect(Collectors.joining(", "));
    }

    /// A policy in words.
    ///
    /// @param policy any
    /// @return `NAME=VALUE` of each part, as [#edit] reads it
    public static String words(LeftoverPolicy policy) {
        return ALL.stream()
                .map(one -> one.name() + "=" + one.words(policy))
                .collect(Collectors.joining(","));
    }

    private static BalancerException wrong(String word) {
        List<String> names = ALL.stream().map(Attribute::name).toList();
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "\""
                        + word
                        + "\" is not NAME=VALUE; names are "
                        + String.join(", ", names)
                        + Spelling.hint(word.replaceFirst("=.*", ""), names));
    }
}
