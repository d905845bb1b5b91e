/* Runs a fuzz target over its kept corpus without a fuzzer: each file as it is, cut off, and with
 * bytes changed, always the same ones. Linked to a target as test_fuzz_NAME; a broken promise ends
 * the process. */
#include <dirent.h>
#include <stdio.h>

#include "base/scope.h"
#include "fuzz.h"

enum { CUTS = 24, CHANGES = 40 };

static unsigned step(unsigned *random)
{
    *random = *random * 1103515245u + 12345u;
    return *random >> 16;
}

static void run_changed(const uint8_t *data, size_t size, unsigned *random)
{
    static const char telling[] = "{}[]\":,\\0eE-. \r\n";
    uint8_t *copy = xcalloc(1, size ? size : 1);
    memcpy(copy, data, size);
    for (unsigned changes = 1 + step(random) % 4; size > 0 && changes > 0; changes--) {
        size_t at = (step(random) << 15 | step(random)) % size;
        bool word = step(random) % 2;
        copy[at] =
            word ? (uint8_t)telling[step(random) % (sizeof(telling) - 1)] : (uint8_t)step(random);
    }
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_all(const uint8_t *data, size_t size)
{
    unsigned random = (unsigned)size;
    LLVMFuzzerTestOneInput(data, size);
    for (size_t i = 0; i < CUTS; i++) {
        size_t len = size * i / CUTS;
        uint8_t *copy =
            xcalloc(1, len ? len : 1); /* so that a sanitizer sees reads beyond its end */
        memcpy(copy, data, len);
        LLVMFuzzerTestOneInput(copy, len);
        free(copy);
    }
    for (int i = 0; i < CHANGES; i++)
        run_changed(data, size, &random);
}

static int run_file(const char *path)
{
    static uint8_t data[1024 * 1024];
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    run_all(data, size);
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 0 ? strstr(argv[0], "test_fuzz_") : NULL;
    FREE_AUTO char *folder =
        xasprintf("%s/tests/fuzz/corpus/%s", GB_SRCDIR, name ? name + strlen("test_fuzz_") : "");
    DIR *dir = name ? opendir(folder) : NULL;
    int files = 0;
    if (!dir)
        return 1;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        FREE_AUTO char *path = xasprintf("%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (run_file(path) < 0)
            return 1;
        files++;
    }
    closedir(dir);
    printf("%d files of %s\n", files, folder);
    return files > 0 ? 0 : 1;
}
