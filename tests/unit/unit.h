/**
 * unit.h - the unit-test framework: contract sentences in, TAP out.
 *
 *     TEST("a fresh list is empty")
 *     {
 *         CHECK(list_empty(&head));
 *     }
 *
 * A test registers itself; unit.c has main(). Usage of a test program: PROGRAM [--list] [WORD...]
 * runs the tests whose sentence contains one of the words, or all; with a word "!WORD" none that
 * contains WORD. The environment variable UNIT_SEED varies unit_random(). Exit status: 0 if all
 * passed; 1 if one failed, or none ran.
 *
 * Each test runs in a process of its own, from the state at the program's start.
 *
 * CHECK notes a failure and goes on; REQUIRE ends the test. A test that executes no check fails,
 * and so does one in which an ASSERT of the code under test breaks (unless CHECK_ASSERTS wants it).
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

struct unit_test {
    const char *sentence;
    void (*run)(void);
    struct unit_test *next;
};

/** unit_register - append @test, which lives for ever, to the tests of this program. */
void unit_register(struct unit_test *test);

/** unit_check - count a check; report it if it failed. Returns @passed. */
bool unit_check(bool passed, const char *file, int line, const char *what);

/** unit_check_equal - as unit_check() for two numbers, which a failure prints. */
bool unit_check_equal(uint64_t left, uint64_t right, const char *file, int line, const char *what);

/** unit_check_text - as unit_check() for two strings, which a failure prints. */
bool unit_check_text(const char *left, const char *right, const char *file, int line,
                     const char *what);

/** unit_abandon - end the current test. */
void unit_abandon(void) __attribute__((noreturn));

/** unit_expect_assert - where the next broken ASSERT goes; NULL: it fails the test. */
void unit_expect_assert(jmp_buf *target);

/** unit_random - the next pseudo-random number; each test starts from the seed. */
uint64_t unit_random(void);

/** unit_random_below - a number in [0, @limit), @limit not 0. */
uint64_t unit_random_below(uint64_t limit);

#define CHECK(condition) ((void)unit_check(condition, __FILE__, __LINE__, #condition))

/** Integers of any type, compared and printed as 64 bits. */
#define CHECK_EQUAL(left, right)                                                                   \
    ((void)unit_check_equal((uint64_t)(left), (uint64_t)(right), __FILE__, __LINE__,               \
                            #left " == " #right))

#define CHECK_TEXT(left, right)                                                                    \
    ((void)unit_check_text(left, right, __FILE__, __LINE__, #left " is " #right))

#define REQUIRE(condition)                                                                         \
    (unit_check(condition, __FILE__, __LINE__, #condition) ? (void)0 : unit_abandon())

/** @statement must break an ASSERT. What it changed before that stays changed. */
#define CHECK_ASSERTS(statement)                                                                   \
    do {                                                                                           \
        jmp_buf unit_target;                                                                       \
        if (setjmp(unit_target) == 0) {                                                            \
            unit_expect_assert(&unit_target);                                                      \
            statement;                                                                             \
            unit_expect_assert(NULL);                                                              \
            unit_check(false, __FILE__, __LINE__, "ASSERT breaks: " #statement);                   \
        } else {                                                                                   \
            unit_check(true, __FILE__, __LINE__, #statement);                                      \
        }                                                                                          \
    } while (0)

#define TEST(sentence)                    UNIT_TEST_NAMED(sentence, __COUNTER__)
#define UNIT_TEST_NAMED(sentence, number) UNIT_TEST_DEFINE(sentence, number)
#define UNIT_TEST_DEFINE(sentence_, number)                                                        \
    static void unit_test_##number(void);                                                          \
    __attribute__((constructor)) static void unit_register_##number(void)                          \
    {                                                                                              \
        static struct unit_test test = {.sentence = sentence_, .run = unit_test_##number};         \
        unit_register(&test);                                                                      \
    }                                                                                              \
    static void unit_test_##number(void)
