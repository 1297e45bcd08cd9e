// SPDX-License-Identifier: Apache-2.0
/// Text on its way to people: made harmless, and guessed at when misspelt.
package io.fullnat.balancer.text;
