#include "keys_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"

/*
 * The file is text, so that an administrator can see what it is:
 *
 *   yimen-key 1
 *   suite international
 *   key 7f3a90c2d4e5b601 <base64url of 32 bytes>
 *
 * The first key is in force; during a rotation a second one follows.  The name is a hash of the
 * key.
 */
enum { NAME_DIGITS = 16, FILE_MOST = 4096, KEYS_MOST = 2, PATH_MOST = 4096 };

struct named_key {
    char name[NAME_DIGITS];
    struct key key;
};

struct key_file {
    enum crypto_suite suite;
    struct named_key keys[KEYS_MOST];
    size_t count; /* 0: not open */
};

static struct key_file opened;
static char opened_path[PATH_MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void name_key(struct named_key *named)
{
    static const char digits[] = "0123456789abcdef";
    const struct str part = {(const char *)named->key.bytes, sizeof named->key.bytes};
    unsigned char mac[HASH_BYTES];
    /* A keyed hash under a derived key: the name says nothing about the key's bytes. */
    struct key by = key_derive(&named->key, "name of the key");

    crypto_hmac(&by, &part, 1, mac);
    key_clear(&by);
    for (size_t i = 0; i < NAME_DIGITS / 2; i++) {
        named->name[2 * i] = digits[mac[i] >> 4];
        named->name[2 * i + 1] = digits[mac[i] & 15];
    }
}

static const char *suite_word(enum crypto_suite suite)
{
    return suite == SUITE_CHINESE ? "chinese" : "international";
}

static struct str file_text(struct task *t, const struct key_file *file)
{
    struct buf b = buf_new(t, FILE_MOST);

    buf_format(&b, "yimen-key 1\nsuite %s\n", suite_word(file->suite));
    for (size_t i = 0; i < file->count; i++) {
        const struct named_key *named = &file->keys[i];

        buf_format(&b, "key %.*s %.*s\n", NAME_DIGITS, named->name,
                   STR_ARG(base64url(t, named->key.bytes, sizeof named->key.bytes)));
    }
    return buf_str(&b);
}

static bool parse_key(struct task *t, struct str line, struct named_key *ret_named)
{
    struct str word, name, bytes;

    if (!str_cut(&line, ' ', &word) || !str_is(word, "key") || !str_cut(&line, ' ', &name))
        return false;
    if (name.len != NAME_DIGITS || !base64url_decode(t, line, &bytes) || bytes.len != KEY_BYTES)
        return false;
    memcpy(ret_named->key.bytes, bytes.at, KEY_BYTES);
    name_key(ret_named);
    return crypto_equal(ret_named->name, name.at, NAME_DIGITS);
}

static bool parse_file(struct task *t, struct str text, struct key_file *ret_file)
{
    struct key_file file = {0};
    struct str line;

    if (!str_cut(&text, '\n', &line) || !str_is(line, "yimen-key 1"))
        return false;
    if (!str_cut(&text, '\n', &line))
        return false;
    if (str_is(line, "suite international"))
        file.suite = SUITE_INTERNATIONAL;
    else if (str_is(line, "suite chinese"))
        file.suite = SUITE_CHINESE;
    else
        return false;
    while (str_cut(&text, '\n', &line)) {
        if (file.count == KEYS_MOST || !parse_key(t, line, &file.keys[file.count]))
            return false;
        file.count++;
    }
    *ret_file = file;
    return file.count > 0;
}

static enum err read_file(struct task *t, const char *path, struct key_file *ret_file)
{
    char text[FILE_MOST];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return errno == ENOENT
                   ? task_fail(t, ERR_NOT_FOUND, "没有密钥文件：%s", path)
                   : task_fail(t, ERR_INTERNAL, "打不开密钥文件 %s：%s", path, strerror(errno));
    ssize_t len = fstat(fd, &about) ? -1 : read(fd, text, sizeof text);
    close(fd);
    if (len < 0)
        return task_fail(t, ERR_INTERNAL, "读不了密钥文件：%s", path);
    if (about.st_mode & (S_IRWXG | S_IRWXO))
        return task_fail(t, ERR_FORBIDDEN, "密钥文件 %s 只能由其所有者读写（chmod 600）", path);

    bool right = parse_file(t, (struct str){text, (size_t)len}, ret_file);
    explicit_bzero(text, sizeof text);
    return right ? OK : task_fail(t, ERR_INTERNAL, "这不是完好的密钥文件：%s", path);
}

/* Written beside and moved into place, so that a crash leaves the old file or the new one. */
static enum err write_file(struct task *t, const char *path, const struct key_file *file)
{
    struct str text = file_text(t, file);
    char *beside = str_terminated(t, str_format(t, "%s.new", path));
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return task_fail(t, ERR_STORE, "写不了密钥文件 %s：%s", beside, strerror(errno));
    bool written = !fchmod(fd, S_IRUSR | S_IWUSR) &&
                   write(fd, text.at, text.len) == (ssize_t)text.len && !fsync(fd);
    written = !close(fd) && written;
    if (!written || rename(beside, path)) {
        enum err e = task_fail(t, ERR_STORE, "写不了密钥文件 %s：%s", path, strerror(errno));

        unlink(beside);
        return e;
    }

    /* The rename itself must be on disk before anything is wrapped by the new key. */
    const char *slash = strrchr(path, '/');
    char *folder = str_terminated(
        t, slash ? (struct str){path, slash == path ? 1 : (size_t)(slash - path)} : S("."));
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    return OK;
}

static void add_key_in_front(struct key_file *file)
{
    file->keys[1] = file->keys[0];
    file->keys[0].key = key_random();
    name_key(&file->keys[0]);
    file->count++;
}

enum err keys_make_file(struct task *t, const char *path, enum crypto_suite suite)
{
    struct key_file file = {.suite = suite};

    if (!access(path, F_OK))
        return task_fail(t, ERR_CONFLICT, "已有密钥文件：%s", path);
    add_key_in_front(&file);
    enum err e = write_file(t, path, &file);
    explicit_bzero(&file, sizeof file);
    return e;
}

enum err keys_open(struct task *t, const char *path)
{
    struct key_file file;

    if (strlen(path) >= PATH_MOST)
        return task_fail(t, ERR_INTERNAL, "密钥文件的路径太长");
    enum err e = read_file(t, path, &file);
    if (e)
        return e;
    pthread_mutex_lock(&lock);
    opened = file;
    memcpy(opened_path, path, strlen(path) + 1);
    pthread_mutex_unlock(&lock);
    explicit_bzero(&file, sizeof file);
    crypto_set_suite(opened.suite);
    keys_forget_remembered();
    return OK;
}

void keys_close(void)
{
    pthread_mutex_lock(&lock);
    explicit_bzero(&opened, sizeof opened);
    pthread_mutex_unlock(&lock);
    keys_forget_remembered();
}

static bool look(struct str name, struct key *ret_key)
{
    for (size_t i = 0; i < opened.count; i++) {
        if (str_eq(name, (struct str){opened.keys[i].name, NAME_DIGITS})) {
            if (ret_key)
                *ret_key = opened.keys[i].key;
            return true;
        }
    }
    return false;
}

bool installation_key(struct task *t, struct str name, struct key *ret_key)
{
    struct key_file again;

    pthread_mutex_lock(&lock);
    bool is_open = opened.count > 0;
    bool found = look(name, ret_key);
    pthread_mutex_unlock(&lock);
    if (found || !is_open)
        return found;

    /* Another process may have rotated: its file knows the name that ours does not. */
    if (read_file(t, opened_path, &again)) {
        task_clear_error(t);
        return false;
    }
    pthread_mutex_lock(&lock);
    opened = again;
    found = look(name, ret_key);
    pthread_mutex_unlock(&lock);
    explicit_bzero(&again, sizeof again);
    return found;
}

bool installation_key_in_force(struct task *t, struct str *ret_name, struct key *ret_key)
{
    pthread_mutex_lock(&lock);
    bool is_open = opened.count > 0;
    if (is_open) {
        *ret_name = str_copy(t, (struct str){opened.keys[0].name, NAME_DIGITS});
        *ret_key = opened.keys[0].key;
    }
    pthread_mutex_unlock(&lock);
    return is_open;
}

enum err installation_key_of_file(struct task *t, const char *path, struct str name,
                                  struct key *ret_key)
{
    struct key_file file;
    enum err e = read_file(t, path, &file);

    if (e)
        return e;
    e = ERR_NOT_FOUND;
    for (size_t i = 0; i < file.count && e; i++) {
        if (str_eq(name, (struct str){file.keys[i].name, NAME_DIGITS})) {
            *ret_key = file.keys[i].key;
            e = OK;
        }
    }
    explicit_bzero(&file, sizeof file);
    return e;
}

struct str keys_name(struct task *t)
{
    struct str name = {0};
    struct key key;

    if (installation_key_in_force(t, &name, &key))
        key_clear(&key);
    return name;
}

bool keys_knows(struct str name)
{
    pthread_mutex_lock(&lock);
    bool known = look(name, NULL);
    pthread_mutex_unlock(&lock);
    return known;
}

static enum err replace(struct task *t, const struct key_file *file)
{
    enum err e = write_file(t, opened_path, file);

    if (e)
        return e;
    pthread_mutex_lock(&lock);
    opened = *file;
    pthread_mutex_unlock(&lock);
    return OK;
}

enum err installation_key_add(struct task *t)
{
    struct key_file file;
    enum err e = read_file(t, opened_path, &file);

    if (e)
        return e;
    if (file.count == 1)
        add_key_in_front(&file);
    e = replace(t, &file);
    explicit_bzero(&file, sizeof file);
    return e;
}

enum err installation_key_drop_old(struct task *t)
{
    struct key_file file = opened;

    file.count = 1;
    file.keys[1] = (struct named_key){0};
    enum err e = replace(t, &file);
    explicit_bzero(&file, sizeof file);
    return e;
}
