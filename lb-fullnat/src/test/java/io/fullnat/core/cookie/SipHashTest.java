// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SipHashTest {
    private static final long FIRST = 0x0706_0504_0302_0100L;
    private static final long SECOND = 0x0F0E_0D0C_0B0A_0908L;

    /// Of the reference implementation, for the key 0, 1, … 15 and messages 0, 1, … n - 1, as the
    /// paper's appendix A has the one of 15 bytes; the same as "openssl mac SIPHASH" says.
    private static final long[] VECTORS = {
        0x726F_DB47_DD0E_0E31L, 0x74F8_39C5_93DC_67FDL,
        0x0D6C_8009_D9A9_4F5AL, 0x8567_6696_D7FB_7E2DL,
        0xCF27_94E0_2771_87B7L, 0x1876_5564_CD99_A68DL,
        0xCBC9_466E_58FE_E3CEL, 0xAB02_00F5_8B01_D137L,
        0x93F5_F579_9A93_2462L, 0x9E00_82DF_0BA9_E4B0L,
        0x7A5D_BBC5_94DD_B9F3L, 0xF4B3_2F46_226B_ADA7L,
        0x751E_8FBC_860E_E5FBL, 0x14EA_5627_C084_3D90L,
        0xF723_CA90_8E7A_F2EEL, 0xA129_CA61_49BE_45E5L,
        0x3F2A_CC7F_57C2_9BDBL, 0x699A_E9F5_2CBE_4794L,
        0x4BC1_B3F0_968D_D39CL, 0xBB6D_C91D_A779_61BDL,
        0xBED6_5CF2_1AA2_EE98L, 0xD0F2_CBB0_2E3B_67C7L,
        0x9353_6795_E3A3_3E88L, 0xA80C_038C_CD5C_CEC8L,
        0xB8AD_50C6_F649_AF94L, 0xBCE1_92DE_8A85_B8EAL,
        0x17D8_35B8_5BBB_15F3L, 0x2F2E_6163_076B_CFADL,
        0xDE4D_AAAC_A71D_C9A5L, 0xA6A2_5066_8795_6571L,
        0xAD87_A353_5C49_EF28L, 0x32D8_92FA_D841_C342L,
        0x7127_512F_72F2_7CCEL, 0xA7F3_2346_F959_78E3L,
        0x12E0_B01A_BB05_1238L, 0x15E0_34D4_0FA1_97AEL,
        0x314D_FFBE_0815_A3B4L, 0x0279_90F0_2962_3981L,
        0xCADC_D4E5_9EF4_0C4DL, 0x9ABF_D876_6A33_735CL,
        0x0E3E_A96B_5304_A7D0L, 0xAD0C_42D6_FC58_5992L,
        0x1873_06C8_9BC2_15A9L, 0xD4A6_0ABC_F379_2B95L,
        0xF935_451D_E4F2_1DF2L, 0xA953_8F04_1975_5787L,
        0xDB9A_CDDF_F56C_A510L, 0xD06C_98CD_5C09_75EBL,
        0xE612_A3CB_9ECB_A951L, 0xC766_E62C_FCAD_AF96L,
        0xEE64_435A_9752_FE72L, 0xA192_D576_B245_165AL,
        0x0A87_87BF_8ECB_74B2L, 0x81B3_E73D_20B4_9B6FL,
        0x7FA8_220B_A3B2_ECEAL, 0x2457_31C1_3CA4_2499L,
        0xB78D_BFAF_3A8D_83BDL, 0xEA1A_D565_322A_1A0BL,
        0x60E6_1C23_A379_5013L, 0x6606_D7E4_4628_2B93L,
        0x6CA4_ECB1_5C5F_91E1L, 0x9F62_6DA1_5C96_25F3L,
        0xE51B_3860_8EF2_5F57L, 0x958A_324C_EB06_4572L
    };

    private static long word(int from, int bytes) {
        long word = 0;
        for (int i = 0; i < bytes; i++) {
            word |= ((from + i) & 0xFFL) << (8 * i);
        }
        return word;
    }

    private static SipHash begun(SipHash hash, int length) {
        hash.begin(FIRST, SECOND);
        for (int at = 0; at + 8 <= length; at += 8) {
            hash.add(word(at, 8));
        }
        return hash;
    }

    private static long last(int length) {
        return (long) length << 56 | word(length & ~7, length & 7);
    }

    @Test
    void theHashIsSipHash24() {
        SipHash hash = new SipHash();
        for (int length = 0; length < VECTORS.length; length++) {
            assertThat(begun(hash, length).end(last(length)))
                    .as("of %s bytes", length)
                    .isEqualTo(VECTORS[length]);
        }
    }

    @Test
    void theSameMessageMayHaveSeveralEnds() {
        SipHash hash = begun(new SipHash(), 16);
        assertThat(hash.end(last(17))).isEqualTo(VECTORS[17]);
        assertThat(hash.end(last(16))).isEqualTo(VECTORS[16]);
        assertThat(hash.end(last(17))).isEqualTo(VECTORS[17]);
    }
}
