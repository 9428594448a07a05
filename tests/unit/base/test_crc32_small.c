/**
 * test_crc32_small.c - the small CRC, which the build compiles as crc32_update_small.
 */
#define CRC32_NAME   "by nibbles"
#define crc32_update crc32_update_small
#include "tests/unit/base/test_crc32.h"
