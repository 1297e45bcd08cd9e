// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

/// What a server answered.
///
/// @param status the status code
/// @param body the content, or its SHA-256 in hexadecimal where the request asked for that
public record HttpReply(int status, String body) {}
