// SPDX-License-Identifier: Apache-2.0
/// What a command line asks for, whatever its grammar, and the values that it is read from.
package io.fullnat.balancer.cli.request;
