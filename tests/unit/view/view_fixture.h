/* A directory of templates that a test writes itself. */
#ifndef TESTS_UNIT_VIEW_FIXTURE_H
#define TESTS_UNIT_VIEW_FIXTURE_H

#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "view/view.h"

#define PAGE_MAX ((size_t)1 << 20)

struct template_dir {
    char path[64];
    char *files[4];
    size_t count;
};

static inline void template_dir_make(struct template_dir *dir)
{
    memset(dir, 0, sizeof(*dir));
    snprintf(dir->path, sizeof(dir->path), "/tmp/test_view_XXXXXX");
    assert_non_null(mkdtemp(dir->path));
}

static inline void template_dir_add(struct template_dir *dir, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", dir->path, name);
    dir->files[dir->count++] = path;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void template_dir_remove(struct template_dir *dir)
{
    for (size_t i = 0; i < dir->count; i++) {
        unlink(dir->files[i]);
        free(dir->files[i]);
    }
    rmdir(dir->path);
}

static inline struct view *template_dir_open(struct template_dir *dir)
{
    struct err err = ERR_INIT;
    struct view *view = view_open(dir->path, &err);
    if (!view)
        print_error("%s\n", err.text);
    assert_non_null(view);
    return view;
}

#endif
