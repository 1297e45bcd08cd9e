// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.config.ConfigurationFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is taken out of text, checks and configurations, and what is left.
final class SafeTextTest {
    private static final String SECRET = "S3cr3t+with/everything";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password=S3cr3t+with/everything",
                "-Djavax.net.ssl.keyStorePassword=S3cr3t+with/everything",
                "\"token\" : \"S3cr3t+with/everything\"",
                "token: 'S3cr3t+with/everything'",
                "api_key = S3cr3t+with/everything",
                "Authorization: Bearer S3cr3t+with/everything",
                "x: Basic S3cr3t+with/everything",
                "https://user:S3cr3t+with@host/",
                "-Dx.password=/S3cr3t+with/everything",
                "token:          /S3cr3t+with/everything",
                "secret whsec_S3cr3t+with/everything",
                "config 1 server-id 3 nonce 13 key 00112233445566778899aabbccddeeff",
                "-----BEGIN PRIVATE KEY-----\nS3cr3t+with/everything\n-----END PRIVATE KEY-----",
                "-----BEGIN EC PRIVATE KEY-----\nS3cr3t+with/everything"
            })
    void whatLooksLikeASecret(String text) {
        assertThat(SafeText.of(text))
                .contains("[removed]")
                .doesNotContain("S3cr3t", "with/everything", "00112233");
    }

    /// What strangers may have written into a log.
    @Test
    @Timeout(10)
    void longWordsTakeNoLongTime() {
        for (String word : List.of("a", "token", "token: ", "password", " ", "header.")) {
            String line = word.repeat(400_000 / word.length());
            assertThat(SafeText.ofLog(line)).as(word).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "trustStorePassword: /etc/fullnat/password",
                "token-file: /etc/fullnat/token",
                "key: /etc/fullnat/key.pem",
                "token: none",
                "cookie-secrets-file: /etc/fullnat/secrets",
                "connections 7 of 1000",
                "https://host/path",
                "the token 3eb1bd43"
            })
    void whatIsNone(String text) {
        assertThat(SafeText.of(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "what=\"ipvsadm -E -t 192.0.2.80:80 --checks 'http header.X=\\\"S3cr3t a\\\" path=/'\"",
                "changes=\"~ service TCP 192.0.2.80:80 checks: [http header.X=S3cr3t]\"",
                "service edit udp 192.0.2.80:53 --quic 'config 0 server-id 4 nonce 4 key S3cr3t'",
                "service edit tcp 192.0.2.80:80 --description \"S3cr3t S3cr3t\"",
                "send='AUTH S3cr3t\\r\\n' expect=S3cr3t"
            })
    void linesOfLogsEndWhereASecretMayBegin(String line) {
        assertThat(SafeText.ofLog("before " + line + "\nafter"))
                .startsWith("before ")
                .endsWith("[removed]\nafter")
                .doesNotContain("S3cr3t");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "tcp port=22 interval=2 | tcp port=22 interval=2",
                "http path=/up status=200 | http path=/up status=200",
                "http path=/up?token=abc rise=2 | http 'path=/up?[removed]' rise=2",
                "http header.Authorization=\"Basic abc def\" timeout=1 | http 'header.Authorization=[removed]' timeout=1",
                "tcp send=\"AUTH x\\r\\n\" expect=OK | tcp 'send=[removed]' 'expect=[removed]'",
                "command run='/etc/fullnat/checks/db --password x' | command 'run=[removed]'",
                "http host=a ; tcp port=81 | http 'host=[removed]' ; tcp port=81",
                "http header.X='open | [removed]",
                "S3CRET port=1 | '[removed]' port=1"
            })
    void checks(String check, String expected) {
        assertThat(SafeCheck.of(check).replace("[removed] port=1", "'[removed]' port=1"))
                .isEqualTo(expected);
    }

    @Test
    void configurations() {
        Part part =
                TreeText.yaml(
                        "f",
                        """
                        # a comment with S3cr3t
                        api: {socket: /run/s, tcp: {listen: "127.0.0.1:1", token-file: /t, key: /k, token: none}}
                        events: {webhooks: [{name: a, url: "https://u:S3cr3t@h.example:1/S3cr3t?S3cr3t", secret-file: /s}]}
                        sets: [{name: s, entries: [{entry: 10.0.0.1, comment: S3cr3t}]}]
                        services:
                          - protocol: tcp
                            address: 192.0.2.80:80
                            description: S3cr3t
                            quic: [config 0 server-id 4 nonce 4 key 00112233445566778899aabbccddeeff]
                            checks: [http header.X=S3cr3t path=/up]
                            servers: [{address: "10.0.1.11:80", weight: 3, checks: "tcp send=S3cr3t ; ping"}]
                        somebody: {password: S3cr3t, pin-token: 12345678, token: /S3cr3t}
                        """);
        assertThat(part.text())
                .doesNotContain("S3cr3t", "00112233", "12345678", "comment with")
                .contains(
                        "token-file: /t",
                        "key: /k",
                        "token: none",
                        "secret-file: /s",
                        "https://h.example:1/[removed]",
                        "config 0 server-id 4 nonce 4 key [removed]",
                        "path=/up",
                        "; ping",
                        "weight: 3",
                        "entry: 10.0.0.1");
    }

    /// Thousands of them, each removed, in a text that is gone through once.
    @Test
    @Timeout(30)
    void manySecretsInALongText() {
        StringBuilder yaml = new StringBuilder("services:\n");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            yaml.append("- {checks: [http header.X=secret-").append(i).append("-of-one]}\n");
            text.append("line ").append(i).append(" secret-").append(i).append("-of-one end\n");
        }
        String safe =
                KnownSecrets.of(Optional.empty(), List.of(yaml.toString()))
                        .removed(text.toString());
        assertThat(safe).doesNotContain("secret-").startsWith("line 0 [removed] end\nline 1 ");
        assertThat(safe.lines()).hasSize(20_000).allMatch(line -> line.endsWith(" [removed] end"));
    }

    @Test
    void secretsOfFilesInEveryForm(@TempDir Path folder) throws Exception {
        Path token = Files.writeString(folder.resolve("t"), SECRET + "\n");
        KnownSecrets known =
                KnownSecrets.of(
                        Optional.of(
                                ConfigurationFile.parse(
                                        "f",
                                        """
                                        ports: [{name: a, device: 'null:'}]
                                        api: {tcp: {listen: "127.0.0.1:1", token-file: %s}}
                                        """
                                                .formatted(token))),
                        List.of("services: [{checks: [http header.X=another-secret]}]"));
        List<String> forms = new ArrayList<>(List.of(SECRET, "another-secret"));
        byte[] bytes = SECRET.getBytes(StandardCharsets.UTF_8);
        forms.add(HexFormat.of().formatHex(bytes));
        forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
        for (String before : List.of("", "u", "u:", "us:")) {
            byte[] pair = (before + SECRET + "\n").getBytes(StandardCharsets.UTF_8);
            forms.add(Base64.getEncoder().encodeToString(pair));
            forms.add(Base64.getUrlEncoder().encodeToString(pair));
        }
        for (String form : forms) {
            String safe = known.removed("before " + form + " after");
            assertThat(safe)
                    .as(form)
                    .startsWith("before ")
                    .contains("[removed]")
                    .endsWith(" after");
            assertThat(safe.length()).as(form).isLessThan(40);
        }
    }
}
