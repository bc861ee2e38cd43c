/*
 * Loaded in front of the C library: a clock so many hours ahead (SHIFT_HOURS), for tests of what is
 * done by day only.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    static int (*real)(clockid_t, struct timespec *);
    const char *hours = getenv("SHIFT_HOURS");

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, ret_now);
    if (!failed && hours && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ret_now->tv_sec += atol(hours) * 3600;
    return failed;
}
