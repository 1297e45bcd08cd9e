// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.doctor.Machine.Certificate;
import io.fullnat.balancer.doctor.Machine.NamedFile;
import io.fullnat.balancer.doctor.Machine.Role;
import io.fullnat.balancer.doctor.Observation.Unseen;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Looks at the files that a configuration names: their modes, and of certificates how long they
/// hold. No secret is read. For one thread.
final class NamedFiles {
    private final List<Unseen> unseen;
    private final List<NamedFile> files = new ArrayList<>();
    private final List<Certificate> certificates = new ArrayList<>();

    /// @param unseen gets what cannot be seen
    NamedFiles(List<Unseen> unseen) {
        this.unseen = unseen;
    }

    List<NamedFile> files() {
        return files;
    }

    List<Certificate> certificates() {
        return certificates;
    }

    void configuration(Path file) {
        add(file, "the configuration", Role.CONFIGURATION);
    }

    void socket(Path file) {
        add(file, "api.socket", Role.SOCKET);
    }

    void of(Configuration configuration) {
        configuration
                .workers()
                .cookieSecrets()
                .ifPresent(file -> add(file, "workers.cookie-secrets-file", Role.SECRET));
        configuration.api().tcp().ifPresent(tcp -> listener("api.tcp", tcp));
        configuration.api().metrics().ifPresent(tcp -> listener("metrics", tcp));
        for (WebhookSettings webhook : configuration.webhooks()) {
            String key = "events.webhooks[" + webhook.name() + "].";
            webhook.tokenFile().ifPresent(file -> add(file, key + "token-file", Role.SECRET));
            webhook.secretFile().ifPresent(file -> add(file, key + "secret-file", Role.SECRET));
            webhook.caFile().ifPresent(file -> add(file, key + "ca-file", Role.PUBLIC));
        }
    }

    private void listener(String key, ApiSettings.Tcp tcp) {
        tcp.tokenFile().ifPresent(file -> add(file, key + ".token-file", Role.SECRET));
        tcp.tls()
                .ifPresent(tls -> {
                    add(tls.key(), key + ".key", Role.SECRET);
                    add(tls.certificate(), key + ".certificate", Role.PUBLIC);
                    certificate(tls.certificate(), key + ".certificate");
                });
    }

    private void add(Path file, String key, Role role) {
        try {
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
            files.add(new NamedFile(file, key, role, true, Optional.of(mode)));
        } catch (NoSuchFileException e) {
            files.add(new NamedFile(file, key, role, false, Optional.empty()));
        } catch (IOException e) {
            unseen.add(new Unseen("mode of " + file, Reason.of(e)));
            files.add(new NamedFile(file, key, role, true, Optional.empty()));
        }
    }

    /// The first of a chain is the listener's own.
    private void certificate(Path file, String key) {
        try (InputStream in = Files.newInputStream(file)) {
            X509Certificate own =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(in);
            certificates.add(
                    new Certificate(
                            file,
                            key,
                            own.getNotBefore().toInstant(),
                            own.getNotAfter().toInstant()));
        } catch (NoSuchFileException e) {
            // told with the other files
        } catch (IOException e) {
            unseen.add(new Unseen("certificate " + file, Reason.of(e)));
        } catch (GeneralSecurityException e) {
            unseen.add(new Unseen("certificate " + file, "it is no certificate in PEM"));
        }
    }
}
