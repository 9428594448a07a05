/*
 * set_id_calls.c - setuid, setreuid, setresuid, setfsuid and those about groups, with every kind of
 * argument, from every kind of user: all numbers and the capabilities afterwards.
 *
 * needs root
 */
#include "identities.h"

static const unsigned numbers[] = {KEEP, 0, 1000, 1001};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

struct attempt {
    const char *name;
    long call;
    unsigned arguments[3];
    unsigned count;
};

static long attempt(void *argument)
{
    const struct attempt *this = argument;
    long result = syscall(this->call, this->arguments[0], this->arguments[1], this->arguments[2]);

    printf("%s", this->name);
    for (unsigned i = 0; i < this->count; i++)
        printf(" %d", (int)this->arguments[i]);
    printf(" = %ld%s", result, result == -1 ? strerrorname_np(errno) : "");
    print_credentials();
    printf("\n");
    fflush(stdout);
    return 0;
}

static void with_all_arguments(const struct identity *who, const char *name, long call,
                               unsigned count)
{
    unsigned combinations = 1;

    for (unsigned i = 0; i < count; i++)
        combinations *= NUMBERS;
    for (unsigned i = 0; i < combinations; i++) {
        struct attempt this = {name,
                               call,
                               {numbers[i % NUMBERS], numbers[i / NUMBERS % NUMBERS],
                                numbers[i / NUMBERS / NUMBERS % NUMBERS]},
                               count};
        as(who, attempt, &this);
    }
}

int main(void)
{
    static const struct identity who[] = {
        {"root", 0, 0, 0, 0, KEEP, ALL, ALL},
        {"a user", 1000, 1000, 1000, 1000, KEEP, 0, 0},
        {"a set-user-id program", 1000, 1001, 1001, 1000, KEEP, 0, 0},
        {"set-user-id root", 1000, 0, 0, 1000, KEEP, ALL, ALL},
        {"root that stands back", 0, 1000, 0, 0, KEEP, ALL, 0},
        {"a user who may set users", 1000, 1000, 1000, 1000, KEEP, BIT(CAP_SETUID), ALL},
    };

    start_as_everywhere();
    for (unsigned i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
        SECTION(who[i].name);
        with_all_arguments(&who[i], "setuid", SYS_setuid, 1);
        with_all_arguments(&who[i], "setgid", SYS_setgid, 1);
        with_all_arguments(&who[i], "setreuid", SYS_setreuid, 2);
        with_all_arguments(&who[i], "setregid", SYS_setregid, 2);
        with_all_arguments(&who[i], "setfsuid", SYS_setfsuid, 1);
        with_all_arguments(&who[i], "setfsgid", SYS_setfsgid, 1);
        with_all_arguments(&who[i], "setresuid", SYS_setresuid, 3);
    }
    SECTION("setresgid");
    with_all_arguments(&who[1], "setresgid", SYS_setresgid, 3);
    return 0;
}
