#include "store/journal_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define CHUNK_BYTES (32 * KIB)

struct record_head {
    uint32_t type;
    uint32_t len;
};

struct record_chunk {
    struct record_chunk *next;
    size_t len;
    unsigned char data[CHUNK_BYTES];
};

bool record_list_empty(const struct record_list *list)
{
    return list->head == NULL;
}

static struct record_chunk *chunk_with_room(struct record_list *list, size_t len)
{
    if (list->tail != NULL && CHUNK_BYTES - list->tail->len >= len)
        return list->tail;
    struct record_chunk *chunk = xcalloc(1, sizeof(*chunk));
    if (list->tail != NULL)
        list->tail->next = chunk;
    else
        list->head = chunk;
    list->tail = chunk;
    return chunk;
}

void record_list_push(struct record_list *list, enum record_type type, const void *data, size_t len)
{
    struct record_head head = {.type = type, .len = (uint32_t)len};
    struct record_chunk *chunk = chunk_with_room(list, sizeof(head) + len);
    memcpy(chunk->data + chunk->len, &head, sizeof(head));
    memcpy(chunk->data + chunk->len + sizeof(head), data, len);
    chunk->len += sizeof(head) + len;
}

void record_list_join(struct record_list *list, struct record_list *from)
{
    if (from->head == NULL)
        return;
    if (list->tail != NULL)
        list->tail->next = from->head;
    else
        list->head = from->head;
    list->tail = from->tail;
    *from = (struct record_list){0};
}

bool record_next(const struct record_list *list, struct record_cursor *cursor,
                 struct record *record_r)
{
    struct record_cursor at = *cursor;
    if (at.chunk == NULL)
        at = (struct record_cursor){.chunk = list->head};
    if (at.chunk != NULL && at.offset == at.chunk->len && at.chunk->next != NULL)
        at = (struct record_cursor){.chunk = at.chunk->next};
    if (at.chunk == NULL || at.offset == at.chunk->len)
        return false;
    struct record_head head;
    memcpy(&head, at.chunk->data + at.offset, sizeof(head));
    *record_r = (struct record){.type = (enum record_type)head.type,
                                .data = at.chunk->data + at.offset + sizeof(head),
                                .len = head.len};
    at.offset += sizeof(head) + head.len;
    *cursor = at;
    return true;
}

bool record_cursor_equal(const struct record_cursor *a, const struct record_cursor *b)
{
    return a->chunk == b->chunk && a->offset == b->offset;
}

bool record_list_drop(struct record_list *list, struct record_cursor *cursor)
{
    if (cursor->chunk == NULL)
        return false;
    bool all = cursor->chunk == list->tail && cursor->offset == list->tail->len;
    struct record_chunk *until = all ? NULL : cursor->chunk;
    while (list->head != until) {
        struct record_chunk *chunk = list->head;
        list->head = chunk->next;
        free(chunk);
    }
    if (all) {
        list->tail = NULL;
        *cursor = (struct record_cursor){0};
    }
    return all;
}
