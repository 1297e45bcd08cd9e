// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// The version that the build wrote into `version.properties`.
final class Version implements IVersionProvider {
    Version() {}

    @Override
    public String[] getVersion() {
        return new String[] {"fullnat " + text() + ", Java " + Runtime.version()};
    }

    private static String text() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new BalancerException(ErrorCode.INTERNAL, "cannot read version.properties", e);
        }
        return properties.getProperty("version");
    }
}
