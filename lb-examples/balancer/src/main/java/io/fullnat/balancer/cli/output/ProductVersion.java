// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/// The version that the build wrote into `version.properties`.
public final class ProductVersion {
    private static final String RESOURCE = "/io/fullnat/balancer/version.properties";

    private ProductVersion() {}

    public static String text() {
        Properties properties = new Properties();
        try (InputStream in = ProductVersion.class.getResourceAsStream(RESOURCE)) {
            properties.load(in);
        } catch (IOException e) {
            throw new BalancerException(ErrorCode.INTERNAL, "cannot read " + RESOURCE, e);
        }
        return properties.getProperty("version");
    }
}
