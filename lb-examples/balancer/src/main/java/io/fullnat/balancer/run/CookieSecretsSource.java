// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.service.CookieSecrets;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.CookieSecretsFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Has the engine use the secrets of SYN cookies that their file holds when the configuration is
/// read again. For one reload at a time.
final class CookieSecretsSource implements Follower {
    private final Consumer<CookieSecrets> engine;
    private Optional<Path> present;

    /// @param started what the engine was started with
    /// @param engine takes secrets
    CookieSecretsSource(Configuration started, Consumer<CookieSecrets> engine) {
        present = started.workers().cookieSecrets();
        this.engine = engine;
    }

    /// The secret of a process that has no file stays; when there is no file any more, it gets one
    /// that nobody else has.
    @Override
    public Runnable prepare(Configuration desired) {
        Optional<Path> file = desired.workers().cookieSecrets();
        Optional<CookieSecrets> secrets =
                file.map(CookieSecretsFile::read)
                        .or(() -> present.map(before -> CookieSecrets.random()));
        return () -> {
            secrets.ifPresent(engine);
            present = file;
        };
    }
}
