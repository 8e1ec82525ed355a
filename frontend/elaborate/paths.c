/* paths.c: a parameter's path as it is saved is also how it is reached: `bn.weight` of a layer that
   holds its norm under the path "". Finds members of instances, and fields of trees shaped like
   them, by their paths; and holds an instance to different paths. */
#include "frontend/elaborate/core.h"

#include <stdlib.h>
#include <string.h>

static int is_path(const char *path, const char *name) {
    return path && strcmp(path, name) == 0;
}

static int in_instance(Elab *e, Instance *m, const char *name, int as_place, Value *out);

/* in what stands for nothing in the path */
static int in_member(Elab *e, Value v, const char *name, int as_place, Value *out) {
    v = value_read(v);
    return v.kind == V_INSTANCE && in_instance(e, v.instance, name, as_place, out);
}

static int in_items(Elab *e, const Slot *slot, const char *name, int as_place, Value *out) {
    const Items *items = slot->value.items;
    for (int i = 0; i < items->n; i++) {
        if (is_path(slot->item_paths[i], name)) {
            *out = items->at[i];
            return 1;
        }
        if (is_path(slot->item_paths[i], "") && in_member(e, items->at[i], name, as_place, out))
            return 1;
    }
    return 0;
}

static int in_instance(Elab *e, Instance *m, const char *name, int as_place, Value *out) {
    for (int i = 0; i < m->slots.n; i++) {
        Slot *slot = &m->slots.at[i];
        if (is_path(slot->path, name) || (!slot->path && slot->name == name)) {
            *out = slot_value(e, slot, as_place);
            return 1;
        }
    }
    for (int i = 0; i < m->slots.n; i++) {
        Slot *slot = &m->slots.at[i];
        if (slot->kind != SLOT_MEMBER) continue;
        if (slot->item_paths
                ? in_items(e, slot, name, as_place, out)
                : is_path(slot->path, "") && in_member(e, slot->value, name, as_place, out))
            return 1;
    }
    return 0;
}

int path_in_instance(Elab *e, Instance *m, const char *name, int as_place, Value *out) {
    return in_instance(e, m, name, as_place, out);
}

int path_in_record(Elab *e, Value object, const char *name, Value *out) {
    Value v = value_read(object);
    const Items *r = v.items;
    for (int i = 0; v.kind == V_RECORD && i < r->n; i++)
        if (r->names[i] == name || (r->paths && is_path(r->paths[i], name))) {
            *out = item_of(e, object, i);
            return 1;
        }
    for (int i = 0; v.kind == V_RECORD && r->paths && i < r->n; i++) {
        Value field = item_of(e, object, i);
        const char *const *paths = r->item_paths ? r->item_paths[i] : NULL;
        if (!paths && is_path(r->paths[i], "") && path_in_record(e, field, name, out)) return 1;
        for (int k = 0; paths && k < value_read(field).items->n; k++) {
            *out = item_of(e, field, k);
            if (is_path(paths[k], name)) return 1;
            if (is_path(paths[k], "") && path_in_record(e, *out, name, out)) return 1;
        }
    }
    return 0;
}

static int is_numbered(const char *const *item_paths, Value list) {
    return item_paths && value_is_aggregate(list) && list.items->n && is_path(item_paths[0], "0");
}

int path_numbered(Elab *e, Value object, Value *list) {
    Value v = value_read(object);
    for (int i = 0; v.kind == V_INSTANCE && i < v.instance->slots.n; i++) {
        const Slot *slot = &v.instance->slots.at[i];
        if (slot->kind != SLOT_MEMBER || !is_numbered(slot->item_paths, slot->value)) continue;
        *list = slot->value;
        return 1;
    }
    for (int i = 0; v.kind == V_RECORD && v.items->item_paths && i < v.items->n; i++) {
        if (!is_numbered(v.items->item_paths[i], v.items->at[i])) continue;
        *list = item_of(e, object, i);
        return 1;
    }
    return 0;
}

/* ---- two equal paths ---- */

typedef struct Path Path;
struct Path {
    const char *text;
    const Slot *slot;
};
typedef VEC(Path) Paths;

static const char *join(Elab *e, const char *path, const char *name) {
    if (!*path) return name;
    return *name ? arena_printf(e->arena, "%s.%s", path, name) : path;
}

static void gather(Elab *e, const Instance *m, const char *path, Paths *out);

static void gather_value(Elab *e, Value v, const char *path, Paths *out) {
    v = value_read(v);
    if (v.kind == V_INSTANCE) gather(e, v.instance, path, out);
    for (int i = 0; (v.kind == V_LIST || v.kind == V_TUPLE) && i < v.items->n; i++)
        gather_value(e, v.items->at[i], join(e, path, arena_printf(e->arena, "%d", i)), out);
}

static void gather(Elab *e, const Instance *m, const char *path, Paths *out) {
    for (int i = 0; i < m->slots.n; i++) {
        const Slot *slot = &m->slots.at[i];
        Path p = {join(e, path, slot->path ? slot->path : slot->name), slot};
        if (slot->cell && slot->kind != SLOT_ARG)
            PUSH(e->arena, out, p);
        else if (slot->kind == SLOT_MEMBER && slot->item_paths)
            for (int k = 0; k < slot->value.items->n; k++)
                gather_value(e, slot->value.items->at[k], join(e, path, slot->item_paths[k]), out);
        else if (slot->kind == SLOT_MEMBER)
            gather_value(e, slot->value, p.text, out);
    }
}

static int by_text(const void *a, const void *b) {
    return strcmp(((const Path *)a)->text, ((const Path *)b)->text);
}

int paths_differ(Elab *e, const Instance *m) {
    Paths paths = {0};
    gather(e, m, "", &paths);
    if (paths.n) qsort(paths.at, (size_t)paths.n, sizeof *paths.at, by_text);
    for (int i = 1; i < paths.n; i++) {
        const Path *a = &paths.at[i - 1], *b = &paths.at[i];
        if (strcmp(a->text, b->text) != 0 || a->slot->cell == b->slot->cell) continue;
        int first = a->slot->span.start <= b->slot->span.start;
        elab_error(e, m->span, "same-path", "two parameters of %s have the path %s", m->name,
                   a->text);
        elab_note(e, (first ? a : b)->slot->span, "one is here");
        if (a->slot->span.start != b->slot->span.start)
            elab_note(e, (first ? b : a)->slot->span, "the other is here");
        return 0;
    }
    return 1;
}
