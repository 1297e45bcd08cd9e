// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.balancer.text.JavaText;
import io.fullnat.balancer.text.Visible;
import io.fullnat.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Requests that somebody made up: each gets a clean answer, and none that is refused changes
/// anything.
@Timeout(300)
final class ApiFuzzTest {
    private static final int CASES = 25_000;
    private static final long SEED = 20_260_101;
    private static final String[] VERBS = {"GET", "PUT", "POST", "DELETE"};
    private static final String[] VALUES = {
        "null",
        "true",
        "0",
        "-1",
        "1",
        "1.5",
        "1e9",
        "65535",
        "65536",
        "4294967296",
        "99999999999999999999999",
        "\"\"",
        "\"tcp\"",
        "\"rr\"",
        "\"wlc\"",
        "\"FNAT\"",
        "\"DR\"",
        "\"10.0.1.11\"",
        "\"10.0.1.200\"",
        "\"10.0.0.0/8\"",
        "\"0.0.0.0\"",
        "\"255.255.255.255\"",
        "\"lan\"",
        "\"wan\"",
        "\"lan.7\"",
        "\"::1\"",
        "\"2001:db8::11\"",
        "\"::/0\"",
        "\"[2001:db8::11]:80\"",
        "\"::ffff:10.0.1.11\"",
        "\"fe80::1%lan\"",
        "\"02:00:00:00:00:01\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "[]",
        "{}",
        "[[[[]]]]",
        "{\"Items\":[]}"
    };
    private static final String[] KEYS = {
        "Items",
        "ip",
        "port",
        "weight",
        "mode",
        "inhibited",
        "addr",
        "device",
        "ipset",
        "dst",
        "gateway",
        "metric",
        "mac",
        "SchedName",
        "ConnTimeout",
        "Fwmark",
        "Match",
        "arguments",
        "input",
        "broadcast",
        "scope",
        "x",
        ""
    };
    private static final List<String> NAMES =
            List.of(
                    "192.0.2.80-80-tcp",
                    "192.0.2.81-53-udp",
                    "192.0.2.80-80-sctp",
                    "1-2-3",
                    "-",
                    "lan",
                    "wan",
                    "lan.7",
                    "lan.9999",
                    "%00",
                    "..",
                    "ß",
                    "x".repeat(300));

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void everyMadeUpRequestGetsACleanAnswer() {
        RandomGenerator random = Seed.generator();
        int[] answered = new int[6];
        for (int i = 0; i < CASES; i++) {
            String verb = pick(random, VERBS);
            String target = target(random);
            byte[] body = body(random);
            DesiredState before = rig.desired();
            ApiRig.Answer answer = rig.call(verb, target, body, Place.SOCKET);
            String what =
                    "seed "
                            + SEED
                            + " case "
                            + i
                            + ": "
                            + verb
                            + " "
                            + target
                            + " "
                            + new String(body, StandardCharsets.ISO_8859_1)
                            + " -> "
                            + answer.status()
                            + " "
                            + answer.text();
            assertThat(answer.status()).as(what).isBetween(200, 599).isNotEqualTo(500);
            if (answer.status() >= 400) {
                Schemas.MODELS.check("Error", answer.body());
                // The null of JSON may be shown to who sent it; what is unseen JSON escapes.
                String shown = Visible.of(answer.message().replace("null", ""));
                assertThat(JavaText.in(shown)).as(what).isEmpty();
                assertThat(Visible.lines(answer.wire())).as(what).isEqualTo(answer.wire());
                assertThat(rig.desired()).as(what).isEqualTo(before);
            }
            answered[answer.status() / 100]++;
        }
        assertThat(answered[2]).as("requests that were carried out").isGreaterThan(CASES / 100);
        assertThat(answered[4]).as("requests that were refused").isGreaterThan(CASES / 10);
    }

    private static String pick(RandomGenerator random, String... from) {
        return from[random.nextInt(from.length)];
    }

    private String target(RandomGenerator random) {
        ApiRoute route = rig.router.routes().get(random.nextInt(rig.router.routes().size()));
        String name = NAMES.get(random.nextInt(NAMES.size()));
        boolean sane = random.nextInt(4) > 0;
        String path =
                "/v2"
                        + route.template()
                                .replace("{VipPort}", sane ? NAMES.get(random.nextInt(2)) : name)
                                .replace("{name}", sane ? "lan" : name);
        if (random.nextInt(20) == 0) {
            path = mutated(random, path.getBytes(StandardCharsets.ISO_8859_1));
        }
        return switch (random.nextInt(12)) {
            case 0 -> path + "?stats=true";
            case 1 -> path + "?version=1";
            case 2 -> path + "?" + name + "=%" + name;
            case 3 -> path + "?force=true";
            default -> path;
        };
    }

    private static String mutated(RandomGenerator random, byte[] text) {
        for (int i = random.nextInt(3); i >= 0 && text.length > 0; i--) {
            text[random.nextInt(text.length)] = (byte) random.nextInt(1, 256);
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static byte[] body(RandomGenerator random) {
        String whole =
                switch (random.nextInt(6)) {
                    case 0 -> "";
                    case 1 -> "{\"Items\":[" + object(random) + "," + object(random) + "]}";
                    case 2 ->
                            "{\"Items\":[{\"ip\":\"10.0.1."
                                    + random.nextInt(300)
                                    + "\",\"port\":"
                                    + random.nextInt(70_000)
                                    + ",\"weight\":"
                                    + random.nextInt(70_000)
                                    + "}]}";
                    case 3 ->
                            "{\"addr\":\"10.0.1." + random.nextInt(300) + "\",\"device\":\"lan\"}";
                    case 4 -> "{\"SchedName\":" + pick(random, VALUES) + "}";
                    default -> object(random);
                };
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(4) == 0) {
            return mutated(random, bytes).getBytes(StandardCharsets.ISO_8859_1);
        }
        return bytes;
    }

    private static String object(RandomGenerator random) {
        StringBuilder text = new StringBuilder("{");
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append('"')
                    .append(pick(random, KEYS))
                    .append("\":")
                    .append(pick(random, VALUES))
                    .append(i == 1 ? "" : ",");
        }
        return text.append('}').toString();
    }
}
