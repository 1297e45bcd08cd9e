// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CookieTermsTest {
    @Test
    void termsOfOneClientAreNotThoseOfTheNext() {
        CookieTerms terms = new CookieTerms();
        terms.begin(7, 8, 1460);
        terms.options(9, 7, true);
        terms.timestamps(100, 200);
        assertThat(terms.clientScale()).isEqualTo(9);
        assertThat(terms.ownScale()).isEqualTo(7);
        assertThat(terms.ownTimestamp()).isEqualTo(100);
        assertThat(terms.clientTimestamp()).isEqualTo(200);
        terms.begin(1, 2, 536);
        assertThat(terms.cookie()).isEqualTo(1);
        assertThat(terms.clientSequence()).isEqualTo(2);
        assertThat(terms.segmentSize()).isEqualTo(536);
        assertThat(terms.clientScale()).isEqualTo(CookieTerms.NO_SCALE);
        assertThat(terms.ownScale()).isEqualTo(CookieTerms.NO_SCALE);
        assertThat(terms.isSelective()).isFalse();
        assertThat(terms.hasTimestamps()).isFalse();
        assertThat(terms.ownTimestamp()).isZero();
        assertThat(terms.clientTimestamp()).isZero();
    }
}
