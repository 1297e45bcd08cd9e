// SPDX-License-Identifier: Apache-2.0
/// Sets as the workers ask them: tables that are made of a set once and not changed afterwards.
package io.fullnat.core.set;
