// SPDX-License-Identifier: Apache-2.0
/// The configuration: the YAML file, what is wrong with it, and what it says.
package io.fullnat.balancer.config;
