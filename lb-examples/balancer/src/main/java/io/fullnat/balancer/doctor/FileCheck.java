// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.doctor.Machine.NamedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who may read and write the files that matter.
final class FileCheck implements Check {
    private static final int OTHERS_READ = 6;
    private static final int OTHERS_WRITE = 7;

    @Override
    public String what() {
        return "modes of socket, configuration, tokens and keys";
    }

    @Override
    public boolean sees(Observation reading) {
        return !reading.machine().files().isEmpty();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.machine().files().forEach(file -> look(file).ifPresent(findings::add));
        return findings;
    }

    private static Optional<Finding> look(NamedFile file) {
        Map<String, String> words = Map.of("file", file.path().toString());
        if (!file.there()) {
            return Optional.of(
                    Diagnosis.FILE_MISSING.of(
                            file.path().toString(), "there is no such file", file.key(), words));
        }
        if (file.mode().isEmpty()) {
            return Optional.empty();
        }
        String mode = file.mode().get();
        boolean read = mode.charAt(OTHERS_READ) == 'r';
        boolean write = mode.charAt(OTHERS_WRITE) == 'w';
        Optional<Diagnosis> diagnosis =
                switch (file.role()) {
                    case SOCKET -> Optional.of(Diagnosis.SOCKET_OPEN).filter(it -> write);
                    case SECRET -> Optional.of(Diagnosis.SECRET_OPEN).filter(it -> read || write);
                    case CONFIGURATION, PUBLIC ->
                            Optional.of(Diagnosis.FILE_OPEN).filter(it -> write);
                };
        return diagnosis.map(found ->
                found.of(file.path().toString(), "mode " + mode, file.key() + "; ls -l", words));
    }
}
