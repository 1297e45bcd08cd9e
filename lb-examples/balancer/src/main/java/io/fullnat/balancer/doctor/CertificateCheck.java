// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.doctor.Machine.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// How long certificates of listeners hold.
final class CertificateCheck implements Check {
    @Override
    public String what() {
        return "certificates";
    }

    @Override
    public boolean sees(Observation reading) {
        return !reading.machine().certificates().isEmpty();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        Instant now = reading.machine().now();
        for (Certificate certificate : reading.machine().certificates()) {
            Duration left = Duration.between(now, certificate.notAfter());
            boolean early = now.isBefore(certificate.notBefore());
            if (early || left.compareTo(Thresholds.CERTIFICATE_NOW) < 0) {
                findings.add(of(Diagnosis.CERTIFICATE_ENDED, certificate, early));
            } else if (left.compareTo(Thresholds.CERTIFICATE_SOON) < 0) {
                findings.add(of(Diagnosis.CERTIFICATE_ENDS, certificate, false));
            }
        }
        return findings;
    }

    private static Finding of(Diagnosis diagnosis, Certificate certificate, boolean early) {
        return diagnosis.of(
                certificate.path().toString(),
                early
                        ? "begins at " + certificate.notBefore()
                        : "ends at " + certificate.notAfter(),
                certificate.key());
    }
}
