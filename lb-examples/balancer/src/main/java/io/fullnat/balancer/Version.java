// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.cli.output.ProductVersion;
import picocli.CommandLine.IVersionProvider;

/// The version that the build wrote into `version.properties`.
final class Version implements IVersionProvider {
    Version() {}

    @Override
    public String[] getVersion() {
        return new String[] {"fullnat " + ProductVersion.text() + ", Java " + Runtime.version()};
    }
}
