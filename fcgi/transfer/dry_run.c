#include "transfer/dry_run.h"

static int copy_database(const struct scratch *scratch, struct sql_db *db, const char *name,
                         struct err *err)
{
    FREE_AUTO char *path = scratch_path(scratch, name);
    return sql_copy(db, path, err);
}

int dry_run_begin(struct dry_run *trial, const struct site *site, struct err *err)
{
    trial->site = *site;
    trial->site.store = NULL;
    FREE_AUTO char *beside = xasprintf("%s/dry-run", site->data_dir);
    if (scratch_make(&trial->scratch, beside, err) != 0 ||
        copy_database(&trial->scratch, store_main(site->store), STORE_MAIN_FILE, err) != 0 ||
        copy_database(&trial->scratch, store_log_db(site->store), STORE_LOG_FILE, err) != 0)
        return -1;
    trial->site.store = scratch_store(&trial->scratch, site->vault, err);
    return trial->site.store ? 0 : -1;
}

void dry_run_end(struct dry_run *trial)
{
    store_close(&trial->site.store);
    scratch_remove(&trial->scratch);
}
