/* A disk whose syncs take SLOW_SYNC_MS each, and one sync of half a minute whenever SLOW_SYNC_HANGS names a file: it is deleted first.
 * cc -shared -fPIC -o slow_sync.so slow_sync.c -ldl; LD_PRELOAD=... */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_ms(long ms) {
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&time, NULL);
}

static void slow(void) {
    const char *hangs = getenv("SLOW_SYNC_HANGS"), *ms = getenv("SLOW_SYNC_MS");
    if (hangs && unlink(hangs) == 0) wait_ms(30000);
    if (ms) wait_ms(atol(ms));
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    slow();
    return real(fd);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    slow();
    return real(fd);
}
