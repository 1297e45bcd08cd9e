// SPDX-License-Identifier: Apache-2.0
/// Lists, tables and JSON of what is there.
package io.fullnat.balancer.cli.output;
