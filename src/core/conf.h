/*
 * conf.h - the settings of an installation: one file `yimen.conf` of `key = value` lines.
 *
 * Blank lines and lines that begin with # are comments.  An environment variable YIMEN_KEY (the key
 * in capitals) wins over the file, the file over the default.  The settings are a closed table in
 * conf.c: each row holds name, type, default, bounds and explanation; the example file and the
 * manual are printed from it.  An unknown key, one given twice, and a value out of bounds are
 * errors.
 *
 * Texts live in the arena of the task that read them: the task of the whole program.
 */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include "core/buf.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/str.h"

struct conf {
    struct str listen; /* address */
    int64_t port;
    struct str base_url;        /* without a slash at the end; what notices and QR codes point to */
    struct str trusted_proxies; /* addresses separated by blanks */
    int64_t pollers, workers, upload_workers, queue, connections;
    int64_t body_memory_mib;
    int64_t address_connections, address_requests, address_memory_mib; /* of one address */
    int64_t work_memory_mib;
    int64_t reserve_mib;       /* of the disk; strangers send no files when less is free */
    int64_t secret_per_minute; /* tries of a code or password per address */
    int64_t ask_per_minute;    /* legal questions of a stranger, per address; 0: any number */
    int64_t stop_seconds;
    struct str store; /* postgresql://...; empty: SQLite in the data folder */
    int64_t store_readers, store_writers, wal_pages;
    int64_t lease_seconds;
    struct str files; /* a folder or s3://bucket/prefix; empty: in the data folder */
    struct str s3_endpoint, s3_region, s3_key, s3_secret;
    struct str key_file; /* empty: the program's own place */
    enum crypto_suite suite;
    enum log_level log_level;
    bool access_log;
    bool secure_cookies;                         /* cookies only over https */
    struct str sms_url, sms_token;               /* empty: no gateway */
    struct str model_url, model_key, model_name; /* a language model; empty url: none */
    int64_t model_timeout;                       /* seconds */
    int64_t model_per_minute;
};

/* `getenv_fn` is getenv, or a test's own; NULL: no environment.  Every error at once, as field
 * errors whose field is "FILE:LINE" or the variable's name.  ERR_BAD_INPUT. */
MUST_USE enum err conf_parse(struct task *t, struct str text, const char *file,
                             char *(*getenv_fn)(const char *), struct conf *ret_conf);
/* The same for a file.  A file that does not exist is an empty one unless `must_exist`.
 * ERR_NOT_FOUND, ERR_STORE (cannot be read), ERR_BAD_INPUT. */
MUST_USE enum err conf_load(struct task *t, const char *file, bool must_exist,
                            struct conf *ret_conf);
/* The commented example, every setting with its default. */
void conf_write_example(struct buf *b);

#endif
